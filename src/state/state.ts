/**
 * What user functions hold of keyed state (Flink: `State` and its interfaces).
 *
 * A handle is got once, in `open`, and then always means the state of the key whose record (or timer) is being
 * handled. Invariants:
 * - Everything is synchronous.
 * - Values go in and come out by reference. A value that was changed in place must be handed back with `update`
 *   (or `put`, `add`): only then does the state count as changed.
 * - Nothing stored reads as null (empty for lists and maps), unless the descriptor has a default and no time to live.
 */

/** One value for each key (Flink: `ValueState`). */
export interface ValueState<T> {
  /** The value, the descriptor's default, or null; never the default where there is a time to live, as in Flink. */
  value(): T | null;
  /** Stores a value; null or undefined clears. */
  update(value: T | null | undefined): void;
  clear(): void;
}

/** State that takes elements and shows something made of them (Flink: `AppendingState`). */
export interface AppendingState<IN, OUT> {
  get(): OUT;
  add(value: IN): void;
  clear(): void;
}

/** A list for each key (Flink: `ListState`). */
export interface ListState<T> extends AppendingState<T, readonly T[]> {
  /** The elements in the order they were added. Not a copy: do not keep it beyond the call, do not change it. */
  get(): readonly T[];
  /** Appends one element, which may be neither null nor undefined. */
  add(value: T): void;
  /** Appends every element, none of which may be null or undefined. */
  addAll(values: Iterable<T>): void;
  /** Replaces the whole list. */
  update(values: Iterable<T>): void;
}

/**
 * A map for each key (Flink: `MapState`). Its own keys compare by value, as those of `keyBy` do. Entries may be
 * removed while they are iterated over.
 */
export interface MapState<K, V> {
  get(key: K): V | null;
  put(key: K, value: V): void;
  /** Puts every entry of a Map, of an iterable of pairs, or of another such state's `entries()`. */
  putAll(entries: Iterable<readonly [K, V]>): void;
  remove(key: K): void;
  contains(key: K): boolean;
  entries(): IterableIterator<[K, V]>;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  /** The same as `entries()`. */
  iterator(): IterableIterator<[K, V]>;
  [Symbol.iterator](): IterableIterator<[K, V]>;
  isEmpty(): boolean;
  clear(): void;
}

/** One value for each key, combined with every element that is added (Flink: `ReducingState`). */
export type ReducingState<T> = AppendingState<T, T | null>;

/** An accumulator for each key, shown through its result (Flink: `AggregatingState`). */
export type AggregatingState<IN, OUT> = AppendingState<IN, OUT | null>;

/** As `AggregatingState`, folded from an initial value (Flink before 1.12: `FoldingState`). */
export type FoldingState<IN, ACC> = AppendingState<IN, ACC | null>;
