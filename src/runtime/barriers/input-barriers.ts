/**
 * Joins the channels of a task's inputs to the rules of checkpoints: carries facts to the rules, and what they decide
 * to the channels and to the task.
 *
 * Invariant: channels are numbered through the inputs, in order.
 */
import type { CheckpointBarrier, CheckpointFailureReason } from '../../core/checkpoint.js';
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import type { RecordBatch, StreamEvent } from '../exchange/channel.js';
import { BarrierRules } from './barrier-rules.js';
import type { BarrierDecision, BarrierFact } from './barrier-step.js';
import { type ChannelName, InFlightRecords } from './in-flight-records.js';

/** How a checkpoint came to be taken now. */
export interface CheckpointStart {
  /** When the first barrier came (epoch milliseconds). */
  readonly firstBarrierAt: number;
  readonly unaligned: boolean;
  /** Unaligned: what was in front of the barriers; it may still be growing. */
  readonly inFlight?: InFlightRecords;
}

/** The task, as its input tells it of checkpoints. */
export interface CheckpointTaker {
  /** The moment of the snapshot: no record is under way. */
  take(barrier: CheckpointBarrier, start: CheckpointStart): void;
  /** A checkpoint comes to nothing because of what came through the channels. */
  abandon(checkpointId: number, reason: CheckpointFailureReason): void;
}

/** The channels of one input, as checkpoints see them. */
export interface CheckpointedChannels {
  block(channel: number): void;
  unblock(): void;
  beginCapture(capture: { readonly checkpointId: number; add(channel: number, item: RecordBatch | StreamEvent): void }, channels: readonly number[]): void;
  endCapture(): void;
}

/** One channel of a task, as checkpoints see it. */
export interface CheckpointedChannel extends ChannelName {
  /** Barriers may overtake records. */
  readonly overtaking: boolean;
  /** Records go where their key's group is owned, of so many groups and subtasks; undefined where any subtask will do. */
  readonly keyed?: { readonly maxParallelism: number; readonly parallelism: number };
}

export interface InputBarriersOptions {
  /** By input. */
  readonly channels: readonly (readonly CheckpointedChannel[])[];
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  /** Of values in flight. */
  readonly classes: ClassRegistry;
  readonly taker: CheckpointTaker;
  readonly endedChannelsCount: boolean;
  /** The batch that is being delivered, which may have records left. */
  readonly delivering: () => Delivering | undefined;
  /** Makes the task run soon. */
  readonly wake: () => void;
}

/** A batch out of a channel and the first record that has not been delivered. */
export interface Delivering {
  readonly input: number;
  readonly channel: number;
  readonly batch: RecordBatch;
  readonly from: number;
}

export class InputBarriers {
  private readonly rules: BarrierRules;
  private readonly firsts: readonly number[];
  private readonly channels: readonly CheckpointedChannel[];
  private gates: readonly CheckpointedChannels[] = [];
  private inFlight: InFlightRecords | undefined;
  private freed = false;
  private alarm: { readonly at: number; readonly call: ScheduledCall } | undefined;

  constructor(private readonly options: InputBarriersOptions) {
    const { channels } = options;
    this.channels = channels.flat();
    this.rules = new BarrierRules({ overtaking: this.channels.map(({ overtaking }) => overtaking), endedChannelsCount: options.endedChannelsCount });
    this.firsts = channels.map((_, input) => channels.slice(0, input).reduce((sum, { length }) => sum + length, 0));
  }

  /** The channels of each input, in order; once, before anything is told. */
  attach(gates: readonly CheckpointedChannels[]): void {
    this.gates = gates;
  }

  barrier(input: number, channel: number, barrier: CheckpointBarrier): void {
    this.tell({ type: 'barrier', channel: this.firsts[input]! + channel, barrier });
  }

  announced(input: number, channel: number, barrier: CheckpointBarrier): void {
    this.tell({ type: 'announced', channel: this.firsts[input]! + channel, barrier });
  }

