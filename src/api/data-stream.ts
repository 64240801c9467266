/**
 * A stream of records and what can be done with it (Flink: `DataStream`).
 *
 * Calls build the job and run nothing; records flow after `execute()`. Invariant: a stream never changes; every call
 * gives a new one.
 */
import type { DurationLike } from '../core/time.js';
import { TypeInformation } from '../core/type-information.js';
import type { Partitioning } from '../graph/stream-graph.js';
import { collectOperator } from '../operators/collect.js';
import { filterOperator } from '../operators/filter.js';
import { flatMapOperator } from '../operators/flat-map.js';
import { globalCommitterOperator } from '../operators/global-committer.js';
import type {
  FilterFunctionLike, FlatMapFunctionLike, KeySelectorLike, MapFunctionLike, OutputSelectorLike, PartitionerLike, ProcessFunctionLike, SinkFunctionLike,
} from '../operators/functions.js';
import { legacyWatermarkStrategy, type LegacyWatermarkAssigner } from '../operators/legacy-watermarks.js';
import { withCurrentKey } from '../operators/keyed-inputs.js';
import { mapOperator } from '../operators/map.js';
import type { OperatorDefinition } from '../operators/operator.js';
import { processOperator } from '../operators/process.js';
import { projectOperator } from '../operators/project.js';
import type { Sink } from '../operators/sink.js';
import { sinkFunctionOperator, sinkOperator } from '../operators/sink-operator.js';
import { timestampsOperator } from '../operators/timestamps.js';
import { type CustomWatermarkStrategy, WatermarkStrategy } from '../operators/watermark-strategy.js';
import type { EdgeFunction } from '../program/job-program.js';
import { PrintSink } from '../connectors/print/print-sink.js';
import { DiscardingSink } from '../connectors/discard/discarding-sink.js';
import { csvEncoder } from '../connectors/file/csv.js';
import { TextFileSink, type TextFileSinkOptions } from '../connectors/file/text-file-sink.js';
import type { OutputFormat } from '../connectors/output-format/output-format.js';
import { OutputFormatSink } from '../connectors/output-format/output-format-sink.js';
import type { SerializationSchema } from '../connectors/simple-string-schema.js';
import { type SocketEncoder, SocketSink } from '../connectors/socket/socket-sink.js';
import { GlobalWindows } from '../windowing/global-windows.js';
import type { GlobalWindow, TimeWindow, Window } from '../windowing/window.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import { AllWindowedStream } from './all-windowed-stream.js';
import { badArgument, durationArgument, nameArgument, wholeNumber } from './arguments.js';
import { nonParallel } from './change-settings.js';
import type { CollectedResults } from './collected-results.js';
import type { BroadcastConnectedStream } from './broadcast-connected-stream.js';
import { type BroadcastDescriptor, BroadcastStream } from './broadcast-stream.js';
import type { ConnectedStreams } from './connected-streams.js';
import type { DataStreamSink } from './data-stream-sink.js';
import type { ExecutionConfig } from './execution-config.js';
import type { FieldOf, FieldValue, Key } from './field.js';
import type { IterativeStream } from './iterative-stream.js';
import { keyFunction, partitionFunction } from './key-function.js';
import type { KeyedStream } from './keyed-stream.js';
import { PartitionWindowedStream, subtaskPartitions } from './partition-windowed-stream.js';
import { type CoGroupedStreams, type JoinedStreams, PairedStreams, type Pairing } from './paired-streams.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import { committedSink, hasCommitTopology, preWritten, type SinkPart, type SinkWithTopologies } from './sink-topologies.js';
import { withGlobalCommitter } from './standard-sink-topologies.js';
import type { SplitStream } from './split-stream.js';
import type { StreamContext } from './stream-context.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import { timeWindows } from './time-characteristic.js';
import type { DefinitionFacts, OperatorTransformation, Transformation } from './transformation.js';
import { declaredParallelism, declaredType, physicalInputs, type RecordType } from './transformation.js';
import { countWindows } from './windowing.js';
import { WriteMode } from './write-mode.js';

