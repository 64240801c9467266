/**
 * Gathers what a subtask gets until its input ends, and computes then (Flink: `MapPartitionOperator`,
 * `PartitionReduceOperator`, `PartitionAggregateOperator`).
 *
 * Invariants:
 * - Nothing leaves before the end of the input; what leaves then has no timestamp.
 * - What has been gathered is in snapshots, and is dealt out anew at another parallelism.
 */
import { NO_TIMESTAMP } from '../core/timestamp.js';
import { ownStrings } from '../state/own-strings.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { AggregateFunction } from '../state/state-functions.js';
import type { Collector, MapPartitionFunction, MapPartitionFunctionLike, ReduceFunction, ReduceFunctionLike } from './functions.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { guardedUserFunction } from './specialise.js';
import { type FunctionLifeCycleCalls, userFunction } from './user-function.js';

const GATHERED = new ListStateDescriptor<unknown>('partition');

/** What one subtask makes of its records. */
interface Gathering<T, OUT> {
  add(value: T): void;
  /** What a snapshot keeps of the records so far, and the way back: from what several subtasks have kept. */
  kept(): Iterable<unknown>;
  restore(kept: Iterable<unknown>): void;
  finish(out: Collector<OUT>): void;
}

export function mapPartitionOperator<T, OUT>(fn: MapPartitionFunctionLike<T, OUT>, call = 'mapPartition'): OperatorDefinition<OUT> {
  const make = userFunction<MapPartitionFunction<T, OUT>>(fn, { operator: call, methods: ['mapPartition'] });
  return {
    instantiate(context) {
      const { call: user, lifeCycle } = make(context);
      let values: T[] = [];
      return partitionOperator<T, OUT>(context, lifeCycle, {
        add: (value) => void values.push(ownStrings(value)),
        kept: () => values,
        restore: (kept) => void (values = [...kept] as T[]),
        finish: (out) => user.mapPartition(values, out),
      });
    },
  };
}

export function reducePartitionOperator<T>(fn: ReduceFunctionLike<T>): OperatorDefinition<T> {
  const make = userFunction<ReduceFunction<T>>(fn, { operator: 'reduce of a partition', methods: ['reduce'] });
  return {
    instantiate(context) {
      const { call: user, lifeCycle } = make(context);
      let reduced: { readonly value: T } | undefined;
      const add = (value: T): void => void (reduced = { value: ownStrings(reduced === undefined ? value : user.reduce(reduced.value, value)) });
      return partitionOperator<T, T>(context, lifeCycle, {
        add,
        kept: () => (reduced === undefined ? [] : [reduced.value]),
        restore: (kept) => [...kept].forEach((value) => add(value as T)),
        finish: (out) => void (reduced && out.collect(reduced.value)),
      });
    },
  };
}

export function aggregatePartitionOperator<T, ACC, OUT>(fn: AggregateFunction<T, ACC, OUT> | (new () => AggregateFunction<T, ACC, OUT>)): OperatorDefinition<OUT> {
  const make = userFunction<AggregateFunction<T, ACC, OUT>>(fn, { operator: 'aggregate of a partition', methods: ['createAccumulator', 'add', 'getResult', 'merge'] });
  return {
    instantiate(context) {
      const { call: user, lifeCycle } = make(context);
      let accumulator = user.createAccumulator();
      return partitionOperator<T, OUT>(context, lifeCycle, {
        add: (value) => void (accumulator = user.add(value, accumulator)),
        kept: () => [accumulator],
        restore: (kept) => [...kept].forEach((other) => (accumulator = user.merge(accumulator, other as ACC))),
        finish: (out) => out.collect(user.getResult(accumulator)),
      });
    },
  };
}

function partitionOperator<T, OUT>({ operatorState, output, specialise }: OperatorContext<OUT>, lifeCycle: FunctionLifeCycleCalls, gathering: Gathering<T, OUT>): Operator {
  const state = operatorState.getListState(GATHERED);
  const { emit } = output;
  const out: Collector<OUT> = { collect: (value) => emit(value, NO_TIMESTAMP) };
  return {
    inputs: [specialise(gatherKernel<T>)(guardedUserFunction(specialise, (value: T) => gathering.add(value)))],
    ...lifeCycle,
    async open() {
      await lifeCycle.open?.();
      gathering.restore([...state.get()]);
    },
    snapshotState(checkpoint) {
      state.update(gathering.kept());
      return lifeCycle.snapshotState?.(checkpoint);
    },
    endInput: () => gathering.finish(out),
  };
}

function gatherKernel<T>(add: (value: T) => void): Emit<T> {
  return function gather(value) {
    add(value);
  };
}
