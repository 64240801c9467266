/**
 * A stream whose records are grouped by key (Flink: `KeyedStream`): functions on it keep what they know for each key.
 *
 * Invariants:
 * - Records with equal keys reach the same subtask, in the order in which one sender sent them.
 * - Running results are emitted for every record: one in, one out. In batch mode only each key's last one is, at the end.
 */
import { FlinkError } from '../core/errors.js';
import type { DurationLike } from '../core/time.js';
import type { TypeInformation } from '../core/type-information.js';
import type { Partitioning } from '../graph/stream-graph.js';
import type { FieldAggregateKind } from '../operators/aggregated-field.js';
import { fieldAggregateOperator } from '../operators/field-aggregate.js';
import type { FoldFunctionLike, KeyedProcessFunctionLike, ReduceFunctionLike } from '../operators/functions.js';
import { foldOperator, keyedReduceOperator, type EmittedResults } from '../operators/keyed-reduce.js';
import type { OperatorDefinition } from '../operators/operator.js';
import { keyedProcessOperator } from '../operators/process.js';
import { isLambda } from '../operators/user-function.js';
import { GlobalWindows } from '../windowing/global-windows.js';
import type { GlobalWindow, TimeWindow, Window } from '../windowing/window.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import { badArgument } from './arguments.js';
import type { BroadcastConnectedStream } from './broadcast-connected-stream.js';
import type { BroadcastStream } from './broadcast-stream.js';
import type { ConnectedStreams } from './connected-streams.js';
import { DataStream } from './data-stream.js';
import { type AggregateField, type Field, fieldArgument } from './field.js';
import { IntervalJoin } from './interval-join.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamContext } from './stream-context.js';
import { timeWindows } from './time-characteristic.js';
import { KeyPartitions, PartitionWindowedStream } from './partition-windowed-stream.js';
import { WindowedStream } from './windowed-stream.js';
import { countWindows } from './windowing.js';
import type { DefinitionFacts } from './transformation.js';

/** Types whose values have an order. */
export type Ordered = string | number | bigint | boolean | Date;

export class KeyedStream<T, K> extends DataStream<T> {
  /** Binds the key type; never set. */
  declare readonly keyType?: K;

  /** @param inPlace the records are in the subtasks of their keys already. */
  constructor(context: StreamContext, input: DataStream<T>, private readonly keyOf: (value: T) => unknown, inPlace = false) {
    super(context, { kind: 'partition', input: input.getTransformation(), partitioning: inPlace ? 'FORWARD' : 'HASH', edgeFunction: { kind: 'key', keyOf } });
  }

  /** The function that finds a record's key. */
  getKeySelector(): (value: T) => K {
    return this.keyOf as (value: T) => K;
  }

  /** Does nothing: state is at hand at once here, also on disk (Flink 2: `enableAsyncState`, for state that functions wait for). */
  enableAsyncState(): this {
    return this;
  }

  /**
   * Combines the result so far of a key with each next record of it. The function must answer a new value and
   * change neither argument.
   */
  reduce(fn: ReduceFunctionLike<T>): SingleOutputStreamOperator<T> {
    return this.operator('Keyed Reduce', byMode((results) => this.atKey(fn, keyedReduceOperator(fn, this.keyOf, results))));
  }

  /** As `reduce`, from an initial value that may be of another type (Flink before 1.12). */
  fold<R>(initial: R, fn: FoldFunctionLike<T, R>): SingleOutputStreamOperator<R> {
    return this.operator('Keyed Fold', byMode((results) => this.atKey(fn, foldOperator(initial, fn, this.keyOf, results))));
  }

  /** The running sum of a field; all other fields are those of the key's first record. */
  sum(field: AggregateField<T, number | bigint>): SingleOutputStreamOperator<T> {
    return this.aggregate('sum', field);
  }

  /** The smallest value so far of a field; all other fields are those of the key's first record. */
  min(field: AggregateField<T, Ordered>): SingleOutputStreamOperator<T> {
    return this.aggregate('min', field);
  }

  /** The largest value so far of a field; all other fields are those of the key's first record. */
  max(field: AggregateField<T, Ordered>): SingleOutputStreamOperator<T> {
    return this.aggregate('max', field);
  }

  /** The record with the smallest field so far. @param first of equal ones, the earlier (true) or the later. */
  minBy(field: AggregateField<T, Ordered>, first = true): SingleOutputStreamOperator<T> {
    return this.aggregate('minBy', field, first);
  }

  /** The record with the largest field so far. @param first of equal ones, the earlier (true) or the later. */
  maxBy(field: AggregateField<T, Ordered>, first = true): SingleOutputStreamOperator<T> {
    return this.aggregate('maxBy', field, first);
  }

