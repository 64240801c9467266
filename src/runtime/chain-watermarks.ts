/**
 * Which watermarks have come to and left the operators of a chain: kept when a watermark passes, read by gauges.
 *
 * Invariant: the watermark of the whole chain is the smallest that left one of its ends.
 */
import type { Clock } from '../core/clock.js';
import { MIN_TIMESTAMP } from '../core/timestamp.js';
import type { TaskMetrics } from './task-metrics.js';

export class ChainWatermarks {
  private readonly came: Float64Array;
  private readonly left: Float64Array;
  private readonly idles: boolean[];

  /** @param ends positions of the operators that no other operator of the chain follows. */
  constructor(
    operators: number,
    private readonly ends: readonly number[],
    private readonly metrics: TaskMetrics,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.came = new Float64Array(operators).fill(MIN_TIMESTAMP);
    this.left = new Float64Array(operators).fill(MIN_TIMESTAMP);
    this.idles = Array.from({ length: operators }, () => false);
  }

  /** The last watermark that reached the operator at this position; -Infinity before the first. */
  input(at: number): number {
    return this.came[at]!;
  }

  output(at: number): number {
    return this.left[at]!;
  }

  cameTo(at: number, timestamp: number): void {
    this.came[at] = timestamp;
    if (at === 0) this.metrics.watermarkCame(timestamp);
  }

  leftFrom(at: number, timestamp: number): void {
    this.left[at] = timestamp;
    if (!this.ends.includes(at)) return;
    this.metrics.watermarkLeft(this.ends.reduce((least, end) => Math.min(least, this.left[end]!), timestamp), this.clock.now());
  }

  statusFrom(at: number, idle: boolean): void {
    this.idles[at] = idle;
    if (this.ends.includes(at)) this.metrics.statusLeft(this.ends.every((end) => this.idles[end]));
  }
}