/** Any type; with it in a constraint, `[word, 1]` is inferred as the tuple `[string, number]`. */
export type Inferred = [] | {} | null | undefined | void;

/** Makes an operator once the job's settings are known. */
type Define = (facts: DefinitionFacts) => OperatorDefinition;

type Placement = Pick<OperatorTransformation, 'followsInput'>;
/** In the subtasks of the input: takes its parallelism, unless the author sets another. */
const FOLLOWING: Placement = { followsInput: true };

export class DataStream<T> {
  private readonly id: number;

  constructor(
    protected readonly context: StreamContext,
    private readonly transformation: Transformation,
  ) {
    this.id = context.idOf(transformation);
  }

  /** What `DataStreamUtils.reinterpretAsKeyedStream` answers. */
  static keyedInPlace<T, K>(stream: DataStream<T>, keyOf: (value: T) => unknown): KeyedStream<T, K> {
    return stream.context.kinds.keyed<T, K>(stream, keyOf, true);
  }

  /** A number that no other stream of this environment has, except for those that are the same stream. Not the id of a node in plans. */
  getId(): number {
    return this.id;
  }

  /**
   * The class that `returns(Class)` named, on this stream or on what it only routes; undefined where nothing did, for
   * types are gone when a program runs. Flink, where they are not, answers a `TypeInformation`.
   */
  getType(): RecordType<T> | undefined {
    return declaredType(this.transformation) as RecordType<T> | undefined;
  }

  getExecutionEnvironment(): StreamExecutionEnvironment {
    return this.context.environment;
  }

  getExecutionConfig(): ExecutionConfig {
    return this.context.environment.getConfig();
  }

  /** The parallelism of the operator that this stream comes from, as far as it is known before `execute()`. */
  getParallelism(): number {
    const [first] = physicalInputs(this.transformation);
    return (first && declaredParallelism(first)) ?? this.context.environment.getParallelism();
  }

  getTransformation(): Transformation {
    return this.transformation;
  }

  // One record at a time

  /** One result for each record. @param _type of the results: tells the compiler what it cannot infer. */
  map<R extends Inferred>(fn: MapFunctionLike<T, R>, _type?: TypeInformation<R>): SingleOutputStreamOperator<R> {
    return this.operator('Map', this.atKey(fn, mapOperator(fn)));
  }

  /**
   * Any number of results for each record: collected with `out.collect(result)`, or returned as a value or an
   * iterable (a string counts as one value). Where results are only collected, name their type:
   * `flatMap<Word>((line, out) => …)`, or `flatMap((line, out) => …, Types.STRING)`.
   */
  flatMap<R extends Inferred>(fn: FlatMapFunctionLike<T, R>, _type?: TypeInformation<R>): SingleOutputStreamOperator<R> {
    return this.operator('Flat Map', this.atKey(fn, flatMapOperator(fn)));
  }

  /** The records for which `fn` answers true. */
  filter<S extends T>(fn: (value: T) => value is S): SingleOutputStreamOperator<S>;
  filter(fn: FilterFunctionLike<T>): SingleOutputStreamOperator<T>;
  filter(fn: FilterFunctionLike<T>): SingleOutputStreamOperator<T> {
    return this.operator('Filter', this.atKey(fn, filterOperator(fn)));
  }

  /**
   * Any number of results for each record, with its timestamp, the time and side outputs at hand. Name the type of
   * what is collected: `process<Word>((line, context, out) => …)`.
   */
  process<R>(fn: ProcessFunctionLike<T, R>, _type?: TypeInformation<R>): SingleOutputStreamOperator<R> {
    return this.operator('Process', processOperator(fn));
  }

  /** Some fields of each tuple, in the order given. */
  project<const I extends readonly [TupleIndex<T>, ...TupleIndex<T>[]]>(...indexes: I): SingleOutputStreamOperator<Projected<T, I>> {
    return this.operator('Projection', projectOperator<Projected<T, I> & readonly unknown[]>(indexes as unknown as number[]));
  }

