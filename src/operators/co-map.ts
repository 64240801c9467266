/**
 * `map` and `flatMap` of connected streams: one method for each input (Flink: `CoStreamMap`, `CoStreamFlatMap`).
 */
import { flatMapKernel } from './flat-map.js';
import type { CoFlatMapFunction, CoFlatMapFunctionLike, CoMapFunction, CoMapFunctionLike } from './functions.js';
import { mapKernel } from './map.js';
import type { OperatorDefinition } from './operator.js';
import { userFunction } from './user-function.js';

export function coMapOperator<IN1, IN2, OUT>(fn: CoMapFunctionLike<IN1, IN2, OUT>): OperatorDefinition<OUT> {
  const make = userFunction<CoMapFunction<IN1, IN2, OUT>>(fn, { operator: 'map of connected streams', methods: ['map1', 'map2'] });
  return {
    oneForOne: true,
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const { emit } = context.output;
      return {
        inputs: [context.specialise(mapKernel<IN1, OUT>)(call.map1, emit), context.specialise(mapKernel<IN2, OUT>)(call.map2, emit)],
        ...lifeCycle,
      };
    },
  };
}

export function coFlatMapOperator<IN1, IN2, OUT>(fn: CoFlatMapFunctionLike<IN1, IN2, OUT>): OperatorDefinition<OUT> {
  const make = userFunction<CoFlatMapFunction<IN1, IN2, OUT>>(fn, { operator: 'flatMap of connected streams', methods: ['flatMap1', 'flatMap2'] });
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const { emit } = context.output;
      return {
        inputs: [context.specialise(flatMapKernel<IN1, OUT>)(call.flatMap1, emit), context.specialise(flatMapKernel<IN2, OUT>)(call.flatMap2, emit)],
        ...lifeCycle,
      };
    },
  };
}
