/**
 * Records made from an index by a function, at full speed or at a given rate (Flink: `DataGeneratorSource`).
 *
 * Invariants: each index from 0 to count - 1 is used exactly once; without a count every subtask takes every p-th
 * index, so that all advance together; the rate is shared evenly by the subtasks.
 */
import { systemClock, type Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import type { Boundedness, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import { splitRange } from '../sequence/number-sequence-source.js';
import { DataGeneratorReader } from './data-generator-reader.js';
import { type RateLimiterStrategy, RecordsPerSecond } from './rate-limiter.js';

/** Makes a record of an index (Flink: `GeneratorFunction`). */
export interface GeneratorFunction<T> {
  /** `index` counts from 0 over all subtasks. */
  map(index: number): T;
  /** Called once before the first record. */
  open?(context: SourceReaderContext): void | Promise<void>;
  /** Called once at the end, also after a failure. */
  close?(): void | Promise<void>;
}

/** A function of the index, an object with `map`, or a class of such objects, constructed once for each subtask. */
export type GeneratorFunctionLike<T> = GeneratorFunction<T> | ((index: number) => T) | (new () => GeneratorFunction<T>);

/** Indexes left to generate: `from`, `from + step`, … up to `to`. */
export interface GeneratorSplit {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export class DataGeneratorSource<T> implements Source<T, GeneratorSplit, SplitQueueCheckpoint<GeneratorSplit>> {
  readonly boundedness: Boundedness;
  readonly givesTimestamps = false;
  private readonly limit: RecordsPerSecond | RateLimiterStrategy;

  /**
   * `count` indexes from 0, without end by default, and at most `limit` records a second over all subtasks, or as a
   * `RateLimiterStrategy` says; without limit by default. Throws `INVALID_ARGUMENT` when the count is not a whole number from 0 or the rate is not above 0.
   */
  constructor(
    private readonly generator: GeneratorFunctionLike<T>,
    private readonly count: number = Number.POSITIVE_INFINITY,
    limit: number | RecordsPerSecond | RateLimiterStrategy = Number.POSITIVE_INFINITY,
    private readonly clock?: Clock,
  ) {
    if (count !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(count) && count >= 0)) {
      throw new FlinkError('INVALID_ARGUMENT', `A data generator needs a count that is a whole number from 0, or none, but got ${count}`);
    }
    this.limit = typeof limit === 'number' ? new RecordsPerSecond(limit) : limit;
    if (typeof limit !== 'number' && typeof limit !== 'function' && !(limit instanceof RecordsPerSecond) && typeof limit.createRateLimiter !== 'function') {
      throw new FlinkError('INVALID_ARGUMENT', 'A data generator needs a rate or a RateLimiterStrategy: an object with createRateLimiter(parallelism), or such a function');
    }
    this.boundedness = count === Number.POSITIVE_INFINITY ? 'CONTINUOUS_UNBOUNDED' : 'BOUNDED';
  }

  createReader(context: SourceReaderContext<GeneratorSplit>): SourceReader<T, GeneratorSplit> {
    return new DataGeneratorReader(context, instanceOf(this.generator), this.limit, this.clock ?? context.clock ?? systemClock);
  }

  createEnumerator(context: SplitEnumeratorContext<GeneratorSplit>): SplitQueue<GeneratorSplit> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<GeneratorSplit>, checkpoint: SplitQueueCheckpoint<GeneratorSplit>): SplitQueue<GeneratorSplit> {
    const { count } = this;
    return new SplitQueue(context, {
      checkpoint,
      find: () => {
        const parallelism = context.currentParallelism();
        if (count !== Number.POSITIVE_INFINITY) return splitRange(0, count - 1, parallelism).map((range) => ({ ...range, step: 1 }));
        return Array.from({ length: parallelism }, (_, subtask) => ({ id: String(subtask), from: subtask, to: Number.MAX_SAFE_INTEGER, step: parallelism }));
      },
    });
  }
}

function instanceOf<T>(generator: GeneratorFunctionLike<T>): GeneratorFunction<T> {
  if (typeof generator !== 'function') return generator;
  const { prototype } = generator as { prototype?: { map?: unknown } };
  if (typeof prototype?.map === 'function') return new (generator as new () => GeneratorFunction<T>)();
  return { map: generator as (index: number) => T };
}
