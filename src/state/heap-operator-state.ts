/**
 * Operator state on the heap: the only kind there is, whatever the backend of keyed state.
 */
import { FlinkError } from '../core/errors.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import { decodeItems, type OperatorStateWriter } from './operator-state-items.js';
import type { BroadcastState, OperatorStateStore } from './operator-state.js';
import type { OperatorStateHandle, OperatorStatePart } from './operator-snapshot.js';
import { ownStrings } from './own-strings.js';
import type { SnapshotReader } from './snapshot-files.js';
import type { StateCell } from './state-backend.js';
import type { ListStateDescriptor, MapStateDescriptor } from './state-descriptor.js';
import { StateDescriptor, type StateKind } from './state-descriptor.js';
import { CellListState } from './state-handles.js';
import { StateMap } from './state-map.js';
import type { ListState } from './state.js';

/** How a state is dealt out when a job starts again, as Flink names it. */
export type Redistribution = 'SPLIT_DISTRIBUTE' | 'UNION' | 'BROADCAST';

class HeapCell<V> implements StateCell<V> {
  private value: V | undefined = undefined;
  read(): V | undefined {
    return this.value;
  }
  write(value: V | undefined): void {
    this.value = value;
  }
}

class HeapBroadcastState<K, V> implements BroadcastState<K, V> {
  private map = new StateMap<K, V>();

  get(key: K): V | null {
    const value = this.map.get(key);
    return value === undefined ? null : value;
  }
  contains(key: K): boolean {
    return this.map.has(key);
  }
  immutableEntries(): IterableIterator<[K, V]> {
    return this.map.entries();
  }
  put(key: K, value: V): void {
    this.map.set(key, ownStrings(value));
  }
  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.put(key, value);
  }
  remove(key: K): void {
    this.map.delete(key);
  }
  entries(): IterableIterator<[K, V]> {
    return this.map.entries();
  }
  iterator(): IterableIterator<[K, V]> {
    return this.map.entries();
  }
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.map.entries();
  }
  clear(): void {
    this.map = new StateMap<K, V>();
  }
}

interface Registered {
  readonly redistribution: Redistribution;
  readonly state: CellListState<unknown> | HeapBroadcastState<unknown, unknown>;
  /** It came from a snapshot, and the program has not asked for it yet. */
  restored: boolean;
}

export class HeapOperatorState implements OperatorStateStore {
  private readonly states = new Map<string, Registered>();

  /** @param operator its name, for errors. */
  constructor(private readonly operator = 'operator') {}

  /** Writes every state as it is now, item by item. */
  snapshot(writer: OperatorStateWriter): void {
    for (const [name, { redistribution, state }] of this.states) {
      writer.write(name, redistribution, state instanceof HeapBroadcastState ? state.entries() : state.get());
    }
  }

  /** Puts back what a snapshot has, the items of several handles one after the other. Called before the program asks. */
  async restore(handles: readonly OperatorStateHandle[], reader: SnapshotReader, classes: ClassRegistry): Promise<void> {
    for (const { file, states } of handles) {
      for (const part of states) this.take(part.name, part.redistribution, await decodeItems(part, file, reader, classes));
    }
  }

  /** Learns what states a snapshot has, without their items. Throws as `restore` does. */
  foresee(parts: readonly Pick<OperatorStatePart, 'name' | 'redistribution'>[]): void {
    for (const { name, redistribution } of parts) this.take(name, redistribution, []);
  }

  private take(name: string, redistribution: Redistribution, items: readonly unknown[]): void {
    const known = this.states.get(name);
    if (known && known.redistribution !== redistribution) throw this.changed(name, redistribution, known.redistribution);
    const state = known?.state ?? (redistribution === 'BROADCAST' ? new HeapBroadcastState<unknown, unknown>() : new CellListState<unknown>(new HeapCell()));
    if (!known) this.states.set(name, { redistribution, state, restored: true });
    if (state instanceof HeapBroadcastState) state.putAll(items as readonly [unknown, unknown][]);
    else state.addAll(items);
  }

  private changed(name: string, was: Redistribution, is: Redistribution): FlinkError {
    return new FlinkError('STATE_INCOMPATIBLE', `the operator state "${name}" of "${this.operator}" was ${was} in the snapshot and is ${is} in the program`, {
      hint: 'Ask for it as before, or give the new state another name.',
      place: { operator: this.operator },
    });
  }

  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.state(descriptor, 'list', 'SPLIT_DISTRIBUTE', 'getListState', () => new CellListState<T>(new HeapCell()));
  }

  getUnionListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.state(descriptor, 'list', 'UNION', 'getUnionListState', () => new CellListState<T>(new HeapCell()));
  }

  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return this.state(descriptor, 'map', 'BROADCAST', 'getBroadcastState', () => new HeapBroadcastState<K, V>());
  }

  getRegisteredStateNames(): ReadonlySet<string> {
    return this.names((redistribution) => redistribution !== 'BROADCAST');
  }

  getRegisteredBroadcastStateNames(): ReadonlySet<string> {
    return this.names((redistribution) => redistribution === 'BROADCAST');
  }

  private names(wanted: (redistribution: Redistribution) => boolean): ReadonlySet<string> {
    return new Set([...this.states].filter(([, { redistribution }]) => wanted(redistribution)).map(([name]) => name));
  }

  private state<S>(descriptor: StateDescriptor, kind: StateKind, redistribution: Redistribution, call: string, make: () => S): S {
    if (!(descriptor instanceof StateDescriptor) || descriptor.kind !== kind) {
      const came = descriptor instanceof StateDescriptor ? `the ${descriptor.kind} descriptor "${descriptor.name}"` : String(descriptor);
      throw new FlinkError('INVALID_ARGUMENT', `${call} of operator state takes a ${kind} state descriptor; ${came} came`);
    }
    const known = this.states.get(descriptor.name);
    if (known?.restored && known.redistribution !== redistribution) throw this.changed(descriptor.name, known.redistribution, redistribution);
    if (known && known.redistribution !== redistribution) {
      throw new FlinkError('STATE_CONFLICT', `the operator has the state "${descriptor.name}" as ${known.redistribution} already, ${call} makes it ${redistribution}`, { hint: 'Give one of the two another name.' });
    }
    if (known) {
      known.restored = false;
      return known.state as S;
    }
    const state = make();
    this.states.set(descriptor.name, { redistribution, state: state as Registered['state'], restored: false });
    return state;
  }
}
