/**
 * The handles of state with a time to live: values are kept with the time of their last use (Flink: `TtlValueState` and
 * its relatives).
 *
 * Invariants:
 * - An expired value reads as nothing and is removed by that; where expired values are shown, it is shown that once.
 * - A successful read of a value that has not expired stamps it again where reads count as use.
 * - Elements of lists and entries of maps age one by one; an accumulator ages as one, from the last element added.
 */
import type { Expiry, Stamped } from './expiry.js';
import { ownStrings } from './own-strings.js';
import type { StateCell } from './state-backend.js';
import { type Appending, element, elements } from './state-handles.js';
import { StateMap } from './state-map.js';
import type { AppendingState, ListState, MapState, ValueState } from './state.js';

export class ExpiringValueState<T> implements ValueState<T> {
  constructor(private readonly cell: StateCell<Stamped<T>>, private readonly expiry: Expiry) {}

  value(): T | null {
    const stamped = readStamped(this.cell, this.expiry);
    this.expiry.accessed();
    return stamped === undefined ? null : stamped.value;
  }

  update(value: T | null | undefined): void {
    this.cell.write(value === null || value === undefined ? undefined : this.expiry.stamp(ownStrings(value)));
    this.expiry.accessed();
  }

  clear(): void {
    this.cell.write(undefined);
    this.expiry.accessed();
  }
}

/** Reads a cell as one value that ages. */
function readStamped<V>(cell: StateCell<Stamped<V>>, expiry: Expiry): Stamped<V> | undefined {
  const stamped = cell.read();
  if (stamped === undefined) return undefined;
  if (expiry.expired(stamped)) {
    cell.write(undefined);
    return expiry.returnExpired ? stamped : undefined;
  }
  if (expiry.refreshOnRead) cell.write(expiry.stamp(stamped.value));
  return stamped;
}

export class ExpiringListState<T> implements ListState<T> {
  constructor(private readonly cell: StateCell<Stamped<T>[]>, private readonly expiry: Expiry) {}

  get(): readonly T[] {
    const list = this.cell.read() ?? [];
    const live = list.filter(this.expiry.keepStamped);
    if (live.length === 0 && list.length > 0) this.cell.write(undefined);
    else if (this.expiry.refreshOnRead && live.length > 0) this.cell.write(live.map(({ value }) => this.expiry.stamp(value)));
    this.expiry.accessed();
    return (this.expiry.returnExpired ? list : live).map(({ value }) => value);
  }

  add(value: T): void {
    const list = this.cell.read() ?? [];
    list.push(this.expiry.stamp(element(value)));
    this.cell.write(list);
    this.expiry.accessed();
  }

  addAll(values: Iterable<T>): void {
    const added = this.stamped('addAll', values);
    if (added.length > 0) this.cell.write([...(this.cell.read() ?? []), ...added]);
    this.expiry.accessed();
  }

  update(values: Iterable<T>): void {
    const list = this.stamped('update', values);
    this.cell.write(list.length === 0 ? undefined : list);
    this.expiry.accessed();
  }

  clear(): void {
    this.cell.write(undefined);
    this.expiry.accessed();
  }

  private stamped(call: string, values: Iterable<T>): Stamped<T>[] {
    return elements(call, values).map((value) => this.expiry.stamp(value));
  }
}

/** What is left of a list: itself while no element has expired. */
export function keepElements(expiry: Expiry): (list: Stamped<unknown>[]) => Stamped<unknown>[] | undefined {
  return (list) => {
    const live = list.filter(expiry.keepStamped);
    if (live.length === list.length) return list;
    return live.length === 0 ? undefined : live;
  };
}

export class ExpiringMapState<K, V> implements MapState<K, V> {
  constructor(private readonly cell: StateCell<StateMap<K, Stamped<V>>>, private readonly expiry: Expiry) {}

  get(key: K): V | null {
    const value = this.read(key);
    this.expiry.accessed();
    return value === undefined ? null : value.value;
  }

  put(key: K, value: V): void {
    const map = this.cell.read() ?? new StateMap<K, Stamped<V>>();
    map.set(key, this.expiry.stamp(ownStrings(value)));
    this.cell.write(map);
    this.expiry.accessed();
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.put(key, value);
  }

