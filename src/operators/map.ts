/**
 * `map`: one result for each record (Flink: `StreamMap`).
 */
import type { MapFunction, MapFunctionLike } from './functions.js';
import type { OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { userFunction } from './user-function.js';

export function mapOperator<IN, OUT>(fn: MapFunctionLike<IN, OUT>): OperatorDefinition<OUT> {
  const make = userFunction<MapFunction<IN, OUT>>(fn, { operator: 'map', methods: ['map'] });
  return {
    oneForOne: true,
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      return { inputs: [context.specialise(mapKernel<IN, OUT>)(call.map, context.output.emit)], ...lifeCycle };
    },
  };
}

/** Also the kernel of each half of a `coMap`. */
export function mapKernel<IN, OUT>(apply: (value: IN) => OUT, emit: Emit<OUT>): Emit<IN> {
  return function map(value, timestamp) {
    emit(apply(value), timestamp);
  };
}
