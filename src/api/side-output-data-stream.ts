/**
 * What an operator emits aside (Flink: `SideOutputDataStream`).
 */
import type { CachedDataStream } from './cached-data-stream.js';
import { DataStream } from './data-stream.js';
import type { StreamContext } from './stream-context.js';
import type { SideOutputTransformation } from './transformation.js';

export class SideOutputDataStream<T> extends DataStream<T> {
  constructor(context: StreamContext, private readonly sideOutput: SideOutputTransformation) {
    super(context, sideOutput);
  }

  /** As `cache` of the stream of an operator. */
  cache(): CachedDataStream<T> {
    return this.context.kinds.cached<T>(this.sideOutput);
  }
}