  /**
   * Any number of results for each record, with its key, its timestamp, the time and side outputs at hand. Name the
   * type of what is collected: `process<Word>((word, context, out) => …)`.
   */
  override process<R>(fn: KeyedProcessFunctionLike<K, T, R>, _type?: TypeInformation<R>): SingleOutputStreamOperator<R> {
    return this.operator('KeyedProcess', keyedProcessOperator(fn, this.getKeySelector()));
  }

  // Windows

  /** Cuts the records of each key into windows: `window(TumblingEventTimeWindows.of('5 s'))`. */
  window<W extends Window>(assigner: WindowAssigner<T, W>): WindowedStream<T, K, W> {
    return this.windowed('window', assigner);
  }

  /**
   * Windows of `size`, one after the other, or starting every `slide` (Flink before 2.0). Which time they mean follows
   * `env.setStreamTimeCharacteristic`: the clock's, unless that says otherwise.
   */
  timeWindow(size: DurationLike, slide?: DurationLike): WindowedStream<T, K, TimeWindow> {
    return this.windowed('timeWindow', timeWindows(this.context.environment.getStreamTimeCharacteristic(), size, slide));
  }

  /** Windows of `size` records of a key; with a slide, the last `size` records after every `slide` of them. */
  countWindow(size: number, slide?: number): WindowedStream<T, K, GlobalWindow> {
    return countWindows('countWindow', this.windowed('countWindow', GlobalWindows.create()), size, slide);
  }

  /** All records of each key, at once when the input has ended (Flink 1.20). */
  override fullWindowPartition(): PartitionWindowedStream<T> {
    return new PartitionWindowedStream<T>(new KeyPartitions<T>('fullWindowPartition', GlobalWindows.createWithEndOfStreamTrigger(), this.keyOf, (name, definition) => this.operator(name, definition)));
  }

  private windowed<W extends Window>(call: string, assigner: WindowAssigner<T, W>): WindowedStream<T, K, W> {
    return new WindowedStream<T, K, W>(call, assigner, this.keyOf, (name, definition) => this.operator(name, definition), this.context.environment);
  }

  /** Two streams for one operator; when both are keyed, by keys of one type, it may share state between them by key. */
  override connect<U>(other: BroadcastStream<U>): BroadcastConnectedStream<T, U, K>;
  override connect<U>(other: KeyedStream<U, K>): ConnectedStreams<T, U, K>;
  override connect<U>(other: DataStream<U>): ConnectedStreams<T, U>;
  override connect<U>(other: DataStream<U> | BroadcastStream<U>): ConnectedStreams<T, U> | BroadcastConnectedStream<T, U, K> {
    return super.connect(other as DataStream<U>);
  }

  /**
   * Pairs of records with equal keys whose event times are close:
   * `orders.intervalJoin(shipments).between('0 s', '4 h').process((order, shipment, context, out) => …)`.
   */
  intervalJoin<U>(other: KeyedStream<U, K>): IntervalJoin<T, U, K> {
    if (!(other instanceof KeyedStream)) throw badArgument('intervalJoin', 'a KeyedStream', other, 'Call keyBy on the other stream, too.');
    this.sameJob('intervalJoin', other);
    return new IntervalJoin<T, U, K>(this, other);
  }

  /** Lambdas see no runtime context, so that they cannot ask. */
  protected override keyForState(fn: unknown): ((value: T) => unknown) | undefined {
    return isLambda(fn) ? undefined : this.keyOf;
  }

  protected override keyedInputs(): readonly number[] {
    return [0];
  }

  protected override repartition(call: string, _partitioning: Partitioning): DataStream<T> {
    throw new FlinkError('INVALID_ARGUMENT', `${call}: cannot override partitioning for a KeyedStream`, { hint: `Call ${call} before keyBy, or after an operator that follows it.` });
  }

  private aggregate(kind: FieldAggregateKind, field: unknown, first = true): SingleOutputStreamOperator<T> {
    if (typeof first !== 'boolean') throw badArgument(kind, 'true or false as its second argument', first);
    const name: Field = fieldArgument(kind, field);
    return this.operator('Keyed Aggregation', byMode((results) => fieldAggregateOperator<T>(kind, name, this.keyOf, { first, results })));
  }
}

/** Both at once, so that a bad argument is refused where it was given and not when the job's mode is known. */
function byMode<R>(define: (results: EmittedResults) => OperatorDefinition<R>): (facts: DefinitionFacts) => OperatorDefinition<R> {
  const [running, final] = [define('running'), define('final')];
  return ({ runtimeMode }) => (runtimeMode === 'BATCH' ? final : running);
}
