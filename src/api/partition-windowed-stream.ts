/**
 * All records of each partition of a stream, which are computed on when the input has ended (Flink:
 * `PartitionWindowedStream`, since 1.20): a partition is what one subtask gets, or, of a keyed stream, a key.
 */
import { FlinkError } from '../core/errors.js';
import type { MapPartitionFunctionLike, ReduceFunctionLike } from '../operators/functions.js';
import { type AggregateFunctionLike, aggregateAggregation, reduceAggregation } from '../windowing/window-aggregation.js';
import { mapPartitionEmission } from '../windowing/window-emission.js';
import type { GlobalWindow } from '../windowing/window.js';
import { aggregatePartitionOperator, mapPartitionOperator, reducePartitionOperator } from '../operators/whole-partition.js';
import type { FieldOf } from './field.js';
import { keyFunction } from './key-function.js';
import type { Ordered } from './keyed-stream.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import { type AddOperator, Windowing } from './windowing.js';

/** The direction of a sort (Flink: `Order`). */
export const Order = { ASCENDING: 'ASCENDING', DESCENDING: 'DESCENDING' } as const;
export type Order = (typeof Order)[keyof typeof Order];

/** How a kind of partition computes. */
export interface PartitionComputations<T> {
  mapPartition<R>(call: string, fn: MapPartitionFunctionLike<T, R>): SingleOutputStreamOperator<R>;
  reduce(fn: ReduceFunctionLike<T>): SingleOutputStreamOperator<T>;
  aggregate<ACC, R>(fn: AggregateFunctionLike<T, ACC, R>): SingleOutputStreamOperator<R>;
}

export class PartitionWindowedStream<T> {
  constructor(private readonly computations: PartitionComputations<T>) {}

  /** Any number of results from all records of a partition. Name their type: `mapPartition<Result>((records, out) => …)`. */
  mapPartition<R>(fn: MapPartitionFunctionLike<T, R>): SingleOutputStreamOperator<R> {
    return this.computations.mapPartition<R>('mapPartition', fn);
  }

  /**
   * The records of each partition in order of a field, or of what a selector answers: numbers, bigints, strings, booleans,
   * Dates. Equal ones stay in the order in which they came.
   */
  sortPartition(by: FieldOf<T, Ordered> | ((value: T) => Ordered), order: Order): SingleOutputStreamOperator<T> {
    const valueOf = keyFunction<T>('sortPartition', [by]) as (value: T) => Ordered;
    if (!Object.hasOwn(Order, order)) throw new FlinkError('INVALID_ARGUMENT', `sortPartition takes Order.ASCENDING or Order.DESCENDING; ${String(order)} came`);
    const sign = order === Order.ASCENDING ? 1 : -1;
    return this.computations.mapPartition<T>('sortPartition', (records, out) => {
      const ranked = records.map((record) => ({ record, rank: valueOf(record) }));
      ranked.sort((a, b) => (a.rank < b.rank ? -sign : a.rank > b.rank ? sign : 0));
      for (const { record } of ranked) out.collect(record);
    });
  }

  /** Combines all records of a partition; one that has none gives nothing. */
  reduce(fn: ReduceFunctionLike<T>): SingleOutputStreamOperator<T> {
    return this.computations.reduce(fn);
  }

  /** Gathers all records of a partition in an accumulator. A subtask without records gives the result of a fresh one. */
  aggregate<ACC, R>(fn: AggregateFunctionLike<T, ACC, R>): SingleOutputStreamOperator<R> {
    return this.computations.aggregate(fn);
  }
}

/** What each subtask gets. */
export function subtaskPartitions<T>(add: AddOperator): PartitionComputations<T> {
  return {
    mapPartition: <R>(call: string, fn: MapPartitionFunctionLike<T, R>) => add<R>('MapPartition', mapPartitionOperator<T, R>(fn, call)),
    reduce: (fn) => add<T>('PartitionReduce', reducePartitionOperator<T>(fn)),
    aggregate: <ACC, R>(fn: AggregateFunctionLike<T, ACC, R>) => add<R>('PartitionAggregate', aggregatePartitionOperator<T, ACC, R>(fn)),
  };
}

/** The keys of a keyed stream: windows that the end of the stream fires. */
export class KeyPartitions<T> extends Windowing<T, GlobalWindow> implements PartitionComputations<T> {
  mapPartition<R>(call: string, fn: MapPartitionFunctionLike<T, R>): SingleOutputStreamOperator<R> {
    return this.compute<R>(call, undefined, mapPartitionEmission<GlobalWindow>(fn, call));
  }

  reduce(fn: ReduceFunctionLike<T>): SingleOutputStreamOperator<T> {
    return this.compute<T>('reduce', reduceAggregation(fn));
  }

  aggregate<ACC, R>(fn: AggregateFunctionLike<T, ACC, R>): SingleOutputStreamOperator<R> {
    return this.compute<R>('aggregate', aggregateAggregation(fn));
  }
}
