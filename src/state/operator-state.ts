/**
 * State of an operator's subtask that belongs to no key: lists that are dealt out anew when the parallelism changes, and
 * broadcast state, of which every subtask has an equal copy (Flink: `OperatorStateStore`).
 *
 * Invariants:
 * - Inside one operator a name belongs to one kind of state.
 * - Values go in and come out by reference.
 * - All subtasks must make the same changes to broadcast state, whatever order its elements come in: nobody checks.
 */
import type { ListState } from './state.js';
import type { ListStateDescriptor, MapStateDescriptor } from './state-descriptor.js';

/** Broadcast state as the side without broadcast sees it (Flink: `ReadOnlyBroadcastState`). */
export interface ReadOnlyBroadcastState<K, V> {
  /** Null when there is none. */
  get(key: K): V | null;
  contains(key: K): boolean;
  immutableEntries(): IterableIterator<[K, V]>;
}

/** Broadcast state as the broadcast side sees it (Flink: `BroadcastState`). Its keys compare by value. */
export interface BroadcastState<K, V> extends ReadOnlyBroadcastState<K, V> {
  put(key: K, value: V): void;
  putAll(entries: Iterable<readonly [K, V]>): void;
  remove(key: K): void;
  /** Entries may be removed while they are iterated over. */
  entries(): IterableIterator<[K, V]>;
  /** The same as `entries()`. */
  iterator(): IterableIterator<[K, V]>;
  [Symbol.iterator](): IterableIterator<[K, V]>;
  clear(): void;
}

/** What `initializeState` asks (Flink: `OperatorStateStore`). Asking twice gives the same state. */
export interface OperatorStateStore {
  /** A list whose elements are dealt out evenly when the parallelism changes. */
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  /** A list of which every subtask gets all elements after a restart. */
  getUnionListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  /** A map that every subtask has a whole copy of. */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
  getRegisteredStateNames(): ReadonlySet<string>;
  getRegisteredBroadcastStateNames(): ReadonlySet<string>;
}