  /**
   * Gives records their event time and the stream its watermarks: a `WatermarkStrategy`, one of your own, or an assigner as before
   * Flink 1.11. It takes the parallelism of the stream, so that the records of one subtask stay together and in order. In
   * batch mode only timestamps are assigned, for nothing is late there.
   */
  assignTimestampsAndWatermarks(
    strategy: WatermarkStrategy<T> | CustomWatermarkStrategy<T> | LegacyWatermarkAssigner<T> | (new () => CustomWatermarkStrategy<T> | LegacyWatermarkAssigner<T>),
  ): SingleOutputStreamOperator<T> {
    const known = WatermarkStrategy.of<T>(strategy) ?? legacyWatermarkStrategy<T>(strategy);
    if (!known) throw badArgument('assignTimestampsAndWatermarks', 'a WatermarkStrategy', strategy, 'Write WatermarkStrategy.forBoundedOutOfOrderness(…).withTimestampAssigner((record) => record.time).');
    const define = ({ autoWatermarkIntervalMs, runtimeMode }: DefinitionFacts): OperatorDefinition<T> => timestampsOperator(runtimeMode === 'BATCH' ? known.withoutWatermarks() : known, autoWatermarkIntervalMs);
    return this.operator('Timestamps/Watermarks', define, FOLLOWING);
  }

  /** An operator of one's own kind. */
  transform<R>(name: string, definition: OperatorDefinition<R>): SingleOutputStreamOperator<R> {
    return this.operator(nameArgument('transform', name), definition);
  }

  // Several streams

  /** The records of this stream and the others. A stream united with itself gives every record twice. */
  union<U = T>(...others: [DataStream<U>, ...DataStream<U>[]]): DataStream<T | U> {
    if (others.length === 0) throw badArgument('union', 'at least one other stream', undefined);
    for (const other of others) this.sameJob('union', other);
    return this.context.kinds.stream({ kind: 'union', inputs: [this.transformation, ...others.map((other) => other.getTransformation())] });
  }

  /** Two streams for one operator, which may share state between them. */
  connect<U>(other: BroadcastStream<U>): BroadcastConnectedStream<T, U>;
  connect<U>(other: DataStream<U>): ConnectedStreams<T, U>;
  connect<U>(other: DataStream<U> | BroadcastStream<U>): ConnectedStreams<T, U> | BroadcastConnectedStream<T, U> {
    if (other instanceof BroadcastStream) {
      this.sameJob('connect', other.getStream());
      return this.context.kinds.broadcastConnected<T, U, never>(this, other);
    }
    this.sameJob('connect', other);
    return this.context.kinds.connected<T, U, never>(this, other);
  }

  /**
   * Every pair of records of the two streams that share key and window:
   * `a.join(b).where('id').equalTo('orderId').window(…).apply((one, two) => …)`.
   */
  join<U>(other: DataStream<U>): JoinedStreams<T, U> {
    return this.pairedWith('join', other);
  }

  /** As `join`, with all records of both streams that share key and window at once, also where one has none. */
  coGroup<U>(other: DataStream<U>): CoGroupedStreams<T, U> {
    return this.pairedWith('coGroup', other);
  }

  /** Names records, to select them by name (Flink before 1.12; side outputs do the same and more). */
  split(selector: OutputSelectorLike<T>): SplitStream<T> {
    return this.context.kinds.split(this, selector);
  }

  /**
   * Starts a loop; close it with `closeWith`.
   *
   * @param maxWaitTime how long the loop waits for records to come back after the input has ended; 0, the default,
   * waits forever.
   */
  iterate(maxWaitTime: DurationLike = 0): IterativeStream<T> {
    return this.context.kinds.iterative(this, durationArgument('iterate', maxWaitTime, 0));
  }

  // Partitioning

