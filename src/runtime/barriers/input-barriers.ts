/**
 * Joins the channels of a task's inputs to the rules of checkpoints: carries facts to the rules, and what they decide
 * to the channels and to the task.
 *
 * Invariant: channels are numbered through the inputs, in order.
 */
import type { CheckpointBarrier, CheckpointFailureReason } from '../../core/checkpoint.js';
import type { Clock } from '../../core/clock.js';
import { BarrierRules } from './barrier-rules.js';
import type { BarrierDecision, BarrierFact } from './barrier-step.js';

/** How a checkpoint came to be taken now. */
export interface CheckpointStart {
  /** When the first barrier came (epoch milliseconds). */
  readonly firstBarrierAt: number;
  readonly unaligned: boolean;
}

/** The task, as its input tells it of checkpoints. */
export interface CheckpointTaker {
  /** The moment of the snapshot: no record is under way. */
  take(barrier: CheckpointBarrier, start: CheckpointStart): void;
  /** A checkpoint comes to nothing because of what came through the channels. */
  abandon(checkpointId: number, reason: CheckpointFailureReason): void;
}

/** The channels of one input, as checkpoints see them. */
export interface BlockableChannels {
  block(channel: number): void;
  unblock(): void;
}

export interface InputBarriersOptions {
  /** By input and channel: whether a barrier may overtake records there. */
  readonly overtaking: readonly (readonly boolean[])[];
  readonly clock: Pick<Clock, 'now'>;
  readonly taker: CheckpointTaker;
}

export class InputBarriers {
  private readonly rules: BarrierRules;
  private readonly firsts: readonly number[];
  private gates: readonly BlockableChannels[] = [];

  constructor(private readonly options: InputBarriersOptions) {
    const { overtaking } = options;
    this.rules = new BarrierRules({ overtaking: overtaking.flat() });
    this.firsts = overtaking.map((_, input) => overtaking.slice(0, input).reduce((sum, channels) => sum + channels.length, 0));
  }

  /** The channels of each input, in order; once, before anything is told. */
  attach(gates: readonly BlockableChannels[]): void {
    this.gates = gates;
  }

  barrier(input: number, channel: number, barrier: CheckpointBarrier): void {
    this.tell({ type: 'barrier', channel: this.firsts[input]! + channel, barrier });
  }

  cancelled(input: number, channel: number, checkpointId: number): void {
    this.tell({ type: 'cancelled', channel: this.firsts[input]! + channel, checkpointId });
  }

  /** Nothing comes on the channel any more. */
  closed(input: number, channel: number): void {
    this.tell({ type: 'ended', channel: this.firsts[input]! + channel });
  }

  private tell(fact: BarrierFact): void {
    for (const decision of this.rules.step(fact, this.options.clock.now())) this.carryOut(decision);
  }

  private carryOut(decision: BarrierDecision): void {
    const { taker } = this.options;
    switch (decision.type) {
      case 'block': return this.block(decision.channel);
      case 'unblock':
        for (const gate of this.gates) gate.unblock();
        return;
      case 'checkpoint': return taker.take(decision.barrier, decision);
      case 'abort': return taker.abandon(decision.checkpointId, decision.reason);
      case 'in-flight-complete': return;
    }
  }

  private block(channel: number): void {
    let input = this.firsts.length - 1;
    while (this.firsts[input]! > channel) input--;
    this.gates[input]!.block(channel - this.firsts[input]!);
  }
}
