/**
 * The first half of an aggregation in two phases: the records of one key are put together where they are made, so that
 * fewer travel to the operator that aggregates them (Flink: the local aggregate before a global one).
 *
 * Invariants:
 * - The operator's results are the same, whatever part of its records was put together before, as long as its sums stay
 *   exact (whole numbers below 2^53); others may be rounded in another order. What is found not to be travels as it is:
 *   fractions, sums that are not exact, values of the wrong type, for the operator to refuse.
 * - What has been put together is a record of the same key. A key may be made of the very field that is aggregated,
 *   which nothing but asking for it tells.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { Specialise } from './operator.js';

export interface LocalAggregate<T = unknown> {
  /** A copy of the first record of a key, for others to be added to; undefined when it has to travel by itself. */
  readonly start: (value: T) => T | undefined;
  /**
   * `running`, which is what `start` or `add` answered before, with another record of its key added in place; undefined,
   * and nothing has changed, when the two have to travel by themselves.
   */
  readonly add: (running: T, value: T, key: PrimitiveKey) => T | undefined;
}

/** @param keyOf the primitive that stands for the key of a record. */
export type MakeLocalAggregate<T = unknown> = (specialise: Specialise, keyOf: (value: T) => PrimitiveKey) => LocalAggregate<T>;

/** Where the field is; known from the first record on. */
export interface FieldSlot {
  access: { readonly read: (record: unknown) => unknown; readonly assign: (copy: unknown, field: unknown) => unknown } | undefined;
}

/** Adds the field of one record to that of another by `merge`, which answers undefined when it must not. */
export function addFieldKernel(
  slot: FieldSlot, merge: (before: unknown, next: unknown) => unknown, keyOf: (value: unknown) => PrimitiveKey,
): LocalAggregate['add'] {
  return (running, value, key) => {
    const { read, assign } = slot.access!;
    const before = read(running);
    let next: unknown;
    try {
      next = read(value);
    } catch {
      return undefined;
    }
    const after = merge(before, next);
    if (after === undefined) return undefined;
    if (after === before) return running;
    const added = assign(running, after);
    const now = keyOf(added);
    if (now === key || (now !== now && key !== key)) return added;
    assign(running, before);
    return undefined;
  };
}

/** A sum that is exact, whatever the order. */
export function exactSumKernel(): (before: unknown, next: unknown) => unknown {
  return (before, next) => {
    if (typeof before !== typeof next) return undefined;
    const sum = (before as number) + (next as number);
    return typeof sum === 'bigint' || (Number.isSafeInteger(sum) && Number.isSafeInteger(next)) ? sum : undefined;
  };
}

/** The more extreme of two values of one type. */
export function extremeFieldKernel(precedes: (a: unknown, b: unknown) => boolean): (before: unknown, next: unknown) => unknown {
  return (before, next) => {
    if (typeof before !== typeof next || next === null) return undefined;
    return precedes(next, before) ? next : before;
  };
}