  /**
   * Sends records with equal keys to the same subtask, where keyed functions find what they keep for that key.
   * A key is a field (`'word'`, `'user.id'`, the index of a tuple), several fields, or what a selector answers:
   * strings, numbers, booleans, bigints, Dates, and arrays and plain objects of those compare by value.
   */
  keyBy<K extends Key<K>>(selector: KeySelectorLike<T, K>, type?: TypeInformation<K>): KeyedStream<T, K>;
  keyBy<const F extends readonly [FieldOf<T>, FieldOf<T>, ...FieldOf<T>[]]>(...fields: F): KeyedStream<T, { -readonly [I in keyof F]: FieldValue<T, F[I]> }>;
  keyBy<const F extends readonly [FieldOf<T>, FieldOf<T>, ...FieldOf<T>[]]>(fields: F): KeyedStream<T, { -readonly [I in keyof F]: FieldValue<T, F[I]> }>;
  keyBy<const F extends FieldOf<T>>(field: F): KeyedStream<T, FieldValue<T, F>>;
  keyBy(...keys: unknown[]): KeyedStream<T, unknown> {
    return this.context.kinds.keyed(this, keyFunction<T>('keyBy', keys[1] instanceof TypeInformation ? keys.slice(0, 1) : keys));
  }

  /** Sends each record to the subtask that the partitioner chooses for its key. */
  partitionCustom<K>(partitioner: PartitionerLike<K>, selector: KeySelectorLike<T, K>): DataStream<T>;
  partitionCustom<const F extends FieldOf<T>>(partitioner: PartitionerLike<FieldValue<T, F>>, field: F): DataStream<T>;
  partitionCustom(partitioner: PartitionerLike<never>, key: unknown): DataStream<T> {
    const partition = partitionFunction('partitionCustom', partitioner as PartitionerLike<unknown>);
    const keyOf = keyFunction<T>('partitionCustom', [key]);
    return this.repartition('partitionCustom', 'CUSTOM', { kind: 'custom', partition: (value: T, channels: number) => partition(keyOf(value), channels) });
  }

  /** Sends every record to every subtask. */
  broadcast(): DataStream<T>;
  /**
   * Sends every record to every subtask of the function that another stream, connected with this one, is processed by;
   * what it keeps there is broadcast state, of these descriptors: `rules.broadcast(ruleState)`.
   */
  broadcast(...descriptors: [BroadcastDescriptor, ...BroadcastDescriptor[]]): BroadcastStream<T>;
  broadcast(...descriptors: BroadcastDescriptor[]): DataStream<T> | BroadcastStream<T> {
    const spread = this.repartition('broadcast', 'BROADCAST');
    return descriptors.length === 0 ? spread : new BroadcastStream<T>(spread, descriptors);
  }

  /** Sends each record to a subtask chosen by chance. */
  shuffle(): DataStream<T> {
    return this.repartition('shuffle', 'SHUFFLE');
  }

  /** Keeps records in the subtask with the same index; both sides need the same parallelism. */
  forward(): DataStream<T> {
    return this.repartition('forward', 'FORWARD');
  }

  /** Deals records out to all subtasks in turn. */
  rebalance(): DataStream<T> {
    return this.repartition('rebalance', 'REBALANCE');
  }

  /** Deals records out in turn to the subtasks nearest by: those of 2 sources to 6 maps go to 3 maps each. */
  rescale(): DataStream<T> {
    return this.repartition('rescale', 'RESCALE');
  }

  /** Sends all records to the first subtask. */
  global(): DataStream<T> {
    return this.repartition('global', 'GLOBAL');
  }

  // Windows over all records, in one subtask

  /** Cuts the whole stream into windows. */
  windowAll<W extends Window>(assigner: WindowAssigner<T, W>): AllWindowedStream<T, W> {
    return this.windowedAll('windowAll', assigner);
  }

  /** As `timeWindow` of keyed streams, over all records. */
  timeWindowAll(size: DurationLike, slide?: DurationLike): AllWindowedStream<T, TimeWindow> {
    return this.windowedAll('timeWindowAll', timeWindows(this.context.environment.getStreamTimeCharacteristic(), size, slide));
  }

  /** As `countWindow` of keyed streams, over all records. */
  countWindowAll(size: number, slide?: number): AllWindowedStream<T, GlobalWindow> {
    return countWindows('countWindowAll', this.windowedAll('countWindowAll', GlobalWindows.create()), size, slide);
  }

