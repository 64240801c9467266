/**
 * Two streams for one operator, which sees the records of each in a method of its own (Flink: `ConnectedStreams`).
 *
 * Invariant: when both streams are keyed, records of either with equal keys meet in the same subtask and share what
 * functions keep for that key.
 */
import { coFlatMapOperator, coMapOperator } from '../operators/co-map.js';
import type {
  CoFlatMapFunctionLike, CoMapFunctionLike, CoProcessFunctionLike, FlatMapLambda, KeyedCoProcessFunctionLike, KeySelectorLike, MapLambda,
} from '../operators/functions.js';
import { withCurrentKey } from '../operators/keyed-inputs.js';
import type { OperatorDefinition } from '../operators/operator.js';
import { coProcessOperator } from '../operators/process.js';
import { badArgument, nameArgument } from './arguments.js';
import type { DataStream, Inferred } from './data-stream.js';
import type { FieldOf, FieldValue, Key } from './field.js';
import { keyFunction, keyFunctionOf } from './key-function.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamContext } from './stream-context.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import type { OperatorTransformation } from './transformation.js';

export class ConnectedStreams<T1, T2, K = never> {
  constructor(
    protected readonly context: StreamContext,
    private readonly first: DataStream<T1>,
    private readonly second: DataStream<T2>,
  ) {}

  getExecutionEnvironment(): StreamExecutionEnvironment {
    return this.context.environment;
  }

  getFirstInput(): DataStream<T1> {
    return this.first;
  }

  getSecondInput(): DataStream<T2> {
    return this.second;
  }

  /** Groups both streams by key: selectors, fields or lists of as many fields, one for each stream, with keys of one type. */
  keyBy<KEY extends Key<KEY>>(selector1: KeySelectorLike<T1, KEY>, selector2: KeySelectorLike<T2, KEY>): ConnectedStreams<T1, T2, KEY>;
  keyBy<const F1 extends FieldOf<T1>, const F2 extends FieldOf<T2, FieldValue<T1, F1>>>(field1: F1, field2: F2): ConnectedStreams<T1, T2, FieldValue<T1, F1>>;
  keyBy<const F1 extends readonly [FieldOf<T1>, FieldOf<T1>, ...FieldOf<T1>[]], const F2 extends { readonly [I in keyof F1]: FieldOf<T2, FieldValue<T1, F1[I]>> }>(
    fields1: F1, fields2: F2,
  ): ConnectedStreams<T1, T2, { -readonly [I in keyof F1]: FieldValue<T1, F1[I]> }>;
  keyBy(key1: unknown, key2: unknown): ConnectedStreams<T1, T2, unknown> {
    const { context } = this;
    const first = context.kinds.keyed<T1, unknown>(this.first, keyFunction('keyBy of connected streams', [key1]));
    const second = context.kinds.keyed<T2, unknown>(this.second, keyFunction('keyBy of connected streams', [key2]));
    return new ConnectedStreams<T1, T2, unknown>(context, first, second);
  }

  /** One result for each record of either stream: an object with `map1` and `map2`, or the two as functions. */
  map<R extends Inferred>(fn: CoMapFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R>;
  map<R1 extends Inferred, R2 extends Inferred = R1>(map1: MapLambda<T1, R1>, map2: MapLambda<T2, R2>): SingleOutputStreamOperator<R1 | R2>;
  map(fn: CoMapFunctionLike<T1, T2, unknown> | MapLambda<T1, unknown>, map2?: MapLambda<T2, unknown>): SingleOutputStreamOperator<unknown> {
    const both = map2 === undefined ? (fn as CoMapFunctionLike<T1, T2, unknown>) : { map1: callable('map', fn) as MapLambda<T1, unknown>, map2: callable('map', map2) as MapLambda<T2, unknown> };
    return this.transform('Co-Map', this.atKey(map2 === undefined, coMapOperator(both)));
  }

  /** Any number of results for each record of either stream: an object with `flatMap1` and `flatMap2`, or the two as functions. */
  flatMap<R extends Inferred>(fn: CoFlatMapFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R>;
  flatMap<R1 extends Inferred, R2 extends Inferred = R1>(flatMap1: FlatMapLambda<T1, R1>, flatMap2: FlatMapLambda<T2, R2>): SingleOutputStreamOperator<R1 | R2>;
  flatMap(fn: CoFlatMapFunctionLike<T1, T2, unknown> | FlatMapLambda<T1, unknown>, flatMap2?: FlatMapLambda<T2, unknown>): SingleOutputStreamOperator<unknown> {
    const both = flatMap2 === undefined
      ? (fn as CoFlatMapFunctionLike<T1, T2, unknown>)
      : { flatMap1: callable('flatMap', fn) as FlatMapLambda<T1, unknown>, flatMap2: callable('flatMap', flatMap2) as FlatMapLambda<T2, unknown> };
    return this.transform('Co-Flat Map', this.atKey(flatMap2 === undefined, coFlatMapOperator(both)));
  }

  /** Any number of results for each record of either stream, with timestamps, time, side outputs and, on keyed streams, the key. */
  process<R>(fn: [K] extends [never] ? CoProcessFunctionLike<T1, T2, R> : KeyedCoProcessFunctionLike<K, T1, T2, R>): SingleOutputStreamOperator<R> {
    const keys = this.keyFunctions();
    const definition = coProcessOperator(fn as KeyedCoProcessFunctionLike<K, T1, T2, R>, keys?.[0] as ((value: T1) => K) | undefined, keys?.[1] as ((value: T2) => K) | undefined);
    return this.transform(keys ? 'Co-Keyed-Process' : 'Co-Process', definition);
  }

  /** An operator of one's own kind, with two inputs. */
  transform<R>(name: string, definition: OperatorDefinition<R>): SingleOutputStreamOperator<R> {
    nameArgument('transform', name);
    const transformation: OperatorTransformation = {
      kind: 'operator',
      role: 'operator',
      operator: name,
      settings: this.context.settings(name),
      inputs: [this.first.getTransformation(), this.second.getTransformation()],
      keyedInputs: this.keyFunctions() ? [0, 1] : [],
      define: () => definition,
    };
    this.context.register(transformation);
    return this.context.kinds.operator<R>(transformation);
  }

  /** The operator of a function that may ask for keyed state gets the key of each record. */
  private atKey<R>(mayAsk: boolean, definition: OperatorDefinition<R>): OperatorDefinition<R> {
    const keys = mayAsk ? this.keyFunctions() : undefined;
    return keys ? withCurrentKey(definition, keys) : definition;
  }

  /** Both key functions, or none: a stream that is keyed alone only says how its records are spread. */
  private keyFunctions(): [(value: never) => unknown, (value: never) => unknown] | undefined {
    const first = keyFunctionOf(this.first.getTransformation());
    const second = keyFunctionOf(this.second.getTransformation());
    return first && second && [first, second];
  }
}

function callable(call: string, fn: unknown): unknown {
  if (typeof fn !== 'function') throw badArgument(`${call} of connected streams`, 'two functions, or an object with both', fn);
  return fn;
}
