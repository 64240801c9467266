/**
 * How a stream gets its timestamps and watermarks (Flink: `WatermarkStrategy`, `WatermarkGenerator`,
 * `TimestampAssigner`).
 *
 * Invariants:
 * - A watermark t promises that no record with a timestamp at or below t follows.
 * - A generator belongs to one subtask; the strategy makes one for each.
 */
import { FlinkError } from '../core/errors.js';
import type { DurationLike } from '../core/time.js';
import { formatDuration, toMillis } from '../core/time.js';
import type { WatermarkGenerator, WatermarkGeneratorContext } from './watermark-generator.js';
import { BoundedOutOfOrdernessWatermarks, idleTimeout, NoWatermarksGenerator, outOfOrderness, WatermarksWithIdleness } from './watermark-generators.js';

/** Answers a record's event time in epoch milliseconds; `previous` is what it had before, -Infinity for none. */
export type TimestampAssignerLambda<T> = (value: T, previous: number) => number;
/** Finds a record's event time (Flink: `TimestampAssigner`). */
export interface TimestampAssigner<T> {
  extractTimestamp(value: T, previous: number): number;
}

/** A strategy of one's own, as an object or a class (Flink: implementing the interface `WatermarkStrategy`). */
export interface CustomWatermarkStrategy<T> {
  /** Called once for each subtask. */
  createWatermarkGenerator(context: WatermarkGeneratorContext): WatermarkGenerator<T>;
  /** Records keep the timestamps that they have where this is missing. */
  createTimestampAssigner?(): TimestampAssigner<T> | TimestampAssignerLambda<T>;
}

/** How sources of a group wait for each other (Flink: `WatermarkAlignmentParams`). */
export interface WatermarkAlignment {
  readonly group: string;
  /** How far a source may be ahead of the slowest of its group, in milliseconds of event time. */
  readonly maxDriftMs: number;
  /** How often it is compared, in milliseconds. */
  readonly updateIntervalMs: number;
}

export class WatermarkStrategy<T> {
  private static readonly none = new WatermarkStrategy<unknown>(() => new NoWatermarksGenerator(), undefined, undefined);

  private constructor(
    /** Makes the generator of one subtask. */
    readonly createGenerator: (context: WatermarkGeneratorContext) => WatermarkGenerator<T>,
    /** Undefined keeps the timestamps that records have already. */
    readonly timestampAssigner: TimestampAssignerLambda<T> | undefined,
    /** Undefined without `withWatermarkAlignment`. */
    readonly alignment: WatermarkAlignment | undefined,
  ) {}

  /** No watermarks but the last one, at the end of bounded input. Always the same strategy. */
  static noWatermarks<T>(): WatermarkStrategy<T> {
    return WatermarkStrategy.none as WatermarkStrategy<T>;
  }

  /** For timestamps that never go back within a subtask: the watermark is the largest timestamp - 1 ms. */
  static forMonotonousTimestamps<T>(): WatermarkStrategy<T> {
    return WatermarkStrategy.forBoundedOutOfOrderness<T>(0);
  }

  /**
   * For records that come at most this late: the watermark is the largest timestamp - the bound - 1 ms. Throws
   * `INVALID_ARGUMENT` for a negative bound.
   */
  static forBoundedOutOfOrderness<T>(maxOutOfOrderness: DurationLike): WatermarkStrategy<T> {
    const bound = outOfOrderness('forBoundedOutOfOrderness', maxOutOfOrderness);
    return new WatermarkStrategy<T>(() => new BoundedOutOfOrdernessWatermarks(bound), undefined, undefined);
  }

  /** With a generator of one's own; `supplier` is called once for each subtask. */
  static forGenerator<T>(supplier: (context: WatermarkGeneratorContext) => WatermarkGenerator<T>): WatermarkStrategy<T> {
    if (typeof supplier !== 'function') throw new FlinkError('INVALID_ARGUMENT', `forGenerator takes a function that makes a generator; ${typeof supplier} came`);
    return new WatermarkStrategy<T>(supplier, undefined, undefined);
  }

  /** The strategy that does what an author's own does; undefined when `given` is none. A class is constructed. */
  static of<T>(given: unknown): WatermarkStrategy<T> | undefined {
    if (given instanceof WatermarkStrategy) return given as WatermarkStrategy<T>;
    const custom: unknown = typeof given === 'function' && makesGenerators<T>(given.prototype) ? new (given as new () => unknown)() : given;
    if (!makesGenerators<T>(custom)) return undefined;
    const strategy = WatermarkStrategy.forGenerator<T>((context) => custom.createWatermarkGenerator(context));
    return custom.createTimestampAssigner ? strategy.withTimestampAssigner(custom.createTimestampAssigner()) : strategy;
  }