  /** All that each subtask gets until the input ends, at once (Flink 1.20). */
  fullWindowPartition(): PartitionWindowedStream<T> {
    const subtasks = this.repartition('fullWindowPartition', 'FORWARD');
    return new PartitionWindowedStream<T>(subtaskPartitions<T>((name, definition) => subtasks.operator(name, definition, FOLLOWING)));
  }

  private windowedAll<W extends Window>(call: string, assigner: WindowAssigner<T, W>): AllWindowedStream<T, W> {
    const oneKey = (): number => 0;
    const keyed = this.context.kinds.keyed<T, number>(new DataStream<T>(this.context, this.transformation), oneKey);
    return new AllWindowedStream<T, W>(call, assigner, oneKey, (name, definition) => keyed.operator(name, definition).forceNonParallel(), this.context.environment);
  }

  // Ends

  /**
   * Writes each record as a line to standard output: `value`; `2> value` with several subtasks; `id:2> value` or
   * `id> value` with an identifier. Arrays and plain objects are written as JSON.
   */
  print(identifier?: string): DataStreamSink<T> {
    return this.printTo('print', 'stdout', identifier).name('Print to Std. Out');
  }

  /** As `print`, to standard error. */
  printToErr(identifier?: string): DataStreamSink<T> {
    return this.printTo('printToErr', 'stderr', identifier).name('Print to Std. Err');
  }

  /** Writes to a sink, which may bring operators along (`SupportsPreWriteTopology`, `SupportsPreCommitTopology`, `SupportsPostCommitTopology`). */
  sinkTo<COMMITTABLE, STATE, RESULT = COMMITTABLE>(sink: SinkWithTopologies<T, COMMITTABLE, STATE, RESULT>): DataStreamSink<T> {
    if (typeof sink !== 'object' || sink === null || typeof sink.createWriter !== 'function') throw badArgument('sinkTo', 'a sink: an object with createWriter()', sink);
    if (sink.createGlobalCommitter && sink.createCommitter) return this.sinkTo(withGlobalCommitter(sink));
    const { stream, parts } = preWritten<T>(this.context, this, sink);
    if (hasCommitTopology(sink)) return committedSink(this.context, stream, parts, sink);
    // Nothing makes anything else of what the writers prepare.
    return stream.writtenTo(sink as unknown as Sink<T, COMMITTABLE, STATE>, parts);
  }

  /** @param parts what the sink has in front of its writers. */
  private writtenTo<COMMITTABLE, STATE>(sink: Sink<T, COMMITTABLE, STATE>, parts: readonly SinkPart[]): DataStreamSink<T> {
    if (!sink.createGlobalCommitter) return this.sink('Writer', sinkOperator(sink), parts);
    const { context } = this;
    const writer = this.reader('operator', 'Writer', (() => sinkOperator(sink)) as Define);
    // Pointwise, for no barrier overtakes there: a checkpoint's part is here as a whole.
    const input = { kind: 'partition', input: writer, partitioning: 'RESCALE' } as const;
    const committer: OperatorTransformation = {
      kind: 'operator', role: 'sink', operator: 'Global Committer', settings: context.settings('Global Committer'), inputs: [input], keyedInputs: [],
      define: (() => globalCommitterOperator((facts) => sink.createGlobalCommitter!(facts))) as Define,
    };
    nonParallel(committer.settings);
    for (const transformation of [writer, committer]) context.register(transformation);
    return context.kinds.sink<T>(writer, [...parts, { kind: 'global committer', transformation: committer }]);
  }

  /** Takes the records and does nothing with them: for measuring, or where only side outputs matter. */
  discardingSink(): DataStreamSink<T> {
    return this.sinkTo(new DiscardingSink<T>()).name('Discarding Sink');
  }

  /** Writes with a function, called for each record; it may answer a promise. Takes what `sinkTo` takes, too. */
  addSink(fn: SinkFunctionLike<T> | Sink<T, unknown, unknown>): DataStreamSink<T> {
    if (typeof fn === 'object' && fn !== null && 'createWriter' in fn) return this.sinkTo(fn);
    return this.sink('Unnamed', sinkFunctionOperator(fn, this.keyForState(fn)));
  }

