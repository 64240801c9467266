/**
 * What the streams of one environment share: where operators are registered, and how the kinds of stream are made.
 * Streams reach each other through it, so that no two of their files need to import one another.
 */
import type { BroadcastConnectedStream } from './broadcast-connected-stream.js';
import type { BroadcastStream } from './broadcast-stream.js';
import type { CachedDataStream } from './cached-data-stream.js';
import type { CollectedResults } from './collected-results.js';
import type { ConnectedStreams } from './connected-streams.js';
import type { DataStream } from './data-stream.js';
import type { DataStreamSink } from './data-stream-sink.js';
import type { IterativeStream } from './iterative-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { SideOutputDataStream } from './side-output-data-stream.js';
import type { SinkPart } from './sink-topologies.js';
import type { SplitStream } from './split-stream.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import type { CacheTransformation, OperatorTransformation, PhysicalTransformation, SideOutputTransformation, Transformation, TransformationSettings } from './transformation.js';
import type { OutputSelectorLike } from '../operators/functions.js';

export interface StreamContext {
  readonly environment: StreamExecutionEnvironment;
  readonly kinds: StreamKinds;
  /** Fresh settings for an operator of this name. */
  settings(name: string): TransformationSettings;
  /** Makes an operator part of the next job. */
  register(operator: OperatorTransformation): void;
  /** What `build` answers, and the operators that it made part of the job, in their order. */
  registering<R>(build: () => R): readonly [R, readonly OperatorTransformation[]];
  /** Numbers the transformations of this environment, as they are asked for. */
  idOf(transformation: Transformation): number;
  /** Numbers the iterations of a job. */
  nextIteration(): string;
  /** Registers a receiver of collected records in the next job. */
  registerCollector<T>(): { readonly id: string; readonly results: CollectedResults<T> };
}

/** Makes streams around transformations. */
export interface StreamKinds {
  stream<T>(transformation: Transformation): DataStream<T>;
  operator<T>(transformation: PhysicalTransformation): SingleOutputStreamOperator<T>;
  /** @param inPlace the records are where they belong. */
  keyed<T, K>(input: DataStream<T>, keyOf: (value: T) => unknown, inPlace?: boolean): KeyedStream<T, K>;
  connected<T1, T2, K>(first: DataStream<T1>, second: DataStream<T2>): ConnectedStreams<T1, T2, K>;
  broadcastConnected<T1, T2, K>(first: DataStream<T1>, second: BroadcastStream<T2>): BroadcastConnectedStream<T1, T2, K>;
  sideOutput<T>(transformation: SideOutputTransformation): SideOutputDataStream<T>;
  cached<T>(input: CacheTransformation['input']): CachedDataStream<T>;
  split<T>(input: DataStream<T>, selector: OutputSelectorLike<T>): SplitStream<T>;
  iterative<T>(input: DataStream<T>, maxWaitMs: number): IterativeStream<T>;
  /** @param parts the other operators of the sink. */
  sink<T>(transformation: OperatorTransformation, parts?: readonly SinkPart[]): DataStreamSink<T>;
}
