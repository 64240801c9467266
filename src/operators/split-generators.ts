/**
 * One watermark generator for each split of a source's subtask, where the subtask has one elsewhere (Flink:
 * `SourceOutputWithWatermarks` of splits).
 *
 * Invariants:
 * - A record is shown to the generator of the split that was entered last.
 * - How far the subtask has come never goes back, whatever splits follow.
 * - Without any split there is a generator nevertheless, so that a subtask that has nothing to read can be idle.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { SplitFollower } from './operator.js';
import type { SplitWatermark, SplitWatermarks } from './split-watermarks.js';
import type { WatermarkGenerator, WatermarkGeneratorContext } from './watermark-generator.js';

/** Of records that are emitted for no split. */
const NO_SPLIT = '';

class Split<T> implements WatermarkGeneratorContext {
  readonly generator: WatermarkGenerator<T>;
  private pausedSince: number | undefined;
  private pausedMs = 0;

  constructor(create: (context: WatermarkGeneratorContext) => WatermarkGenerator<T>, readonly output: SplitWatermark, private readonly task: WatermarkGeneratorContext) {
    this.generator = create(this);
  }

  /** Stands still while the split is paused: such time says nothing about it. */
  activeMs(): number {
    return (this.pausedSince ?? this.task.activeMs()) - this.pausedMs;
  }

  pause(paused: boolean): void {
    if (paused) this.pausedSince ??= this.task.activeMs();
    else if (this.pausedSince !== undefined) {
      this.pausedMs += this.task.activeMs() - this.pausedSince;
      this.pausedSince = undefined;
    }
  }

  /** How far its records have brought it; its last watermark may be behind by a tick. */
  get time(): number {
    return Math.max(this.output.watermark, this.generator.currentWatermark?.() ?? MIN_TIMESTAMP);
  }
}

export class SplitGenerators<T> implements WatermarkGenerator<T>, SplitFollower {
  private readonly splits = new Map<string, Split<T>>();
  private current: Split<T> | undefined;
  /** Where the subtask was before the splits that it reads now. */
  private reached = MIN_TIMESTAMP;
  /** The generator of no split has been given no record. */
  private waits = false;

  /** @param task counts the time in which the whole task could go on. */
  constructor(
    private readonly create: (context: WatermarkGeneratorContext) => WatermarkGenerator<T>,
    private readonly watermarks: SplitWatermarks,
    private readonly task: WatermarkGeneratorContext,
  ) {}

  enter(splitId: string): void {
    if (this.waits) this.endWaiting(splitId);
    this.current = this.splits.get(splitId) ?? this.begin(splitId);
  }

  release(splitId: string): void {
    const split = this.splits.get(splitId);
    if (!split) return;
    this.reached = Math.max(this.reached, this.leastTime());
    this.splits.delete(splitId);
    if (this.current === split) this.current = undefined;
    this.watermarks.release(splitId);
  }

  pause(splitId: string, paused: boolean): void {
    this.splits.get(splitId)?.pause(paused);
  }

  *times(): Iterable<readonly [splitId: string, time: number]> {
    for (const [id, split] of this.splits) if (id !== NO_SPLIT) yield [id, split.output.idle ? MIN_TIMESTAMP : split.time];
  }

  onEvent(event: T, timestamp: number): void {
    if (!this.current) this.enter(NO_SPLIT);
    const { generator, output } = this.current!;
    generator.onEvent(event, timestamp, output);
  }

  onPeriodicEmit(): void {
    if (this.splits.size === 0) {
      this.begin(NO_SPLIT);
      this.waits = true;
    }
    for (const { generator, output } of this.splits.values()) generator.onPeriodicEmit(output);
  }

  currentWatermark(): number {
    return Math.max(this.reached, this.leastTime());
  }

  private begin(splitId: string): Split<T> {
    const split = new Split(this.create, this.watermarks.of(splitId), this.task);
    this.splits.set(splitId, split);
    return split;
  }

  private endWaiting(splitId: string): void {
    this.waits = false;
    if (splitId !== NO_SPLIT) this.release(NO_SPLIT);
  }

  /** Of the splits that are not idle. */
  private leastTime(): number {
    let least = MAX_TIMESTAMP;
    for (const split of this.splits.values()) if (!split.output.idle) least = Math.min(least, split.time);
    return least === MAX_TIMESTAMP ? MIN_TIMESTAMP : least;
  }
}
