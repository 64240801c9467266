/**
 * Makes handles from descriptors, over the cells of a backend.
 *
 * Invariants:
 * - Inside one store a name belongs to one kind of state: another descriptor of that name with another kind is refused.
 * - Two descriptors of one name give handles of the same state, each with its own descriptor's functions.
 */
import type { Clock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { ExpiringAppendingState, ExpiringListState, ExpiringMapState, ExpiringValueState, expiringAppending, keepElements, keepEntries, liveEntries } from './expiring-handles.js';
import { Expiry, type Stamped } from './expiry.js';
import type { KeyedStateStore, NamespacedStore, NamespaceKey } from './keyed-context.js';
import type { KeepInSnapshot, KeyedStateRegistry } from './keyed-state-registry.js';
import type { NamespacedCell, StateBackend, StateCell } from './state-backend.js';
import type {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor,
} from './state-descriptor.js';
import { StateDescriptor, type StateKind } from './state-descriptor.js';
import { aggregating, type Appending, CellAppendingState, CellListState, CellMapState, CellValueState, folding, reducing } from './state-handles.js';
import type { StateMap } from './state-map.js';
import type { AggregatingState, AppendingState, FoldingState, ListState, MapState, ReducingState, ValueState } from './state.js';

/** What stores are made over. */
export interface StoreBase {
  readonly backend: StateBackend;
  readonly clock: Clock;
  readonly registry: KeyedStateRegistry;
  /** Takes what is to run with each record, also when that does not touch the state. */
  readonly onEveryRecord: (call: () => void) => void;
}

export class CellStore implements KeyedStateStore {
  private readonly kinds = new Map<string, StateKind>();
  private readonly expiries = new Map<string, Expiry>();
  protected readonly namespaced: boolean = false;

  constructor(protected readonly base: StoreBase) {}

  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T> {
    const cell = this.open<unknown>(descriptor, 'value', 'getState');
    const expiry = this.expiryOf(descriptor);
    return expiry ? new ExpiringValueState(cell as StateCell<Stamped<T>>, expiry) : new CellValueState(cell as StateCell<T>, descriptor.absent);
  }

  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    const cell = this.open<unknown>(descriptor, 'list', 'getListState');
    const expiry = this.expiryOf(descriptor);
    return expiry ? new ExpiringListState(cell as StateCell<Stamped<T>[]>, expiry) : new CellListState(cell as StateCell<T[]>);
  }

  getMapState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V> {
    const cell = this.open<unknown>(descriptor, 'map', 'getMapState');
    const expiry = this.expiryOf(descriptor);
    return expiry ? new ExpiringMapState(cell as StateCell<StateMap<K, Stamped<V>>>, expiry) : new CellMapState(cell as StateCell<StateMap<K, V>>);
  }

  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T> {
    return this.appending(descriptor, 'reducing', 'getReducingState', () => reducing(descriptor.reduce));
  }

  getAggregatingState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT> {
    return this.appending(descriptor, 'aggregating', 'getAggregatingState', () => aggregating(descriptor.aggregate));
  }

  getFoldingState<IN, ACC>(descriptor: FoldingStateDescriptor<IN, ACC>): FoldingState<IN, ACC> {
    return this.appending(descriptor, 'folding', 'getFoldingState', () => folding(descriptor.fresh, descriptor.fold));
  }

  private appending<IN, ACC, OUT>(descriptor: StateDescriptor, kind: StateKind, call: string, functions: () => Appending<IN, ACC, OUT>): AppendingState<IN, OUT | null> {
    const cell = this.open<unknown>(descriptor, kind, call);
    const expiry = this.expiryOf(descriptor);
    if (expiry) return new ExpiringAppendingState(cell as StateCell<Stamped<ACC>>, expiry, expiringAppending(functions(), expiry));
    return new CellAppendingState(cell as StateCell<ACC>, functions());
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
    this.register(descriptor);
    this.kinds.set(descriptor.name, kind);
    return this.cellOf<V>(descriptor);
  }

  /** Snapshots learn of the state. Throws `STATE_INCOMPATIBLE` when the one that was restored does not fit. */
  protected register(descriptor: StateDescriptor): void {
    const { kind } = descriptor;
    const expiry = this.expiryOf(descriptor);
    const keep = expiry && descriptor.getTtlConfig().getCleanupStrategies().fullSnapshot ? inSnapshot(kind, expiry) : undefined;
    this.base.registry.ask({ name: this.backendName(descriptor), kind, namespaced: this.namespaced, expiring: expiry !== undefined }, keep);
  }

  protected cellOf<V>(descriptor: StateDescriptor): StateCell<V> {
    return this.base.backend.cell<V>(descriptor.name);
  }

  /** What the backend knows a state by. */
  protected backendName(descriptor: StateDescriptor): string {
    return descriptor.name;
  }

  /** Undefined for state that lives for ever. */
  protected expiryOf(descriptor: StateDescriptor): Expiry | undefined {
    const config = descriptor.getTtlConfig();
    const known = this.expiries.get(descriptor.name);
    if (known || !config.isEnabled()) return known;
    const expiry = new Expiry(config, this.base.clock);
    const cleanup = config.incrementalCleanup(this.base.backend.onDisk === true);
    if (cleanup) {
      expiry.sweepWith(this.base.backend, this.backendName(descriptor), keepOf(descriptor.kind, expiry), cleanup.entries);
      if (cleanup.everyRecord) this.base.onEveryRecord(() => expiry.accessed());
    }
    this.expiries.set(descriptor.name, expiry);
    return expiry;
  }
}