  /**
   * Writes each record as a line of text, as `print` shows it: one file, or with several subtasks a folder with a file
   * for each.
   *
   * @param writeMode what to do when the path exists: `NO_OVERWRITE` (the default) fails the job.
   */
  writeAsText(path: string, writeMode: WriteMode = 'NO_OVERWRITE'): DataStreamSink<T> {
    return this.writeText('writeAsText', path, writeMode);
  }

  /** Writes each tuple or object as a row of its fields, quoted where needed. Otherwise as `writeAsText`. */
  writeAsCsv(path: string, writeMode: WriteMode = 'NO_OVERWRITE', rowDelimiter = '\n', fieldDelimiter = ','): DataStreamSink<T> {
    if (typeof rowDelimiter !== 'string' || rowDelimiter === '') throw badArgument('writeAsCsv', 'a row delimiter that is not empty', rowDelimiter);
    if (typeof fieldDelimiter !== 'string' || fieldDelimiter === '') throw badArgument('writeAsCsv', 'a field delimiter that is not empty', fieldDelimiter);
    return this.writeText('writeAsCsv', path, writeMode, { lineDelimiter: rowDelimiter, encode: csvEncoder(fieldDelimiter) });
  }

  /**
   * Writes to a TCP connection, from one subtask. With `setParallelism` each subtask opens one of its own.
   *
   * @param encode the text or bytes of a record, with whatever ends it: a function, or a `SerializationSchema` such as
   * `SimpleStringSchema`; by default a line as `print` shows it.
   */
  writeToSocket(host: string, port: number, encode?: SocketEncoder<T> | SerializationSchema<T>): DataStreamSink<T> {
    if (encode !== undefined && typeof encode !== 'function' && typeof (encode as Partial<SerializationSchema<T>> | null)?.serialize !== 'function') {
      throw badArgument('writeToSocket', 'a function that encodes a record, or an object with serialize()', encode);
    }
    return this.sinkTo(new SocketSink<T>(host, port, encode)).name('Unnamed').setParallelism(1);
  }

  /** Writes with an `OutputFormat`. What it writes is no part of checkpoints: after a restart it comes again. */
  writeUsingOutputFormat(format: OutputFormat<T>): DataStreamSink<T> {
    const isFormat = typeof format === 'object' && format !== null && typeof format.open === 'function' && typeof format.writeRecord === 'function' && typeof format.close === 'function';
    if (!isFormat) throw badArgument('writeUsingOutputFormat', 'an OutputFormat: an object with open(), writeRecord() and close()', format);
    return this.sinkTo(new OutputFormatSink<T>(format)).name('Unnamed');
  }

  /**
   * Runs the job and gives its records to this program: `for await (const record of stream.executeAndCollect())`.
   * Leaving the loop early cancels the job; a failure of the job is thrown in the loop. With a limit, the first so
   * many records as an array, and the job ends.
   *
   * Records wait in this process's memory until they are taken. Only the client's run of the program sees them: a job
   * that the program executes afterwards must not be built from them.
   */
  executeAndCollect(jobName?: string): CollectedResults<T>;
  executeAndCollect(limit: number): Promise<T[]>;
  executeAndCollect(jobName: string, limit: number): Promise<T[]>;
  executeAndCollect(first?: string | number, second?: number): CollectedResults<T> | Promise<T[]> {
    const [jobName, limit] = typeof first === 'number' ? [undefined, first] : [first, second];
    if (limit !== undefined) wholeNumber('executeAndCollect', limit, 1, Number.MAX_SAFE_INTEGER, 'a limit');
    const results = this.collectAsync();
    // A failure reaches whoever iterates.
    this.context.environment.executeAsync(jobName ?? 'DataStream Collect').catch(() => {});
    return limit === undefined ? results : results.firstRecords(limit);
  }

  /** The records of this stream, for this program to iterate over once it has called `execute` or `executeAsync`. */
  collectAsync(): CollectedResults<T> {
    const { id, results } = this.context.registerCollector<T>();
    this.sink('Data stream collect sink', collectOperator(id)).setParallelism(1);
    return results;
  }

