/**
 * One watermark generator for each split of a source's subtask, where the subtask has one elsewhere (Flink:
 * `SourceOutputWithWatermarks` of splits).
 *
 * Invariant: a record is shown to the generator of the split that was entered last.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { SplitFollower } from './operator.js';
import type { SplitWatermarks } from './split-watermarks.js';
import type { WatermarkGenerator, WatermarkOutput } from './watermark-strategy.js';

interface Split<T> {
  readonly generator: WatermarkGenerator<T>;
  readonly output: WatermarkOutput;
}

/** Of records that are emitted for no split. */
const NO_SPLIT = '';

export class SplitGenerators<T> implements WatermarkGenerator<T>, SplitFollower {
  private readonly splits = new Map<string, Split<T>>();
  private current: Split<T> | undefined;

  constructor(private readonly create: () => WatermarkGenerator<T>, private readonly watermarks: SplitWatermarks) {}

  enter(splitId: string): void {
    let split = this.splits.get(splitId);
    if (!split) {
      split = { generator: this.create(), output: this.watermarks.of(splitId) };
      this.splits.set(splitId, split);
    }
    this.current = split;
  }

  release(splitId: string): void {
    const split = this.splits.get(splitId);
    if (!split) return;
    // Its last records count, too.
    split.generator.onPeriodicEmit(split.output);
    this.splits.delete(splitId);
    if (this.current === split) this.current = undefined;
    this.watermarks.release(splitId);
  }

  onEvent(event: T, timestamp: number): void {
    if (!this.current) this.enter(NO_SPLIT);
    const { generator, output } = this.current!;
    generator.onEvent(event, timestamp, output);
  }

  onPeriodicEmit(): void {
    for (const { generator, output } of this.splits.values()) generator.onPeriodicEmit(output);
  }

  currentWatermark(): number {
    let least = MAX_TIMESTAMP;
    for (const { generator } of this.splits.values()) least = Math.min(least, generator.currentWatermark?.() ?? MIN_TIMESTAMP);
    return this.splits.size === 0 ? MIN_TIMESTAMP : least;
  }
}
