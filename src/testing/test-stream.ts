/**
 * A source that plays a script: records, watermarks, idleness, passing time, a crash, the end. The script is data, so
 * the same one gives the same run each time, wherever the job runs.
 *
 * Invariants:
 * - One subtask reads it, event by event, in order.
 * - Without an `end` the stream stays open after its last event, and the source is unbounded.
 */
import type { DurationLike } from '../core/time.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../connectors/split-queue.js';
import type { Boundedness, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../operators/source.js';
import { TestStreamReader } from './test-stream-reader.js';

/** One step of a script. */
export type TestStreamEvent<T> =
  /** Emits a record; `timestamp` in epoch milliseconds, none when left out. */
  | { readonly type: 'record'; readonly value: T; readonly timestamp?: number }
  /** Event time has come to `timestamp`: no later record is as old. */
  | { readonly type: 'watermark'; readonly timestamp: number }
  /** Downstream need not wait for this source's watermarks, until its next record or watermark. */
  | { readonly type: 'idle' }
  /** Moves the cluster's clock on, once everything so far has been handled. On a clock that runs by itself it waits. */
  | { readonly type: 'advance'; readonly duration: DurationLike }
  /** Emits nothing until the clock, moved by somebody else, has gone on by so much. */
  | { readonly type: 'pause'; readonly duration: DurationLike }
  /** The source throws when everything so far has been handled, once: an attempt after it passes over it. */
  | { readonly type: 'crash'; readonly message: string }
  /** The input ends. What follows is not played. */
  | { readonly type: 'end' };

/** How far a script has been played. */
export interface TestStreamSplit {
  readonly id: string;
  readonly played: number;
}

/**
 * A script as a source, for `env.fromSource`. Every call answers a new stream, with one event more.
 *
 * ```ts
 * const clicks = TestStream.of<Click>().record({ user: 'ada' }, 1_000).watermark(5_000).advance('10 s').end();
 * const counts = await cluster.run((env) => env.fromSource(clicks).keyBy('user')…);
 * ```
 *
 * Its watermarks reach the job as long as `fromSource` is given no `WatermarkStrategy` of its own.
 */
export class TestStream<T> implements Source<T, TestStreamSplit, SplitQueueCheckpoint<TestStreamSplit>> {
  readonly parallel = false;
  readonly boundedness: Boundedness;

  /** Takes a whole script; `TestStream.of` starts one to be written by calls. */
  constructor(readonly events: readonly TestStreamEvent<T>[]) {
    this.boundedness = events.some((event) => event.type === 'end') ? 'BOUNDED' : 'CONTINUOUS_UNBOUNDED';
  }

  /** A script that begins with these records, without timestamps. */
  static of<T>(...values: readonly T[]): TestStream<T> {
    return new TestStream<T>(values.map((value) => ({ type: 'record', value })));
  }

  /** Emits a record, with a timestamp in epoch milliseconds or without one. */
  record(value: T, timestamp?: number): TestStream<T> {
    return this.followedBy({ type: 'record', value, ...(timestamp !== undefined && { timestamp }) });
  }

  /** Says that event time has come to `timestamp` (epoch milliseconds). */
  watermark(timestamp: number): TestStream<T> {
    return this.followedBy({ type: 'watermark', timestamp });
  }

  /** Downstream need not wait for this source, until its next record or watermark. */
  idle(): TestStream<T> {
    return this.followedBy({ type: 'idle' });
  }

  /** Moves the cluster's clock on, once everything so far has been handled: `advance('5 s')`. */
  advance(duration: DurationLike): TestStream<T> {
    return this.followedBy({ type: 'advance', duration });
  }

  /** Emits nothing until the clock, moved by the test or by another stream, has gone on by so much. */
  pause(duration: DurationLike): TestStream<T> {
    return this.followedBy({ type: 'pause', duration });
  }

  /** Throws an Error with this message when everything so far has been handled, once: an attempt after it passes over it. */
  crash(message = 'the TestStream has come to a crash'): TestStream<T> {
    return this.followedBy({ type: 'crash', message });
  }

  /** Ends the input. Without it the stream stays open, and its job runs until it is cancelled. */
  end(): TestStream<T> {
    return this.followedBy({ type: 'end' });
  }

  createReader(context: SourceReaderContext<TestStreamSplit>): SourceReader<T, TestStreamSplit> {
    return new TestStreamReader(context, this.events);
  }

  createEnumerator(context: SplitEnumeratorContext<TestStreamSplit>): SplitQueue<TestStreamSplit> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<TestStreamSplit>, checkpoint: SplitQueueCheckpoint<TestStreamSplit>): SplitQueue<TestStreamSplit> {
    return new SplitQueue(context, { checkpoint, find: () => [{ id: '0', played: 0 }] });
  }

  private followedBy(event: TestStreamEvent<T>): TestStream<T> {
    return new TestStream<T>([...this.events, event]);
  }
}
