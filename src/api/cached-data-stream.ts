/**
 * A stream whose records are kept for later jobs of the program (Flink: `CachedDataStream`).
 */
import { DataStream } from './data-stream.js';
import type { StreamContext } from './stream-context.js';
import type { CacheTransformation } from './transformation.js';

export class CachedDataStream<T> extends DataStream<T> {
  constructor(context: StreamContext, private readonly cache: CacheTransformation) {
    super(context, cache);
  }

  /** Deletes what is kept. A job that reads the stream afterwards computes it anew, and keeps it again. */
  invalidate(): Promise<void> {
    this.cache.cached.clear();
    return Promise.resolve();
  }
}
