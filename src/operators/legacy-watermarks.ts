/**
 * Timestamps and watermarks as jobs before Flink 1.11 give them (Flink: `AssignerWithPeriodicWatermarks`,
 * `AssignerWithPunctuatedWatermarks`, `BoundedOutOfOrdernessTimestampExtractor`, `AscendingTimestampExtractor`).
 */
import { FlinkError } from '../core/errors.js';
import { toMillis, type DurationLike } from '../core/time.js';
import { MIN_TIMESTAMP } from '../core/timestamp.js';
import { watermarkTime, type Watermark } from '../core/watermark.js';
import type { WatermarkGenerator } from './watermark-generator.js';
import { WatermarkStrategy } from './watermark-strategy.js';

/** A watermark, its timestamp alone, or nothing. */
export type WatermarkLike = Watermark | number | null | undefined;

/** Timestamps from records; watermarks every `pipeline.auto-watermark-interval`. */
export interface AssignerWithPeriodicWatermarks<T> {
  /** Epoch milliseconds. @param previous what the record had before, -Infinity for none. */
  extractTimestamp(element: T, previous: number): number;
  getCurrentWatermark(): WatermarkLike;
}

/** Timestamps from records; watermarks where a record says so. */
export interface AssignerWithPunctuatedWatermarks<T> {
  /** Epoch milliseconds. @param previous what the record had before, -Infinity for none. */
  extractTimestamp(element: T, previous: number): number;
  /** Called after each record was forwarded. */
  checkAndGetNextWatermark(lastElement: T, extractedTimestamp: number): WatermarkLike;
}

/** Watermarks a fixed time behind the largest timestamp. */
export abstract class BoundedOutOfOrdernessTimestampExtractor<T> implements AssignerWithPeriodicWatermarks<T> {
  private readonly boundMs: number;
  protected largest = MIN_TIMESTAMP;

  /** @param maxOutOfOrderness how late records may come; not negative. */
  constructor(maxOutOfOrderness: DurationLike) {
    this.boundMs = toMillis(maxOutOfOrderness);
    if (this.boundMs < 0) throw new FlinkError('INVALID_ARGUMENT', `BoundedOutOfOrdernessTimestampExtractor takes a duration of at least 0; ${this.boundMs} ms came`);
  }

  /** The time of a record, epoch milliseconds. */
  abstract extractTimestamp(element: T): number;

  getCurrentWatermark(): number {
    return this.largest - this.boundMs;
  }

  getMaxOutOfOrdernessInMillis(): number {
    return this.boundMs;
  }

  /** Called by the runtime with each record's time. */
  observe(timestamp: number): void {
    if (timestamp > this.largest) this.largest = timestamp;
  }
}

/** What becomes of a timestamp that is below one before it (Flink: `AscendingTimestampExtractor.MonotonyViolationHandler`). */
export interface MonotonyViolationHandler {
  /** @param lastTimestamp the largest so far. */
  handleViolation(elementTimestamp: number, lastTimestamp: number): void;
}

/** Lets such records pass. */
class IgnoringHandler implements MonotonyViolationHandler {
  handleViolation(): void {}
}

/** Fails the job. */
class FailingHandler implements MonotonyViolationHandler {
  handleViolation(elementTimestamp: number, lastTimestamp: number): void {
    throw new FlinkError('INVALID_ARGUMENT', `ascending timestamps were promised: ${elementTimestamp} came after ${lastTimestamp}`, {
      hint: 'Use WatermarkStrategy.forBoundedOutOfOrderness(…) for records that are not in order.',
    });
  }
}

/** For timestamps that never go back within a subtask. Where one does all the same, its record is late, unless a handler says otherwise. */
export abstract class AscendingTimestampExtractor<T> extends BoundedOutOfOrdernessTimestampExtractor<T> {
  static readonly IgnoringHandler = IgnoringHandler;
  static readonly FailingHandler = FailingHandler;
  private violations: MonotonyViolationHandler | undefined;

  constructor() {
    super(1);
  }

  /** Says what becomes of a timestamp that goes back. */
  withViolationHandler(handler: MonotonyViolationHandler): this {
    if (typeof handler?.handleViolation !== 'function') throw new FlinkError('INVALID_ARGUMENT', 'withViolationHandler takes an object with handleViolation()', { hint: 'Give new AscendingTimestampExtractor.FailingHandler().' });
    this.violations = handler;
    return this;
  }

  /** The time of a record, epoch milliseconds. */
  abstract extractAscendingTimestamp(element: T): number;

  extractTimestamp(element: T): number {
    const timestamp = this.extractAscendingTimestamp(element);
    if (timestamp < this.largest) this.violations?.handleViolation(timestamp, this.largest);
    else this.largest = timestamp;
    return timestamp;
  }
}

export type LegacyWatermarkAssigner<T> = AssignerWithPeriodicWatermarks<T> | AssignerWithPunctuatedWatermarks<T>;

/** The strategy that does what the assigner does, or undefined when `given` is none. A class is constructed. */
export function legacyWatermarkStrategy<T>(given: unknown): WatermarkStrategy<T> | undefined {
  const assigner: unknown = typeof given === 'function' && isAssigner(given.prototype) ? new (given as new () => unknown)() : given;
  if (!isAssigner(assigner)) return undefined;
  const known = assigner as LegacyWatermarkAssigner<T>;
  const generator = 'getCurrentWatermark' in known ? periodic(known) : punctuated(known);
  return WatermarkStrategy.forGenerator<T>(() => generator).withTimestampAssigner((element, previous) => known.extractTimestamp(element, previous));
}

function isAssigner(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const members = given as Partial<Record<string, unknown>>;
  return typeof members['getCurrentWatermark'] === 'function' || typeof members['checkAndGetNextWatermark'] === 'function';
}

function periodic<T>(assigner: AssignerWithPeriodicWatermarks<T>): WatermarkGenerator<T> {
  const observes = assigner instanceof BoundedOutOfOrdernessTimestampExtractor;
  return {
    onEvent(_element, timestamp) {
      if (observes) assigner.observe(timestamp);
    },
    onPeriodicEmit: (output) => output.emitWatermark(timeOf(assigner.getCurrentWatermark())),
    // An author's own may count its calls.
    ...(observes && { currentWatermark: () => assigner.getCurrentWatermark() }),
  };
}

function punctuated<T>(assigner: AssignerWithPunctuatedWatermarks<T>): WatermarkGenerator<T> {
  return {
    onEvent: (element, timestamp, output) => output.emitWatermark(timeOf(assigner.checkAndGetNextWatermark(element, timestamp))),
    onPeriodicEmit() {},
  };
}

/** Nothing is a watermark that never rises. */
function timeOf(watermark: WatermarkLike): number {
  if (watermark === null || watermark === undefined) return MIN_TIMESTAMP;
  return watermarkTime(watermark);
}
