/**
 * Makes handles from descriptors, over the cells of a backend.
 *
 * Invariants:
 * - Inside one store a name belongs to one kind of state: another descriptor of that name with another kind is refused.
 * - Two descriptors of one name give handles of the same state, each with its own descriptor's functions.
 */
import { FlinkError } from '../core/errors.js';
import type { KeyedStateStore, NamespacedStore, NamespaceKey } from './keyed-context.js';
import type { NamespacedCell, StateBackend, StateCell } from './state-backend.js';
import type {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor,
} from './state-descriptor.js';
import { StateDescriptor, type StateKind } from './state-descriptor.js';
import { aggregating, type Appending, CellAppendingState, CellListState, CellMapState, CellValueState, folding, reducing } from './state-handles.js';
import type { AggregatingState, FoldingState, ListState, MapState, ReducingState, ValueState } from './state.js';

export class CellStore implements KeyedStateStore {
  private readonly kinds = new Map<string, StateKind>();

  constructor(protected readonly backend: StateBackend) {}

  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T> {
    return new CellValueState(this.open<T>(descriptor, 'value', 'getState'), descriptor.defaultValue ?? null);
  }

  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return new CellListState(this.open<T[]>(descriptor, 'list', 'getListState'));
  }

  getMapState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V> {
    return new CellMapState<K, V>(this.open(descriptor, 'map', 'getMapState'));
  }

  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T> {
    return this.appending(descriptor, 'reducing', 'getReducingState', () => reducing(descriptor.reduce));
  }

  getAggregatingState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT> {
    return this.appending(descriptor, 'aggregating', 'getAggregatingState', () => aggregating(descriptor.aggregate));
  }

  getFoldingState<IN, ACC>(descriptor: FoldingStateDescriptor<IN, ACC>): FoldingState<IN, ACC> {
    return this.appending(descriptor, 'folding', 'getFoldingState', () => folding(descriptor.initial, descriptor.fold));
  }

  private appending<IN, ACC, OUT>(descriptor: StateDescriptor, kind: StateKind, call: string, functions: () => Appending<IN, ACC, OUT>): CellAppendingState<IN, ACC, OUT> {
    const cell = this.open<ACC>(descriptor, kind, call);
    return new CellAppendingState(cell, functions());
  }

  private open<V>(descriptor: StateDescriptor, kind: StateKind, call: string): StateCell<V> {
    if (!(descriptor instanceof StateDescriptor) || descriptor.kind !== kind) {
      const came = descriptor instanceof StateDescriptor ? `the ${descriptor.kind} descriptor "${descriptor.name}"` : String(descriptor);
      throw new FlinkError('INVALID_ARGUMENT', `${call} takes a ${kind} state descriptor; ${came} came`);
    }
    const known = this.kinds.get(descriptor.name);
    if (known !== undefined && known !== kind) {
      throw new FlinkError('STATE_CONFLICT', `the operator has a ${known} state "${descriptor.name}" already, it cannot be a ${kind} state too`, { hint: 'Give one of the two another name.' });
    }
    this.kinds.set(descriptor.name, kind);
    return this.cellOf<V>(descriptor);
  }

  protected cellOf<V>(descriptor: StateDescriptor): StateCell<V> {
    return this.backend.cell<V>(descriptor.name);
  }
}

export class NamespacedCellStore<N> extends CellStore implements NamespacedStore<N> {
  private readonly cells = new Map<string, NamespacedCell<unknown>>();
  private namespace: ReturnType<NamespaceKey<N>> = '';

  constructor(backend: StateBackend, private readonly name: string, private readonly namespaceKey: NamespaceKey<N>) {
    super(backend);
  }

  setCurrentNamespace(namespace: N): void {
    this.namespace = this.namespaceKey(namespace);
    for (const cell of this.cells.values()) cell.namespace = this.namespace;
  }

  mergeNamespaces(descriptor: StateDescriptor, target: N, sources: readonly N[]): void {
    const cell = this.cellOf<unknown>(descriptor);
    const merge = mergeOf(descriptor);
    let merged: unknown;
    for (const source of sources) {
      cell.namespace = this.namespaceKey(source);
      const value = cell.read();
      if (value === undefined) continue;
      merged = merged === undefined ? value : merge(merged, value);
      cell.write(undefined);
    }
    if (merged !== undefined) {
      cell.namespace = this.namespaceKey(target);
      const before = cell.read();
      cell.write(before === undefined ? merged : merge(before, merged));
    }
    cell.namespace = this.namespace;
  }

  protected override cellOf<V>(descriptor: StateDescriptor): NamespacedCell<V> {
    const known = this.cells.get(descriptor.name);
    if (known) return known as NamespacedCell<V>;
    const cell = this.backend.namespacedCell<V>(`${this.name}/${descriptor.name}`);
    cell.namespace = this.namespace;
    this.cells.set(descriptor.name, cell as NamespacedCell<unknown>);
    return cell;
  }
}

/** How two values of a state become one. */
function mergeOf(descriptor: StateDescriptor): (a: unknown, b: unknown) => unknown {
  switch (descriptor.kind) {
    case 'list':
      return (a, b) => [...(a as unknown[]), ...(b as unknown[])];
    case 'reducing':
      return (descriptor as ReducingStateDescriptor<unknown>).reduce;
    case 'aggregating': {
      const { aggregate } = descriptor as AggregatingStateDescriptor<unknown, unknown, unknown>;
      return (a, b) => aggregate.merge(a, b);
    }
    default:
      throw new FlinkError('INVALID_ARGUMENT', `a ${descriptor.kind} state such as "${descriptor.name}" cannot be merged over windows`, {
        hint: 'Use list, reducing or aggregating state in windows that merge.',
      });
  }
}