  /** Makes the generator of one subtask (Flink's name of `createGenerator`). */
  createWatermarkGenerator(context: WatermarkGeneratorContext): WatermarkGenerator<T> {
    return this.createGenerator(context);
  }

  /** Finds timestamps as this strategy does; without an assigner of its own it answers those that records have already. */
  createTimestampAssigner(): TimestampAssigner<T> {
    return { extractTimestamp: this.timestampAssigner ?? ((_, previous) => previous) };
  }

  /** Only the timestamps of this strategy. */
  withoutWatermarks(): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>(WatermarkStrategy.none.createGenerator, this.timestampAssigner, undefined);
  }

  /** Whether it makes watermarks at all. */
  get generatesWatermarks(): boolean {
    return this.createGenerator !== WatermarkStrategy.none.createGenerator;
  }

  /**
   * The same strategy, with timestamps taken from the records. Where a stream takes the result, the type of the
   * records is known: `stream.assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((event) => event.time))`.
   */
  withTimestampAssigner<R extends T = T>(assigner: TimestampAssignerLambda<R> | TimestampAssigner<R> | (new () => TimestampAssigner<R>)): WatermarkStrategy<R> {
    const assign = assigningFunction(assigner);
    if (!assign) {
      throw new FlinkError('INVALID_ARGUMENT', `withTimestampAssigner takes a function, an object with extractTimestamp() or a class of such objects; ${typeof assigner} came`, { hint: 'Write withTimestampAssigner((event) => event.time).' });
    }
    return new WatermarkStrategy<R>(this.createGenerator, assign, this.alignment);
  }

  /**
   * The same strategy, that also declares the stream idle when no record came for longer than `timeout`, so that it
   * holds nobody back. Throws `INVALID_ARGUMENT` unless the duration is positive.
   */
  withIdleness(timeout: DurationLike): WatermarkStrategy<T> {
    const timeoutMs = idleTimeout('withIdleness', timeout);
    return new WatermarkStrategy<T>((context) => new WatermarksWithIdleness(this.createGenerator(context), timeoutMs, context), this.timestampAssigner, this.alignment);
  }

  /**
   * The same strategy for sources that wait for each other: one whose watermark is more than `maxDrift` ahead of the
   * smallest of its `group` is not read until the others have come closer. All subtasks of all sources of the job that
   * name the group belong to it; those that are idle hold nobody up, so combine it with `withIdleness`. Where the
   * strategy is given to `assignTimestampsAndWatermarks`, that has to be chained to the source.
   *
   * @param updateInterval how often the watermarks are compared; 1 s by default. Throws `INVALID_ARGUMENT` for an
   * empty name, a negative drift, or an interval that is not positive.
   */
  withWatermarkAlignment(group: string, maxDrift: DurationLike, updateInterval: DurationLike = ALIGNMENT_INTERVAL_MS): WatermarkStrategy<T> {
    if (typeof group !== 'string' || group === '') throw new FlinkError('INVALID_ARGUMENT', `withWatermarkAlignment takes the name of a group; ${JSON.stringify(group) ?? String(group)} came`);
    const maxDriftMs = toMillis(maxDrift);
    if (maxDriftMs < 0) throw new FlinkError('INVALID_ARGUMENT', `withWatermarkAlignment takes a drift of at least 0; ${formatDuration(maxDriftMs)} came`);
    const updateIntervalMs = toMillis(updateInterval);
    if (updateIntervalMs <= 0) throw new FlinkError('INVALID_ARGUMENT', `withWatermarkAlignment takes an update interval of more than 0; ${formatDuration(updateIntervalMs)} came`);
    return new WatermarkStrategy<T>(this.createGenerator, this.timestampAssigner, { group, maxDriftMs, updateIntervalMs });
  }
}

/** Flink's. */
const ALIGNMENT_INTERVAL_MS = 1000;

/** Undefined for what finds no timestamps. */
function assigningFunction<T>(assigner: TimestampAssignerLambda<T> | TimestampAssigner<T> | (new () => TimestampAssigner<T>)): TimestampAssignerLambda<T> | undefined {
  if (typeof assigner !== 'function') return assigner?.extractTimestamp?.bind(assigner);
  const { prototype } = assigner as { prototype?: Partial<TimestampAssigner<T>> };
  if (typeof prototype?.extractTimestamp !== 'function') return assigner as TimestampAssignerLambda<T>;
  const made = new (assigner as new () => TimestampAssigner<T>)();
  return (value, previous) => made.extractTimestamp(value, previous);
}

function makesGenerators<T>(given: unknown): given is CustomWatermarkStrategy<T> {
  return typeof given === 'object' && given !== null && typeof (given as Partial<CustomWatermarkStrategy<T>>).createWatermarkGenerator === 'function';
}
