/**
 * `flatMap`: any number of results for each record, collected or returned (Flink: `StreamFlatMap`).
 *
 * Invariant: every result carries the timestamp of the record it came from.
 */
import type { Collector, FlatMapFunction, FlatMapFunctionLike, FlatMapResult } from './functions.js';
import type { OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { userFunction } from './user-function.js';

export function flatMapOperator<IN, OUT>(fn: FlatMapFunctionLike<IN, OUT>): OperatorDefinition<OUT> {
  const make = userFunction<FlatMapFunction<IN, OUT>>(fn, { operator: 'flatMap', methods: ['flatMap'] });
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      return { inputs: [context.specialise(flatMapKernel<IN, OUT>)(call.flatMap, context.output.emit)], ...lifeCycle };
    },
  };
}

/** Also the kernel of each half of a `coFlatMap`. */
export function flatMapKernel<IN, OUT>(apply: (value: IN, out: Collector<OUT>) => FlatMapResult<OUT>, emit: Emit<OUT>): Emit<IN> {
  let current = Number.NEGATIVE_INFINITY;
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, current);
    },
  };

  function emitReturned(result: NonNullable<FlatMapResult<OUT>>, timestamp: number): void {
    if (Array.isArray(result)) {
      for (let i = 0; i < result.length; i++) emit(result[i], timestamp);
    } else if (typeof result === 'object' && typeof (result as Iterable<OUT>)[Symbol.iterator] === 'function') {
      for (const value of result as Iterable<OUT>) emit(value, timestamp);
    } else {
      emit(result as OUT, timestamp);
    }
  }

  return function flatMap(value, timestamp) {
    current = timestamp;
    const result = apply(value, out);
    if (result !== undefined && result !== null) emitReturned(result, timestamp);
  };
}
