/**
 * Event time of a source's subtask whose reader reads several splits: the smallest watermark of those that are not idle
 * (Flink: `WatermarkOutputMultiplexer`).
 *
 * Invariants:
 * - What leaves only rises; a split that is behind when it comes, or that has given none yet, holds it where it is.
 * - When the last split goes idle the largest watermark of all leaves, then the idleness.
 * - Without splits nothing leaves.
 */
import type { Clock } from '../core/clock.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import { watermarkTime, type Watermark } from '../core/watermark.js';
import type { MetricGroup } from './metric-group.js';
import type { WatermarkOutput } from './watermark-generator.js';

/** The group of the metrics of one split: `split.<id>.currentWatermark` and others. */
export const SPLIT_METRICS = 'split';

export class SplitWatermarks {
  private readonly splits = new Map<string, SplitWatermark>();
  private last = MIN_TIMESTAMP;
  private idle = false;

  constructor(
    private readonly output: WatermarkOutput,
    private readonly metrics: MetricGroup,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** The output of a split, made when it is first asked for; that of none (`''`) has no metrics. */
  of(id: string): SplitWatermark {
    return this.splits.get(id) ?? this.begin(id);
  }

  /** The split has been read to its end: nobody waits for it any more. */
  release(id: string): void {
    const split = this.splits.get(id);
    if (!split) return;
    this.splits.delete(id);
    split.metrics?.close?.();
    this.combine();
  }

  combine(): void {
    if (this.splits.size === 0) return;
    let smallest = MAX_TIMESTAMP;
    let largest = MIN_TIMESTAMP;
    let idle = true;
    for (const split of this.splits.values()) {
      if (split.watermark > largest) largest = split.watermark;
      if (split.idle) continue;
      idle = false;
      if (split.watermark < smallest) smallest = split.watermark;
    }
    const combined = idle ? largest : smallest;
    if (combined > this.last) {
      this.last = combined;
      this.idle = false;
      this.output.emitWatermark(combined);
    }
    // Activity leaves together with a larger watermark.
    if (idle && !this.idle) this.output.markIdle();
    this.idle = idle;
  }

  private begin(id: string): SplitWatermark {
    const metrics = id === '' ? undefined : this.metrics.addGroup(SPLIT_METRICS, id);
    const split = new SplitWatermark(this, metrics);
    this.splits.set(id, split);
    if (!metrics) return split;
    metrics.gauge('currentWatermark', () => split.watermark);
    metrics.gauge('watermarkLag', () => (Number.isFinite(split.watermark) ? this.clock.now() - split.watermark : undefined));
    metrics.gauge('isIdle', () => split.idle);
    return split;
  }
}

/** What one split has said, and where it says it. */
export class SplitWatermark implements WatermarkOutput {
  watermark = MIN_TIMESTAMP;
  idle = false;

  constructor(private readonly all: SplitWatermarks, readonly metrics: MetricGroup | undefined) {}

  emitWatermark(watermark: Watermark | number): void {
    const timestamp = watermarkTime(watermark);
    // Written so that NaN is dropped too.
    const rises = timestamp > this.watermark;
    if (rises) this.watermark = timestamp;
    if (!rises && !this.idle) return;
    this.idle = false;
    this.all.combine();
  }

  markIdle(): void {
    if (this.idle) return;
    this.idle = true;
    this.all.combine();
  }

  markActive(): void {
    if (!this.idle) return;
    this.idle = false;
    this.all.combine();
  }
}
