/**
 * The generators that strategies are made of; a program's own (`WatermarkStrategy.forGenerator`) may be made of them, too.
 */
import { FlinkError } from '../core/errors.js';
import { type DurationLike, formatDuration, toMillis } from '../core/time.js';
import { MIN_TIMESTAMP } from '../core/timestamp.js';
import type { WatermarkGenerator, WatermarkGeneratorContext, WatermarkOutput } from './watermark-generator.js';

/** The largest timestamp so far - the bound - 1 ms, at each tick (Flink: `BoundedOutOfOrdernessWatermarks`). */
export class BoundedOutOfOrdernessWatermarks<T = unknown> implements WatermarkGenerator<T> {
  private largest = MIN_TIMESTAMP;
  private readonly bound: number;

  /** Throws `INVALID_ARGUMENT` for a negative bound. */
  constructor(maxOutOfOrderness: DurationLike) {
    this.bound = outOfOrderness('BoundedOutOfOrdernessWatermarks', maxOutOfOrderness);
  }

  onEvent(_event: T, timestamp: number, _output?: WatermarkOutput): void {
    if (timestamp > this.largest) this.largest = timestamp;
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    output.emitWatermark(this.currentWatermark());
  }

  currentWatermark(): number {
    return this.largest - this.bound - 1;
  }
}

/** For timestamps that never go back (Flink: `AscendingTimestampsWatermarks`). */
export class AscendingTimestampsWatermarks<T = unknown> extends BoundedOutOfOrdernessWatermarks<T> {
  constructor() {
    super(0);
  }
}

/** Never says anything (Flink: `NoWatermarksGenerator`). */
export class NoWatermarksGenerator<T = unknown> implements WatermarkGenerator<T> {
  onEvent(_event: T, _timestamp: number, _output?: WatermarkOutput): void {}
  onPeriodicEmit(_output: WatermarkOutput): void {}
}

/**
 * Another generator that also declares idleness, at ticks only: the countdown starts at the first tick that saw no record
 * since the tick before (Flink: `WatermarksWithIdleness`).
 */
export class WatermarksWithIdleness<T> implements WatermarkGenerator<T> {
  private active = false;
  private idle = false;
  private quietSince: number | undefined;
  private readonly timeoutMs: number;

  /** @param context what the supplier of `forGenerator` is given. Throws `INVALID_ARGUMENT` unless the duration is positive. */
  constructor(private readonly inner: WatermarkGenerator<T>, timeout: DurationLike, private readonly context: WatermarkGeneratorContext) {
    this.timeoutMs = idleTimeout('WatermarksWithIdleness', timeout);
  }

  onEvent(event: T, timestamp: number, output: WatermarkOutput): void {
    this.inner.onEvent(event, timestamp, output);
    this.active = true;
    this.idle = false;
  }

  onPeriodicEmit(output: WatermarkOutput): void {
    if (!this.quietTooLong()) {
      this.inner.onPeriodicEmit(output);
    } else if (!this.idle) {
      output.markIdle();
      this.idle = true;
    }
  }

  currentWatermark(): number {
    return this.inner.currentWatermark?.() ?? MIN_TIMESTAMP;
  }

  private quietTooLong(): boolean {
    if (this.active) {
      this.active = false;
      this.quietSince = undefined;
      return false;
    }
    const now = this.context.activeMs();
    if (this.quietSince === undefined) {
      this.quietSince = now;
      return false;
    }
    return now - this.quietSince > this.timeoutMs;
  }
}

/** The bound in milliseconds. */
export function outOfOrderness(call: string, duration: DurationLike): number {
  const bound = toMillis(duration);
  if (bound < 0) throw new FlinkError('INVALID_ARGUMENT', `${call} takes a duration of at least 0; ${formatDuration(bound)} came`);
  return bound;
}

/** The timeout in milliseconds. */
export function idleTimeout(call: string, duration: DurationLike): number {
  const timeout = toMillis(duration);
  if (timeout <= 0) throw new FlinkError('INVALID_ARGUMENT', `${call} takes a duration of more than 0; ${formatDuration(timeout)} came`);
  return timeout;
}
