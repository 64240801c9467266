/**
 * `sum`, `min`, `max`, `minBy` and `maxBy` of a field over windows: a window keeps a record and the field's value, and
 * makes its result of both when it fires.
 *
 * Invariants:
 * - Results are those of the rolling aggregations: the first record with only the field changed, or a whole record.
 *   A window of one record gives that record itself.
 * - An accumulator is changed in place; records never are.
 * - Slices give the same results, to the last bit. Sums are shared only of whole numbers that no order of adding
 *   rounds; smallest and largest only of numbers, among which 0 and -0 are equal and yet not the same: -0 is left out.
 */
import { type AccessSlot, type FieldAggregateKind, firstCheck, precedesKernel, refusal, type Refuse } from '../operators/aggregated-field.js';
import type { FieldName } from '../operators/field-access.js';
import type { Specialise } from '../operators/operator.js';
import { ownStrings } from '../state/own-strings.js';
import type { Gathered, SliceRules } from './slice.js';
import type { SubtaskAggregate, WindowAggregation } from './window-aggregation.js';

/** What a window has gathered. Plain data, so that state can keep it. */
interface FieldAccumulator {
  /** The first record; of minBy and maxBy, the one chosen so far. */
  record: unknown;
  value: unknown;
}

/** @param options `first: false` lets minBy and maxBy keep the later one of records with equal fields. */
export function fieldWindowAggregation<T>(kind: FieldAggregateKind, field: FieldName, options: { readonly first?: boolean }): WindowAggregation<T, T> {
  return { canMerge: true, inSubtask: ({ specialise }) => fieldAggregate<T>(kind, field, options.first === false, specialise) };
}

function fieldAggregate<T>(kind: FieldAggregateKind, field: FieldName, keepLater: boolean, specialise: Specialise): SubtaskAggregate<T, T> {
  const slot: AccessSlot = { access: undefined };
  const refuse = refusal(kind, field, specialise);
  const check = firstCheck<T>(kind, field, slot, false, refuse);
  const selects = kind === 'minBy' || kind === 'maxBy';
  const precedes = specialise(precedesKernel)(kind === 'max' || kind === 'maxBy');
  const begin = (value: T): FieldAccumulator => ({ value: check(value), record: ownStrings(value) });
  const add = kind === 'sum' ? specialise(sumKernel)(slot, begin as (value: unknown) => FieldAccumulator, refuse)
    : selects ? specialise(selectionKernel)(slot, begin as (value: unknown) => FieldAccumulator, refuse, precedes, keepLater, ownStrings)
    : specialise(extremeKernel)(slot, begin as (value: unknown) => FieldAccumulator, refuse, precedes, ownStrings);
  const rules = kind === 'sum' ? sumRules() : selects ? selectionRules(precedes, keepLater) : extremeRules(precedes);
  return {
    createAccumulator: () => undefined,
    add: add as (value: T, accumulated: unknown) => unknown,
    getResult: (accumulated) => resultOf(slot, accumulated as FieldAccumulator | undefined, selects, check as (record: unknown) => unknown) as T,
    merge: (a, b) => merged(a as FieldAccumulator | undefined, b as FieldAccumulator | undefined, rules.combine, refuse),
    slices: {
      ...rules,
      read: (value) => (slot.access === undefined ? check(value) : slot.access.read(value)),
      first(value) {
        check(value);
        return ownStrings(value);
      },
      accumulator: ({ record, value }) => ({ record, value }),
    },
  };
}

/** @param learn how to find the field in a record: an accumulator that a snapshot has brought may come before any element. */
function resultOf(slot: AccessSlot, accumulated: FieldAccumulator | undefined, selects: boolean, learn: (record: unknown) => unknown): unknown {
  if (accumulated === undefined) return null;
  const { record, value } = accumulated;
  if (slot.access === undefined) learn(record);
  const access = slot.access!;
  if (selects || Object.is(access.read(record), value)) return record;
  // Records of another version of the program have other fields than those seen so far.
  return access.fits(record) ? access.copy(record, value) : access.replaceAny(record, value);
}

