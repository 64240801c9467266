/**
 * The handle that belongs to a descriptor, as a type and as a call.
 */
import type { KeyedStateStore } from './keyed-context.js';
import type {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, StateDescriptor, ValueStateDescriptor,
} from './state-descriptor.js';
import type { AggregatingState, FoldingState, ListState, MapState, ReducingState, ValueState } from './state.js';

/** What a keyed state store gives for a descriptor of type `D`. */
export type StateOf<D> =
  D extends ValueStateDescriptor<infer T> ? ValueState<T>
  : D extends ListStateDescriptor<infer T> ? ListState<T>
  : D extends MapStateDescriptor<infer K, infer V> ? MapState<K, V>
  : D extends ReducingStateDescriptor<infer T> ? ReducingState<T>
  : D extends AggregatingStateDescriptor<infer IN, infer _ACC, infer OUT> ? AggregatingState<IN, OUT>
  : D extends FoldingStateDescriptor<infer IN, infer ACC> ? FoldingState<IN, ACC>
  : never;

export function stateOf<D extends StateDescriptor>(store: KeyedStateStore, descriptor: D): StateOf<D> {
  return handleOf(store, descriptor) as StateOf<D>;
}

function handleOf(store: KeyedStateStore, descriptor: StateDescriptor): unknown {
  switch (descriptor.kind) {
    case 'value':
      return store.getState(descriptor as ValueStateDescriptor<unknown>);
    case 'list':
      return store.getListState(descriptor as ListStateDescriptor<unknown>);
    case 'map':
      return store.getMapState(descriptor as MapStateDescriptor<unknown, unknown>);
    case 'reducing':
      return store.getReducingState(descriptor as ReducingStateDescriptor<unknown>);
    case 'aggregating':
      return store.getAggregatingState(descriptor as AggregatingStateDescriptor<unknown, unknown, unknown>);
    case 'folding':
      return store.getFoldingState(descriptor as FoldingStateDescriptor<unknown, unknown>);
  }
}
