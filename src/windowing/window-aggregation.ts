/**
 * Incremental computations over windows (`reduce`, `aggregate`, `fold`, `sum`, …), all as one kind: an accumulator
 * that elements are added to. A window then keeps one value, not its elements.
 *
 * Invariants:
 * - The accumulator of no elements is undefined for computations that start from their first element; they have no
 *   result (null) then.
 * - An accumulator never shares long texts with the buffer that a record was cut from.
 */
import { FlinkError } from '../core/errors.js';
import type { FoldFunction, FoldFunctionLike, ReduceFunction, ReduceFunctionLike } from '../operators/functions.js';
import { RichFunction } from '../operators/functions.js';
import { initialValues } from '../operators/keyed-reduce.js';
import type { OperatorContext, Specialise } from '../operators/operator.js';
import { userFunction } from '../operators/user-function.js';
import { ownStrings } from '../state/own-strings.js';
import type { AggregateFunction } from '../state/state-functions.js';
import type { SliceRules } from './slice.js';

/** An object with the methods of `AggregateFunction`, or a class of such objects. */
export type AggregateFunctionLike<IN, ACC, OUT> = AggregateFunction<IN, ACC, OUT> | (new () => AggregateFunction<IN, ACC, OUT>);

/** The computation of one subtask. */
export interface SubtaskAggregate<IN, OUT> extends AggregateFunction<IN, unknown, OUT> {
  /** What windows that overlap need to gather each stretch of time once, where that gives the same results. */
  readonly slices?: SliceRules<IN>;
}

/** Makes the computation of one subtask. */
export interface WindowAggregation<IN, OUT> {
  readonly inSubtask: (context: OperatorContext<never>) => SubtaskAggregate<IN, OUT>;
  /** Whether the results of windows that merge can be merged. */
  readonly canMerge: boolean;
}

export function reduceAggregation<T>(fn: ReduceFunctionLike<T>): WindowAggregation<T, T> {
  refuseRich('reduce', 'ReduceFunction', fn);
  const make = userFunction<ReduceFunction<T>>(fn, { operator: 'reduce of windows', methods: ['reduce'] });
  return { canMerge: true, inSubtask: (context) => startingFromFirst(context.specialise, ownStrings, make(context).call.reduce) };
}

export function foldAggregation<T, ACC>(initial: ACC, fn: FoldFunctionLike<T, ACC>): WindowAggregation<T, ACC> {
  refuseRich('fold', 'FoldFunction', fn);
  const make = userFunction<FoldFunction<T, ACC>>(fn, { operator: 'fold of windows', methods: ['fold'] });
  const fresh = initialValues(initial);
  return {
    canMerge: false,
    inSubtask(context) {
      const { fold } = make(context).call;
      return erased<T, ACC, ACC>({
        createAccumulator: fresh,
        add: (value, accumulated) => fold(accumulated, value),
        getResult: (accumulated) => accumulated,
        merge: unmergeable,
      });
    },
  };
}

export function aggregateAggregation<IN, ACC, OUT>(fn: AggregateFunctionLike<IN, ACC, OUT>): WindowAggregation<IN, OUT> {
  refuseRich('aggregate', 'AggregateFunction', fn);
  const make = userFunction<AggregateFunction<IN, ACC, OUT>>(fn, { operator: 'aggregate of windows', methods: ['createAccumulator', 'add', 'getResult', 'merge'] });
  return { canMerge: true, inSubtask: (context) => erased(make(context).call) };
}

/** Keeps all elements of a window, for operators that know accumulators only. The result is the list itself. */
export function listing<T>(specialise: Specialise): AggregateFunction<T, unknown, unknown> {
  return erased<T, T[], unknown>({
    createAccumulator: () => [],
    add: specialise(appendKernel<T>)(ownStrings),
    getResult: (elements) => elements,
    merge(a, b) {
      for (const element of b) a.push(element);
      return a;
    },
  });
}

function appendKernel<T>(own: (value: T) => T): (value: T, elements: T[]) => T[] {
  return function appendToWindow(value, elements) {
    elements.push(own(value));
    return elements;
  };
}

function startingFromFirst<T>(specialise: Specialise, first: (value: T) => T, combine: (before: T, value: T) => T): AggregateFunction<T, unknown, T> {
  return erased<T, T | undefined, T>({
    createAccumulator: () => undefined,
    add: specialise(addKernel<T>)(first, combine, ownStrings),
    getResult: (accumulated) => accumulated ?? (null as T),
    merge: (a, b) => (a === undefined ? b : b === undefined ? a : combine(a, b)),
  });
}

function addKernel<T>(first: (value: T) => T, combine: (before: T, value: T) => T, own: (value: T) => T): (value: T, accumulated: T | undefined) => T {
  return function addToWindow(value, accumulated) {
    if (accumulated === undefined) return first(value);
    const result = combine(accumulated, value);
    // A result that is the record itself would keep alive whatever text its strings were cut from.
    return result === value ? own(result) : result;
  };
}

function erased<IN, ACC, OUT>(fn: AggregateFunction<IN, ACC, OUT>): AggregateFunction<IN, unknown, OUT> {
  return fn as AggregateFunction<IN, unknown, OUT>;
}

function unmergeable(): never {
  throw new FlinkError('INTERNAL', 'fold cannot merge windows');
}

function refuseRich(call: string, kind: string, fn: unknown): void {
  const isRich = fn instanceof RichFunction || (typeof fn === 'function' && fn.prototype instanceof RichFunction);
  if (!isRich) return;
  throw new FlinkError('INVALID_ARGUMENT', `the ${kind} of ${call} over windows cannot be a rich function`, {
    hint: `Give ${call} a second function, a rich WindowFunction or ProcessWindowFunction, for what needs a life cycle.`,
  });
}
