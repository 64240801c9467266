/**
 * At least once: when a task takes its snapshot without any channel waiting for another (Flink:
 * `CheckpointBarrierTracker`).
 *
 * Invariants:
 * - No channel is ever blocked.
 * - Several checkpoints may be under way; a complete one ends the older ones without a word.
 * - At most `TRACKED_MAX` are remembered, the oldest is forgotten first.
 */
import type { CheckpointBarrier } from '../../core/checkpoint.js';
import type { BarrierDecision, BarrierFact } from './barrier-step.js';

export const TRACKED_MAX = 50;

interface Counted {
  readonly checkpointId: number;
  /** Undefined for a checkpoint that was cancelled: what still comes of it is absorbed. */
  barrier: CheckpointBarrier | undefined;
  readonly firstBarrierAt: number;
  readonly seen: Set<number>;
}

export interface CountingOptions {
  readonly channels: number;
  /** False: a channel that ends before its barrier makes the checkpoint fail. */
  readonly endedChannelsCount?: boolean;
}

export class BarrierCounting {
  private readonly open: Set<number>;
  /** By id, ascending. */
  private tracked: Counted[] = [];
  private latest = -1;

  constructor(private readonly options: CountingOptions) {
    this.open = new Set(Array.from({ length: options.channels }, (_, channel) => channel));
  }

  /** @param now epoch milliseconds. */
  step(fact: BarrierFact, now: number): BarrierDecision[] {
    switch (fact.type) {
      case 'barrier': return this.barrier(fact.channel, fact.barrier, now);
      case 'cancelled': return this.cancelled(fact.channel, fact.checkpointId, now);
      case 'ended': return this.ended(fact.channel);
      default: return [];
    }
  }

  private barrier(channel: number, barrier: CheckpointBarrier, now: number): BarrierDecision[] {
    const counted = this.track(barrier.checkpointId, barrier, now);
    counted?.seen.add(channel);
    return this.evaluate();
  }

  private cancelled(channel: number, checkpointId: number, now: number): BarrierDecision[] {
    const aborted: BarrierDecision[] = [];
    for (const older of this.tracked) {
      if (older.checkpointId < checkpointId && older.barrier) aborted.push(abort(older.checkpointId));
    }
    const known = this.tracked.find((counted) => counted.checkpointId === checkpointId);
    const counted = known ?? this.track(checkpointId, undefined, now);
    if (!counted) return [];
    this.tracked = this.tracked.filter((other) => other.checkpointId >= checkpointId);
    if (!known || known.barrier) aborted.push(abort(checkpointId));
    counted.barrier = undefined;
    counted.seen.add(channel);
    return [...aborted, ...this.evaluate()];
  }

  private ended(channel: number): BarrierDecision[] {
    this.open.delete(channel);
    if (this.options.endedChannelsCount !== false) return this.evaluate();
    const failed = this.tracked.filter((counted) => counted.barrier && !counted.seen.has(channel));
    for (const counted of failed) counted.barrier = undefined;
    return [
      ...failed.map(({ checkpointId }): BarrierDecision => ({ type: 'abort', checkpointId, reason: 'CHECKPOINT_DECLINED_INPUT_END_OF_STREAM' })),
      ...this.evaluate(),
    ];
  }

  /** The entry of a checkpoint, a new one if need be; undefined when it is over or forgotten. */
  private track(checkpointId: number, barrier: CheckpointBarrier | undefined, now: number): Counted | undefined {
    if (checkpointId <= this.latest) return this.tracked.find((counted) => counted.checkpointId === checkpointId);
    this.latest = checkpointId;
    const counted: Counted = { checkpointId, barrier, firstBarrierAt: now, seen: new Set() };
    this.tracked.push(counted);
    if (this.tracked.length > TRACKED_MAX) this.tracked.shift();
    return counted;
  }

  /** The newest checkpoint that is complete is taken; older ones are forgotten. */
  private evaluate(): BarrierDecision[] {
    for (let at = this.tracked.length - 1; at >= 0; at--) {
      const { barrier, seen, firstBarrierAt } = this.tracked[at]!;
      if (![...this.open].every((channel) => seen.has(channel))) continue;
      if (!barrier) {
        this.tracked.splice(at, 1);
        continue;
      }
      this.tracked.splice(0, at + 1);
      return [{ type: 'checkpoint', barrier, unaligned: false, inFlightOn: [], firstBarrierAt }];
    }
    return [];
  }
}

function abort(checkpointId: number): BarrierDecision {
  return { type: 'abort', checkpointId, reason: 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER' };
}