  cancelled(input: number, channel: number, checkpointId: number): void {
    this.tell({ type: 'cancelled', channel: this.firsts[input]! + channel, checkpointId });
  }

  /** Nothing comes on the channel any more. */
  closed(input: number, channel: number): void {
    this.tell({ type: 'ended', channel: this.firsts[input]! + channel });
  }

  /** Whether channels have been unblocked since the last call: they may have been passed over before. */
  takeFreed(): boolean {
    const { freed } = this;
    this.freed = false;
    return freed;
  }

  /** An alignment has taken too long. */
  get overdue(): boolean {
    const { deadline } = this.rules;
    return deadline !== undefined && this.options.clock.now() > deadline;
  }

  /** Lets an alignment that has taken too long go on unaligned. */
  lookAtTime(): void {
    if (this.overdue) this.tell({ type: 'time' });
  }

  close(): void {
    this.alarm?.call.cancel();
    this.alarm = undefined;
  }

  private tell(fact: BarrierFact): void {
    for (const decision of this.rules.step(fact, this.options.clock.now())) this.carryOut(decision);
    this.setAlarm();
  }

  private carryOut(decision: BarrierDecision): void {
    switch (decision.type) {
      case 'block': {
        const { input, channel } = this.placeOf(decision.channel);
        return this.gates[input]!.block(channel);
      }
      case 'unblock':
        for (const gate of this.gates) gate.unblock();
        this.freed = true;
        return;
      case 'checkpoint': return this.take(decision);
      case 'in-flight-complete':
        this.inFlight?.finish();
        return this.endCapture();
      case 'abort':
        if (this.inFlight?.checkpointId === decision.checkpointId) this.endCapture();
        return this.options.taker.abandon(decision.checkpointId, decision.reason);
    }
  }

  private take({ barrier, unaligned, inFlightOn, firstBarrierAt }: Extract<BarrierDecision, { type: 'checkpoint' }>): void {
    const { taker, classes } = this.options;
    if (!unaligned) return taker.take(barrier, { firstBarrierAt, unaligned });
    this.endCapture();
    const inFlight = new InFlightRecords(barrier.checkpointId, classes);
    this.inFlight = inFlight;
    this.capture(inFlight, inFlightOn);
    taker.take(barrier, { firstBarrierAt, unaligned, inFlight });
  }

  /** What has been taken out of a channel comes before what has been read ahead, and that before what comes. */
  private capture(inFlight: InFlightRecords, channels: readonly number[]): void {
    const delivering = this.options.delivering();
    const delivered = delivering && this.firsts[delivering.input]! + delivering.channel;
    if (delivering && channels.includes(delivered!)) inFlight.add(delivered!, this.nameOf(delivered!), delivering.batch, delivering.from);
    for (const [input, gate] of this.gates.entries()) {
      const first = this.firsts[input]!;
      const own = channels.map((channel) => this.placeOf(channel)).filter((place) => place.input === input).map(({ channel }) => channel);
      gate.beginCapture({
        checkpointId: inFlight.checkpointId,
        add: (channel, item) => inFlight.add(first + channel, this.nameOf(first + channel), item),
      }, own);
    }
  }

  private endCapture(): void {
    this.inFlight = undefined;
    for (const gate of this.gates) gate.endCapture();
  }

  /** Nothing else may come to wake a task whose channels wait for each other. */
  private setAlarm(): void {
    const { clock, wake } = this.options;
    const { deadline } = this.rules;
    if (this.alarm?.at === deadline) return;
    this.close();
    if (deadline !== undefined) this.alarm = { at: deadline, call: clock.schedule(Math.max(0, deadline - clock.now()) + 1, wake) };
  }

  private nameOf(channel: number): ChannelName {
    const { edgeId, producer, consumer } = this.channels[channel]!;
    return { edgeId, producer, consumer };
  }

  private placeOf(channel: number): { readonly input: number; readonly channel: number } {
    let input = this.firsts.length - 1;
    while (this.firsts[input]! > channel) input--;
    return { input, channel: channel - this.firsts[input]! };
  }
}
