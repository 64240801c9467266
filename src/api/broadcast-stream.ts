/**
 * A stream of which every subtask gets every record, with the states that it fills (Flink: `BroadcastStream`). To be
 * connected with another stream.
 */
import { MapStateDescriptor } from '../state/state-descriptor.js';
import { badArgument } from './arguments.js';
import type { DataStream } from './data-stream.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import type { Transformation } from './transformation.js';

/** A descriptor of broadcast state, whatever its types. */
export type BroadcastDescriptor = MapStateDescriptor<unknown, unknown>;

export class BroadcastStream<T> {
  constructor(private readonly stream: DataStream<T>, private readonly descriptors: readonly BroadcastDescriptor[]) {
    for (const descriptor of descriptors) {
      if (!(descriptor instanceof MapStateDescriptor)) throw badArgument('broadcast', 'MapStateDescriptors', descriptor);
    }
  }

  /** The records, with the partitioning that brings all of them everywhere. */
  getStream(): DataStream<T> {
    return this.stream;
  }

  getExecutionEnvironment(): StreamExecutionEnvironment {
    return this.stream.getExecutionEnvironment();
  }

  getTransformation(): Transformation {
    return this.stream.getTransformation();
  }

  getBroadcastStateDescriptors(): readonly BroadcastDescriptor[] {
    return this.descriptors;
  }
}
