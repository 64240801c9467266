/**
 * The contract of watermark generators: they see the records of one subtask, or of one split, and say how far event time
 * has come (Flink: `WatermarkGenerator`, `WatermarkOutput`).
 *
 * Invariant: a watermark t promises that no record with a timestamp at or below t follows.
 */
import type { Watermark } from '../core/watermark.js';

/** Where a generator puts its watermarks (Flink: `WatermarkOutput`). */
export interface WatermarkOutput {
  /** A watermark, or its epoch milliseconds. One that is not larger than the one before is dropped. */
  emitWatermark(watermark: Watermark | number): void;
  /** Says that this stream is idle: downstream does not wait for its watermarks. */
  markIdle(): void;
  /** Ends idleness; a watermark does so too. */
  markActive(): void;
}

/** Decides about watermarks, from records or from time (Flink: `WatermarkGenerator`). */
export interface WatermarkGenerator<T> {
  /** Called for each record, after it was forwarded: the place for punctuated watermarks. */
  onEvent(event: T, timestamp: number, output: WatermarkOutput): void;
  /** Called every `pipeline.auto-watermark-interval`: the place for periodic watermarks. */
  onPeriodicEmit(output: WatermarkOutput): void;
  /**
   * The watermark that the records so far allow, whether it has been emitted or not; changes nothing. Sources are
   * aligned by it where it is there, and by the last watermark emitted elsewhere, which may be much older.
   */
  currentWatermark?(): number;
}

/** What a strategy's supplier of generators may use. */
export interface WatermarkGeneratorContext {
  /** Milliseconds from an arbitrary origin; stands still while the task is held up by downstream. */
  activeMs(): number;
}