/** What a sweep leaves of a value of this kind. */
function keepOf(kind: StateKind, expiry: Expiry): (value: never) => never | undefined {
  const keep = kind === 'list' ? keepElements(expiry) : kind === 'map' ? keepEntries(expiry) : expiry.keepStamped;
  return keep as unknown as (value: never) => never | undefined;
}

/** What a full snapshot has of a value of this kind. */
function inSnapshot(kind: StateKind, expiry: Expiry): KeepInSnapshot {
  const keep = kind === 'list' ? keepElements(expiry) : kind === 'map' ? liveEntries(expiry) : expiry.keepStamped;
  return keep as KeepInSnapshot;
}

export class NamespacedCellStore<N> extends CellStore implements NamespacedStore<N> {
  private readonly cells = new Map<string, NamespacedCell<unknown>>();
  private namespace: ReturnType<NamespaceKey<N>> = '';

  protected override readonly namespaced = true;

  constructor(base: StoreBase, private readonly name: string, private readonly namespaceKey: NamespaceKey<N>) {
    super(base);
  }

  setCurrentNamespace(namespace: N): void {
    this.namespace = this.namespaceKey(namespace);
    for (const cell of this.cells.values()) cell.namespace = this.namespace;
  }

  mergeNamespaces(descriptor: StateDescriptor, target: N, sources: readonly N[]): void {
    this.register(descriptor);
    const cell = this.cellOf<unknown>(descriptor);
    const merge = mergeOf(descriptor, this.expiryOf(descriptor));
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

  protected override backendName(descriptor: StateDescriptor): string {
    return `${this.name}/${descriptor.name}`;
  }

  protected override cellOf<V>(descriptor: StateDescriptor): NamespacedCell<V> {
    const known = this.cells.get(descriptor.name);
    if (known) return known as NamespacedCell<V>;
    const cell = this.base.backend.namespacedCell<V>(this.backendName(descriptor));
    cell.namespace = this.namespace;
    this.cells.set(descriptor.name, cell as NamespacedCell<unknown>);
    return cell;
  }
}

/** How two values of a state become one. */
function mergeOf(descriptor: StateDescriptor, expiry: Expiry | undefined): (a: unknown, b: unknown) => unknown {
  const merged = <ACC>(appending: Appending<never, ACC, unknown>): ((a: unknown, b: unknown) => unknown) =>
    (expiry ? expiringAppending(appending, expiry).merge : appending.merge) as (a: unknown, b: unknown) => unknown;
  switch (descriptor.kind) {
    case 'list':
      return (a, b) => [...(a as unknown[]), ...(b as unknown[])];
    case 'reducing':
      return merged(reducing((descriptor as ReducingStateDescriptor<unknown>).reduce));
    case 'aggregating':
      return merged(aggregating((descriptor as AggregatingStateDescriptor<unknown, unknown, unknown>).aggregate));
    default:
      throw new FlinkError('INVALID_ARGUMENT', `a ${descriptor.kind} state such as "${descriptor.name}" cannot be merged over windows`, {
        hint: 'Use list, reducing or aggregating state in windows that merge.',
      });
  }
}