/** `a` came first. */
function merged(a: FieldAccumulator | undefined, b: FieldAccumulator | undefined, combine: SliceRules<unknown>['combine'], refuse: Refuse): FieldAccumulator | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (typeof a.value !== typeof b.value) refuse(b.record, b.value);
  const into = { ...a, at: 0 };
  combine(into, { ...b, at: 1 });
  return { record: into.record, value: into.value };
}

type Begin = (value: unknown) => FieldAccumulator;
type Add = (value: unknown, accumulated: FieldAccumulator | undefined) => FieldAccumulator;
type Precedes = (a: unknown, b: unknown) => boolean;

function sumKernel(slot: AccessSlot, begin: Begin, refuse: Refuse): Add {
  return function addToSum(value, accumulated) {
    if (accumulated === undefined) return begin(value);
    if (slot.access === undefined) begin(value);
    const next = slot.access!.read(value);
    if (typeof next !== typeof accumulated.value) refuse(value, next);
    accumulated.value = (accumulated.value as number) + (next as number);
    return accumulated;
  };
}

function extremeKernel(slot: AccessSlot, begin: Begin, refuse: Refuse, precedes: Precedes, own: (value: unknown) => unknown): Add {
  return function addToExtreme(value, accumulated) {
    if (accumulated === undefined) return begin(value);
    if (slot.access === undefined) begin(value);
    const next = slot.access!.read(value);
    if (typeof next !== typeof accumulated.value || next === null) refuse(value, next);
    if (precedes(next, accumulated.value)) accumulated.value = own(next);
    return accumulated;
  };
}

function selectionKernel(slot: AccessSlot, begin: Begin, refuse: Refuse, precedes: Precedes, keepLater: boolean, own: (value: unknown) => unknown): Add {
  return function addToSelection(value, accumulated) {
    if (accumulated === undefined) return begin(value);
    if (slot.access === undefined) begin(value);
    const next = slot.access!.read(value);
    if (typeof next !== typeof accumulated.value || next === null) refuse(value, next);
    if (!(keepLater ? !precedes(accumulated.value, next) : precedes(next, accumulated.value))) return accumulated;
    accumulated.record = own(value);
    accumulated.value = own(next);
    return accumulated;
  };
}

type Rules = Pick<SliceRules<unknown>, 'fits' | 'gather' | 'combine'>;

function sumRules(): Rules {
  return {
    fits: (field, magnitude, slices) => Number.isSafeInteger(field) && (magnitude + Math.abs(field as number)) * slices <= Number.MAX_SAFE_INTEGER,
    gather(cell, _value, field) {
      cell.value = (cell.value as number) + (field as number);
      cell.magnitude += Math.abs(field as number);
    },
    combine(into, cell) {
      into.value = (into.value as number) + (cell.value as number);
      keepEarlier(into, cell);
    },
  };
}

function extremeRules(precedes: Precedes): Rules {
  return {
    fits: isPlainNumber,
    gather(cell, _value, field) {
      if (precedes(field, cell.value)) cell.value = field;
    },
    combine(into, cell) {
      if (precedes(cell.value, into.value)) into.value = cell.value;
      keepEarlier(into, cell);
    },
  };
}

function selectionRules(precedes: Precedes, keepLater: boolean): Rules {
  return {
    fits: isPlainNumber,
    gather(cell, value, field, arrivals) {
      if (!(keepLater ? !precedes(cell.value, field) : precedes(field, cell.value))) return;
      cell.record = ownStrings(value);
      cell.value = field;
      cell.at = ++arrivals.count;
    },
    combine(into, cell) {
      const winsTie = keepLater ? cell.at > into.at : cell.at < into.at;
      if (!(winsTie ? !precedes(into.value, cell.value) : precedes(cell.value, into.value))) return;
      into.record = cell.record;
      into.value = cell.value;
      into.at = cell.at;
    },
  };
}

function isPlainNumber(field: unknown): boolean {
  return typeof field === 'number' && !Object.is(field, -0);
}

function keepEarlier(into: Gathered, cell: Gathered): void {
  if (cell.at > into.at) return;
  into.at = cell.at;
  into.record = cell.record;
}
