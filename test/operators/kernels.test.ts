import { expect, it } from 'vitest';
import { coFlatMapOperator, coMapOperator } from '../../src/operators/co-map.js';
import { collectOperator } from '../../src/operators/collect.js';
import { fieldAggregateOperator } from '../../src/operators/field-aggregate.js';
import { filterOperator } from '../../src/operators/filter.js';
import { flatMapOperator } from '../../src/operators/flat-map.js';
import { iterationHeadOperator, iterationTailOperator } from '../../src/operators/iteration.js';
import { foldOperator, keyedReduceOperator } from '../../src/operators/keyed-reduce.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition, Specialise } from '../../src/operators/operator.js';
import { coProcessOperator, keyedProcessOperator, processOperator } from '../../src/operators/process.js';
import { projectOperator } from '../../src/operators/project.js';
import { selectOperator } from '../../src/operators/select.js';
import { sinkFunctionOperator, sinkOperator } from '../../src/operators/sink-operator.js';
import { specialiser } from '../../src/operators/specialise.js';
import { timestampsOperator } from '../../src/operators/timestamps.js';
import { WatermarkStrategy } from '../../src/operators/watermark-strategy.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';

const nothing = (): void => {};
const same = (value: unknown): unknown => value;
const key = (): number => 0;

const OPERATORS: Record<string, OperatorDefinition<never>> = {
  map: mapOperator(same),
  filter: filterOperator(() => true),
  flatMap: flatMapOperator(nothing),
  coMap: coMapOperator({ map1: same, map2: same }),
  coFlatMap: coFlatMapOperator({ flatMap1: nothing, flatMap2: nothing }),
  process: processOperator(nothing),
  keyedProcess: keyedProcessOperator(nothing, key),
  coProcess: coProcessOperator({ processElement1: nothing, processElement2: nothing }),
  keyedCoProcess: coProcessOperator({ processElement1: nothing, processElement2: nothing }, key, key),
  keyedReduce: keyedReduceOperator(same, key),
  fold: foldOperator(0, same as () => number, key),
  sum: fieldAggregateOperator('sum', 0, key),
  min: fieldAggregateOperator('min', 0, key),
  maxBy: fieldAggregateOperator('maxBy', 0, key),
  select: selectOperator(() => 'a', ['a']),
  project: projectOperator([0]),
  sink: sinkOperator({ createWriter: () => ({ write: nothing, flush: nothing }) }),
  sinkFunction: sinkFunctionOperator(nothing),
  collect: collectOperator('id'),
  iterationHead: iterationHeadOperator('id', 0),
  iterationTail: iterationTailOperator('id'),
  timestamps: timestampsOperator(WatermarkStrategy.noWatermarks(), 0),
  assigningTimestamps: timestampsOperator(WatermarkStrategy.noWatermarks().withTimestampAssigner(key), 0),
};

it.each(Object.keys(OPERATORS))('every kernel of %s is really copied, and runs', async (kind) => {
  const specialise = specialiser(1);
  const checked: Specialise = (kernel) => {
    const copy = specialise(kernel);
    expect(copy, `the kernel ${kernel.name}`).not.toBe(kernel);
    return copy;
  };
  const harness = await operatorHarness(OPERATORS[kind]!, { specialise: checked }).open();
  harness.push(1, 1).push(2, 2);
  await harness.close();
});
