/**
 * The job that a program is building: its operators so far, and what the streams of one environment share.
 *
 * Invariant: taking the draft leaves it empty, so that the next job starts anew, with the same numbering.
 */
import { CachedResult } from '../connectors/cache/cached-result.js';
import { CachedDataStream } from './cached-data-stream.js';
import { CollectedResults } from './collected-results.js';
import { BroadcastConnectedStream } from './broadcast-connected-stream.js';
import { ConnectedStreams } from './connected-streams.js';
import { DataStream } from './data-stream.js';
import { DataStreamSink } from './data-stream-sink.js';
import { IterativeStream } from './iterative-stream.js';
import { KeyedStream } from './keyed-stream.js';
import { SideOutputDataStream } from './side-output-data-stream.js';
import { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import { SplitStream } from './split-stream.js';
import type { StreamContext, StreamKinds } from './stream-context.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import type { OperatorTransformation, Transformation, TransformationSettings } from './transformation.js';

/** What a job is made from. */
export interface DraftedJob {
  /** In the order in which they were made. */
  readonly operators: readonly OperatorTransformation[];
  /** Receivers of collected records, by id. */
  readonly collectors: ReadonlyMap<string, CollectedResults<unknown>>;
}

export class JobDraft implements StreamContext {
  readonly kinds: StreamKinds = {
    stream: (transformation) => new DataStream(this, transformation),
    operator: (transformation) => new SingleOutputStreamOperator(this, transformation),
    keyed: (input, keyOf, inPlace) => new KeyedStream(this, input, keyOf, inPlace),
    connected: (first, second) => new ConnectedStreams(this, first, second),
    broadcastConnected: (first, second) => new BroadcastConnectedStream(this, first, second),
    sideOutput: (transformation) => new SideOutputDataStream(this, transformation),
    cached: (input) => new CachedDataStream(this, { kind: 'cache', input, cached: this.newCache() }),
    split: (input, selector) => new SplitStream(this, input, selector),
    iterative: (input, maxWaitMs) => new IterativeStream(this, input, maxWaitMs),
    sink: (transformation, parts) => new DataStreamSink(transformation, parts),
  };

  private operators = new Set<OperatorTransformation>();
  private collectors = new Map<string, CollectedResults<unknown>>();
  private iterations = 0;
  private readonly ids = new WeakMap<Transformation, number>();
  private lastId = 0;
  /** Of all jobs of the environment. */
  readonly caches: CachedResult[] = [];
  private owner: { readonly environment: StreamExecutionEnvironment; readonly parallelism: () => number | undefined } | undefined;

  /** @param parallelism what the environment says at the moment, if it says anything. */
  bind(environment: StreamExecutionEnvironment, parallelism: () => number | undefined): void {
    this.owner = { environment, parallelism };
  }

  get environment(): StreamExecutionEnvironment {
    return this.owner!.environment;
  }

  settings(name: string): TransformationSettings {
    const environmentParallelism = this.owner?.parallelism();
    return { name, canBeParallel: true, chaining: 'ALWAYS', ...(environmentParallelism !== undefined && { environmentParallelism }) };
  }

  register(operator: OperatorTransformation): void {
    this.operators.add(operator);
  }

  private newCache(): CachedResult {
    const cached = new CachedResult(String(this.caches.length + 1));
    this.caches.push(cached);
    return cached;
  }

  registering<R>(build: () => R): readonly [R, readonly OperatorTransformation[]] {
    const before = this.operators.size;
    const built = build();
    return [built, [...this.operators].slice(before)];
  }

  idOf(transformation: Transformation): number {
    const known = this.ids.get(transformation) ?? ++this.lastId;
    this.ids.set(transformation, known);
    return known;
  }

  nextIteration(): string {
    return String(++this.iterations);
  }

  registerCollector<T>(): { readonly id: string; readonly results: CollectedResults<T> } {
    const id = `collector-${this.collectors.size + 1}`;
    const results = new CollectedResults<T>();
    this.collectors.set(id, results);
    return { id, results };
  }

  peek(): DraftedJob {
    return { operators: [...this.operators], collectors: this.collectors };
  }

  take(): DraftedJob {
    const drafted = this.peek();
    this.operators = new Set();
    this.collectors = new Map();
    this.iterations = 0;
    return drafted;
  }
}
