/**
 * Calls on streams that Flink keeps apart from them (`DataStreamUtils`).
 */
import type { CollectedResults } from './collected-results.js';
import type { KeySelectorLike } from '../operators/functions.js';
import { badArgument } from './arguments.js';
import { DataStream } from './data-stream.js';
import type { FieldOf, FieldValue, Key } from './field.js';
import { keyFunction } from './key-function.js';
import type { KeyedStream } from './keyed-stream.js';

export class DataStreamUtils {
  /**
   * Takes a stream for one that `keyBy` has partitioned already, so that its records stay in the subtasks where they are and
   * what follows is chained: of the results of an operator on a keyed stream, say, that keep its key. The key must be the same
   * one: a subtask that keeps state of a key which belongs to another fails its next checkpoint with `KEY_INVALID`.
   *
   * Both sides need the same parallelism and maximum parallelism.
   */
  static reinterpretAsKeyedStream<T, K extends Key<K>>(stream: DataStream<T>, selector: KeySelectorLike<T, K>): KeyedStream<T, K>;
  static reinterpretAsKeyedStream<T, const F extends FieldOf<T>>(stream: DataStream<T>, field: F): KeyedStream<T, FieldValue<T, F>>;
  static reinterpretAsKeyedStream<T>(stream: DataStream<T>, key: unknown): KeyedStream<T, unknown> {
    if (!(stream instanceof DataStream)) throw badArgument('reinterpretAsKeyedStream', 'a DataStream', stream);
    return DataStream.keyedInPlace<T, unknown>(stream as DataStream<T>, keyFunction<T>('reinterpretAsKeyedStream', [key]));
  }

  /**
   * Runs the job and gives its records.
   * @deprecated As in Flink: `stream.executeAndCollect()`.
   */
  static collect<T>(stream: DataStream<T>, jobName?: string): CollectedResults<T> {
    return jobName === undefined ? stream.executeAndCollect() : stream.executeAndCollect(jobName);
  }
}
