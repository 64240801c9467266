/**
 * The handles of state without time to live, each made of one cell of a backend.
 *
 * Invariant: a cell that holds nothing reads undefined; a list or map that becomes empty is removed from its cell.
 */
import { FlinkError } from '../core/errors.js';
import { ownStrings } from './own-strings.js';
import { StateMap } from './state-map.js';
import type { AppendingState, ListState, MapState, ValueState } from './state.js';
import type { StateCell } from './state-backend.js';
import type { AggregateFunction } from './state-functions.js';

export class CellValueState<T> implements ValueState<T> {
  /** @param absent makes what is read where nothing is stored. */
  constructor(private readonly cell: StateCell<T>, private readonly absent: () => T | null) {}

  value(): T | null {
    const value = this.cell.read();
    return value === undefined ? this.absent() : value;
  }

  update(value: T | null | undefined): void {
    // Text cut from a record would keep the whole block alive that the record was read from.
    this.cell.write(value === null || value === undefined ? undefined : typeof value === 'number' ? value : ownStrings(value));
  }

  clear(): void {
    this.cell.write(undefined);
  }
}

const NO_ELEMENTS: readonly never[] = Object.freeze([]);

export class CellListState<T> implements ListState<T> {
  constructor(private readonly cell: StateCell<T[]>) {}

  get(): readonly T[] {
    return this.cell.read() ?? NO_ELEMENTS;
  }

  add(value: T): void {
    const list = this.cell.read() ?? [];
    list.push(element(value));
    this.cell.write(list);
  }

  addAll(values: Iterable<T>): void {
    const added = elements('addAll', values);
    if (added.length === 0) return;
    const list = this.cell.read();
    if (list) for (const value of added) list.push(value);
    this.cell.write(list ?? added);
  }

  update(values: Iterable<T>): void {
    const list = elements('update', values);
    this.cell.write(list.length === 0 ? undefined : list);
  }

  clear(): void {
    this.cell.write(undefined);
  }
}

/** Checks one element of a list and makes it ready to be kept. */
export function element<T>(value: T): T {
  if (value === null || value === undefined) {
    throw new FlinkError('INVALID_ARGUMENT', `a list state takes no ${String(value)}`, { hint: 'Leave it out, or store an object that says so.' });
  }
  return ownStrings(value);
}

export function elements<T>(call: string, values: Iterable<T>): T[] {
  if (values === null || values === undefined || typeof values[Symbol.iterator] !== 'function') {
    throw new FlinkError('INVALID_ARGUMENT', `${call} of a list state takes an iterable of values; ${String(values)} came`, { hint: 'Give an array; clear() empties the list.' });
  }
  return Array.from(values, element);
}

export class CellMapState<K, V> implements MapState<K, V> {
  constructor(private readonly cell: StateCell<StateMap<K, V>>) {}

  get(key: K): V | null {
    const value = this.cell.read()?.get(key);
    return value === undefined ? null : value;
  }

  put(key: K, value: V): void {
    const map = this.cell.read() ?? new StateMap<K, V>();
    map.set(key, ownStrings(value));
    this.cell.write(map);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.put(key, value);
  }

  remove(key: K): void {
    const map = this.cell.read();
    if (map?.delete(key)) this.cell.write(map.size === 0 ? undefined : map);
  }

  contains(key: K): boolean {
    return this.cell.read()?.has(key) ?? false;
  }

  entries(): IterableIterator<[K, V]> {
    return (this.cell.read() ?? new StateMap<K, V>()).entries();
  }

  keys(): IterableIterator<K> {
    return (this.cell.read() ?? new StateMap<K, V>()).keys();
  }

  values(): IterableIterator<V> {
    return (this.cell.read() ?? new StateMap<K, V>()).values();
  }

  iterator(): IterableIterator<[K, V]> {
    return this.entries();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  isEmpty(): boolean {
    return this.cell.read() === undefined;
  }

  clear(): void {
    this.cell.write(undefined);
  }
}

/** What becomes of an element added to an appending state, and what is shown of it. */
export interface Appending<IN, ACC, OUT> {
  /** The accumulator with one value more; undefined when there is none yet. */
  readonly add: (accumulated: ACC | undefined, value: IN) => ACC;
  readonly result: (accumulated: ACC) => OUT;
  /** Undefined where accumulators cannot be combined; answers undefined when nothing is left of either. */
  readonly merge: ((a: ACC, b: ACC) => ACC | undefined) | undefined;
}

export function reducing<T>(reduce: (accumulated: T, value: T) => T): Appending<T, T, T> {
  return { add: (before, value) => (before === undefined ? ownStrings(value) : ownStrings(reduce(before, value))), result: (value) => value, merge: reduce };
}

export function aggregating<IN, ACC, OUT>(fn: AggregateFunction<IN, ACC, OUT>): Appending<IN, ACC, OUT> {
  return {
    add: (before, value) => fn.add(value, before === undefined ? fn.createAccumulator() : before),
    result: (accumulator) => fn.getResult(accumulator),
    merge: (a, b) => fn.merge(a, b),
  };
}

/** @param fresh makes what a key starts from. */
export function folding<IN, ACC>(fresh: () => ACC, fold: (accumulated: ACC, value: IN) => ACC): Appending<IN, ACC, ACC> {
  return { add: (before, value) => fold(before === undefined ? fresh() : before, value), result: (value) => value, merge: undefined };
}

export class CellAppendingState<IN, ACC, OUT> implements AppendingState<IN, OUT | null> {
  constructor(private readonly cell: StateCell<ACC>, private readonly appending: Appending<IN, ACC, OUT>) {}

  get(): OUT | null {
    const accumulated = this.cell.read();
    return accumulated === undefined ? null : this.appending.result(accumulated);
  }

  /** Null and undefined clear nothing and count as values: the function decides. */
  add(value: IN): void {
    this.cell.write(this.appending.add(this.cell.read(), value));
  }

  clear(): void {
    this.cell.write(undefined);
  }
}
