/**
 * `filter`: keeps the records for which the function answers true (Flink: `StreamFilter`).
 */
import type { FilterFunction, FilterFunctionLike } from './functions.js';
import type { OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { userFunction } from './user-function.js';

export function filterOperator<T>(fn: FilterFunctionLike<T>): OperatorDefinition<T> {
  const make = userFunction<FilterFunction<T>>(fn, { operator: 'filter', methods: ['filter'] });
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      return { inputs: [context.specialise(filterKernel<T>)(call.filter, context.output.emit)], ...lifeCycle };
    },
  };
}

function filterKernel<T>(keep: (value: T) => boolean, emit: Emit<T>): Emit<T> {
  return function filter(value, timestamp) {
    if (keep(value)) emit(value, timestamp);
  };
}