  remove(key: K): void {
    this.delete(key);
    this.expiry.accessed();
  }

  contains(key: K): boolean {
    const found = this.read(key) !== undefined;
    this.expiry.accessed();
    return found;
  }

  *entries(): IterableIterator<[K, V]> {
    const map = this.cell.read();
    this.expiry.accessed();
    if (!map) return;
    for (const [key] of map.entries()) {
      const stamped = this.read(key);
      if (stamped !== undefined) yield [key, stamped.value];
    }
  }

  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  iterator(): IterableIterator<[K, V]> {
    return this.entries();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** Whether nothing is stored; entries that have expired, but are still there, count as stored. */
  isEmpty(): boolean {
    const empty = this.cell.read() === undefined;
    this.expiry.accessed();
    return empty;
  }

  clear(): void {
    this.cell.write(undefined);
    this.expiry.accessed();
  }

  private read(key: K): Stamped<V> | undefined {
    const map = this.cell.read();
    const stamped = map?.get(key);
    if (!map || stamped === undefined) return undefined;
    if (this.expiry.expired(stamped)) {
      this.delete(key);
      return this.expiry.returnExpired ? stamped : undefined;
    }
    if (this.expiry.refreshOnRead) {
      map.set(key, this.expiry.stamp(stamped.value));
      this.cell.write(map);
    }
    return stamped;
  }

  private delete(key: K): void {
    const map = this.cell.read();
    if (map?.delete(key)) this.cell.write(map.size === 0 ? undefined : map);
  }
}

/** What is left of a map, which loses its expired entries in place. */
export function keepEntries(expiry: Expiry): (map: StateMap<unknown, Stamped<unknown>>) => StateMap<unknown, Stamped<unknown>> | undefined {
  return (map) => {
    for (const [key, stamped] of map.entries()) if (expiry.expired(stamped)) map.delete(key);
    return map.size === 0 ? undefined : map;
  };
}

/** The entries of a map that have not expired, in a map of their own. */
export function liveEntries(expiry: Expiry): (map: StateMap<unknown, Stamped<unknown>>) => StateMap<unknown, Stamped<unknown>> | undefined {
  return (map) => {
    const live = [...map.entries()].filter(([, stamped]) => !expiry.expired(stamped));
    return live.length === 0 ? undefined : StateMap.of(live);
  };
}

/** An accumulator that has expired counts as none: the next element starts a new one. */
export function expiringAppending<IN, ACC, OUT>(plain: Appending<IN, ACC, OUT>, expiry: Expiry): Appending<IN, Stamped<ACC>, OUT> {
  const { merge } = plain;
  return {
    add: (before, value) => expiry.stamp(plain.add(expiry.usable(before), value)),
    result: (accumulated) => plain.result(accumulated.value),
    merge: merge && ((a, b) => mergeUsable(merge, a, b, expiry)),
  };
}

/** Nothing when neither may be used any more. */
function mergeUsable<ACC>(merge: (a: ACC, b: ACC) => ACC | undefined, first: Stamped<ACC>, second: Stamped<ACC>, expiry: Expiry): Stamped<ACC> | undefined {
  const [a, b] = [expiry.usable(first), expiry.usable(second)];
  const merged = a === undefined || b === undefined ? (a ?? b) : merge(a, b);
  return merged === undefined ? undefined : expiry.stamp(merged);
}

export class ExpiringAppendingState<IN, ACC, OUT> implements AppendingState<IN, OUT | null> {
  constructor(private readonly cell: StateCell<Stamped<ACC>>, private readonly expiry: Expiry, private readonly appending: Appending<IN, Stamped<ACC>, OUT>) {}

  get(): OUT | null {
    const stamped = readStamped(this.cell, this.expiry);
    this.expiry.accessed();
    return stamped === undefined ? null : this.appending.result(stamped);
  }

  add(value: IN): void {
    this.cell.write(this.appending.add(this.cell.read(), value));
    this.expiry.accessed();
  }

  clear(): void {
    this.cell.write(undefined);
    this.expiry.accessed();
  }
}