  /** The operator of a function that may ask for keyed state: on a keyed stream it gets the key of each record. */
  protected atKey<R>(fn: unknown, definition: OperatorDefinition<R>): OperatorDefinition<R> {
    const keyOf = this.keyForState(fn);
    return keyOf ? withCurrentKey(definition, [keyOf]) : definition;
  }

  /** Finds the key for a function that may ask for keyed state; undefined where there is none to be had. */
  protected keyForState(_fn: unknown): ((value: T) => unknown) | undefined {
    return undefined;
  }

  /** Positions of the inputs that are keyed, for operators made from this stream. */
  protected keyedInputs(): readonly number[] {
    return [];
  }

  /** The same records, reaching the next operator in another way. `call` is what the author wrote. */
  protected repartition(_call: string, partitioning: Partitioning, edgeFunction?: EdgeFunction): DataStream<T> {
    return this.context.kinds.stream({ kind: 'partition', input: this.transformation, partitioning, ...(edgeFunction && { edgeFunction }) });
  }

  /** Adds an operator that reads this stream; `definition` may depend on the settings of the whole job. */
  protected operator<R>(name: string, definition: OperatorDefinition<R> | ((facts: DefinitionFacts) => OperatorDefinition<R>), placement: Placement = {}): SingleOutputStreamOperator<R> {
    const transformation = { ...this.reader('operator', name, (typeof definition === 'function' ? definition : () => definition) as Define), ...placement };
    this.context.register(transformation);
    return this.context.kinds.operator<R>(transformation);
  }

  private sink(name: string, definition: OperatorDefinition<never>, parts: readonly SinkPart[] = []): DataStreamSink<T> {
    const transformation = this.reader('sink', name, (() => definition) as Define);
    this.context.register(transformation);
    return this.context.kinds.sink<T>(transformation, parts);
  }

  private writeText(call: string, path: string, writeMode: WriteMode, options: TextFileSinkOptions<T> = {}): DataStreamSink<T> {
    if (!Object.hasOwn(WriteMode, writeMode)) throw badArgument(call, 'NO_OVERWRITE or OVERWRITE', writeMode);
    return this.sinkTo(new TextFileSink<T>(nameArgument(call, path, 'a path'), { ...options, writeMode })).name('Unnamed');
  }

  private printTo(call: string, stream: 'stdout' | 'stderr', identifier: string | undefined): DataStreamSink<T> {
    if (identifier !== undefined && typeof identifier !== 'string') throw badArgument(call, 'an identifier', identifier);
    return this.sinkTo(new PrintSink<T>({ stream, ...(identifier !== undefined && { identifier }) }));
  }

  private reader(role: 'operator' | 'sink', name: string, define: Define): OperatorTransformation {
    const { context, transformation } = this;
    return { kind: 'operator', role, operator: name, settings: context.settings(name), inputs: [transformation], keyedInputs: this.keyedInputs(), define };
  }

  private pairedWith<P extends Pairing, U>(pairing: P, other: DataStream<U>): PairedStreams<P, T, U> {
    this.sameJob(pairing, other);
    return new PairedStreams<P, T, U>({ pairing, context: this.context, first: this, second: other });
  }

  protected sameJob(call: string, other: unknown): void {
    if (!(other instanceof DataStream)) throw badArgument(call, 'a DataStream', other);
    if (other.getExecutionEnvironment() !== this.getExecutionEnvironment()) throw badArgument(call, 'a stream of the same environment', other, 'Make both streams with one StreamExecutionEnvironment.');
  }
}

/** Indexes of the tuple `T`. */
export type TupleIndex<T> = T extends readonly unknown[] ? (number extends T['length'] ? number : { [I in keyof T]: I extends `${infer N extends number}` ? N : never }[number]) : never;

/** The tuple of the fields `I` of the tuple `T`. */
export type Projected<T, I extends readonly unknown[]> = { -readonly [P in keyof I]: I[P] extends keyof T ? T[I[P]] : never };
