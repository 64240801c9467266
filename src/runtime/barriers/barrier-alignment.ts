/**
 * Exactly once: when a task takes its snapshot, with and without aligning its channels (Flink:
 * `SingleCheckpointBarrierHandler`).
 *
 * Aligned: a channel that has delivered the barrier waits until all have; then the snapshot is taken. Unaligned: the
 * first barrier counts, and what is in front of the others belongs to the snapshot. A checkpoint with a timeout begins
 * aligned and goes on unaligned.
 *
 * Invariants:
 * - One checkpoint at a time: a newer one ends an older one. Ids that are over never come back.
 * - No record behind a barrier is taken before the snapshot of its checkpoint.
 * - Channels that may not be overtaken (pointwise, broadcast) are aligned in any case.
 */
import { type CheckpointBarrier, type CheckpointFailureReason, overtakesFrom } from '../../core/checkpoint.js';
import type { BarrierDecision, BarrierFact } from './barrier-step.js';

export interface AlignmentOptions {
  /** By channel: whether a barrier may overtake records in it. */
  readonly overtaking: readonly boolean[];
  /** False: a channel that ends before its barrier makes the checkpoint fail. */
  readonly endedChannelsCount?: boolean;
}

interface Pending {
  readonly barrier: CheckpointBarrier;
  readonly firstBarrierAt: number;
  /** Where the barrier has been seen. */
  readonly seen: Set<number>;
  /** Where everything in front of it has been taken. */
  readonly delivered: Set<number>;
  /** The snapshot was taken unaligned; barriers are still on their way. */
  taken: boolean;
}

export class BarrierAlignment {
  private readonly open: Set<number>;
  private pending: Pending | undefined;
  /** The newest checkpoint that has begun, or was cancelled before it did. */
  private latest = -1;

  constructor(private readonly options: AlignmentOptions) {
    this.open = new Set(options.overtaking.keys());
  }

  /** When to come back with the time (epoch milliseconds); undefined: not needed. */
  get deadline(): number | undefined {
    return this.pending && !this.pending.taken ? overtakesFrom(this.pending.barrier) : undefined;
  }

  /** Whether this is the checkpoint under way. */
  awaits(checkpointId: number): boolean {
    return this.pending?.barrier.checkpointId === checkpointId;
  }

  /** A checkpoint that is not aligned has come in its turn: a newer one ends this one, too. */
  supersededBy(checkpointId: number): BarrierDecision[] {
    if (checkpointId <= this.latest) return [];
    this.latest = checkpointId;
    return this.abandon('CHECKPOINT_DECLINED_SUBSUMED');
  }

  /** @param now epoch milliseconds. */
  step(fact: BarrierFact, now: number): BarrierDecision[] {
    switch (fact.type) {
      case 'barrier': return this.barrier(fact.channel, fact.barrier, true, now);
      case 'announced': return this.barrier(fact.channel, fact.barrier, false, now);
      case 'cancelled': return this.cancelled(fact.checkpointId);
      case 'ended': return this.ended(fact.channel, now);
      case 'time': return this.evaluate(now);
    }
  }

  private barrier(channel: number, barrier: CheckpointBarrier, delivered: boolean, now: number): BarrierDecision[] {
    const { checkpointId } = barrier;
    const decisions: BarrierDecision[] = [];
    if (checkpointId > this.latest) {
      decisions.push(...this.abandon('CHECKPOINT_DECLINED_SUBSUMED'));
      this.latest = checkpointId;
      this.pending = { barrier, firstBarrierAt: now, seen: new Set(), delivered: new Set(), taken: false };
    }
    const { pending } = this;
    if (pending?.barrier.checkpointId !== checkpointId) return decisions;
    pending.seen.add(channel);
    if (delivered) {
      pending.delivered.add(channel);
      if (!pending.taken) decisions.push({ type: 'block', channel });
    }
    return [...decisions, ...this.evaluate(now)];
  }

  private cancelled(checkpointId: number): BarrierDecision[] {
    if (checkpointId < this.latest || (checkpointId === this.latest && !this.pending)) return [];
    if (checkpointId === this.latest) return this.abandon('CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER');
    this.latest = checkpointId;
    return [
      ...this.abandon('CHECKPOINT_DECLINED_SUBSUMED'),
      { type: 'abort', checkpointId, reason: 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER' },
    ];
  }

  private ended(channel: number, now: number): BarrierDecision[] {
    this.open.delete(channel);
    const { pending } = this;
    const missed = pending !== undefined && !pending.seen.has(channel);
    if (missed && this.options.endedChannelsCount === false) return this.abandon('CHECKPOINT_DECLINED_INPUT_END_OF_STREAM');
    return this.evaluate(now);
  }

  /** What the pending checkpoint comes to as things stand. */
  private evaluate(now: number): BarrierDecision[] {
    const { pending } = this;
    if (!pending) return [];
    const { barrier, firstBarrierAt } = pending;
    const decisions: BarrierDecision[] = [];
    if (!pending.taken) {
      const aligned = this.all(pending.delivered);
      if (!aligned && !this.mayOvertake(pending, now)) return [];
      pending.taken = true;
      const inFlightOn = [...this.open].filter((channel) => !pending.delivered.has(channel));
      decisions.push({ type: 'checkpoint', barrier, unaligned: !aligned, inFlightOn, firstBarrierAt }, { type: 'unblock' });
      if (aligned) this.pending = undefined;
    }
    if (this.pending && this.all(pending.seen)) {
      this.pending = undefined;
      decisions.push({ type: 'in-flight-complete', checkpointId: barrier.checkpointId });
    }
    return decisions;
  }

  private mayOvertake({ barrier, delivered }: Pending, now: number): boolean {
    const from = overtakesFrom(barrier);
    if (from === undefined || (from > barrier.timestamp && now <= from)) return false;
    const { overtaking } = this.options;
    return [...this.open].every((channel) => overtaking[channel] || delivered.has(channel));
  }

  private all(channels: ReadonlySet<number>): boolean {
    for (const channel of this.open) if (!channels.has(channel)) return false;
    return true;
  }

  private abandon(reason: CheckpointFailureReason): BarrierDecision[] {
    const { pending } = this;
    if (!pending) return [];
    this.pending = undefined;
    return [{ type: 'abort', checkpointId: pending.barrier.checkpointId, reason }, { type: 'unblock' }];
  }
}
