/**
 * `sum`, `min`, `max`, `minBy` and `maxBy` of a field on a keyed stream, one output for each record, or for each key in batch
 * mode (Flink: `SumAggregator`, `ComparableAggregator`).
 *
 * Invariants:
 * - The first record of a key is emitted unchanged.
 * - sum, min and max emit the first record of the key with only the field changed; minBy and maxBy emit a whole
 *   record, on ties the earlier one unless `first` is false.
 * - No emitted record is changed later. A running sum is kept in a copy that is changed in place and that nobody else
 *   holds; of sum, min and max that are emitted only at the end no more than the field is kept up to date.
 * - Values compare as in Java: NaN is larger than every number.
 */
import { FlinkError } from '../core/errors.js';
import type { KeyEntry } from '../state/key-table.js';
import { ownStrings } from '../state/own-strings.js';
import { fieldAccess } from './field-access.js';
import type { FieldAccess, FieldName } from './field-access.js';
import { keyedReduction, unsorted } from './keyed-reduce.js';
import type { EmittedResults, Reduction } from './keyed-reduce.js';
import type { OperatorContext, OperatorDefinition, Specialise } from './operator.js';
import { guardedUserFunction } from './specialise.js';

export type FieldAggregateKind = 'sum' | 'min' | 'max' | 'minBy' | 'maxBy';

export interface FieldAggregateOptions {
  /** Which of two records with equal fields minBy and maxBy keep: the earlier one (default) or the later one. */
  readonly first?: boolean;
  /** Of the operator; default: running. */
  readonly results?: EmittedResults;
}

/** @param field the index in a tuple, or the field's name, with dots for nested fields; 0 or '*' for records that are numbers. */
export function fieldAggregateOperator<T>(kind: FieldAggregateKind, field: FieldName, keyOf: (value: T) => unknown, options: FieldAggregateOptions = {}): OperatorDefinition<T> {
  const results = options.results ?? 'running';
  return {
    ...unsorted(results),
    instantiate(context) {
      if (results === 'final' && (kind === 'sum' || kind === 'min' || kind === 'max')) {
        return keyedReduction<T, unknown>(context as OperatorContext<unknown>, keyOf, finalFields<T>(kind, field, context.specialise), results);
      }
      return keyedReduction<T, T>(context, keyOf, fieldAggregation<T>(kind, field, context.specialise, { ...options, results }), results);
    },
  };
}

/**
 * The aggregation alone, for whoever keeps the running result. Without `results` what is kept may be emitted at any
 * time and is never changed.
 */
export function fieldAggregation<T>(kind: FieldAggregateKind, field: FieldName, specialise: Specialise, options: FieldAggregateOptions = {}): Reduction<T, T> & { readonly first: (value: T) => T } {
  const slot: AccessSlot = { access: undefined };
  const inPlace = kind === 'sum' && options.results !== undefined;
  const refuse = refusal(kind, field, specialise);
  const check = firstCheck<T>(kind, field, slot, inPlace, refuse);
  const first = (value: T): T => {
    const found = check(value);
    return inPlace ? (slot.access!.copy(ownStrings(value), found) as T) : ownStrings(value);
  };
  const keepLater = options.first === false;
  const larger = kind === 'max' || kind === 'maxBy';
  if (kind === 'sum') return { first, combine: specialise(sumKernel)(slot, refuse) as Reduction<T, T>['combine'], emitted: specialise(copyKernel)(slot) as (kept: T) => T };
  const precedes = specialise(precedesKernel)(larger);
  if (kind === 'minBy' || kind === 'maxBy') return { first, combine: specialise(selectionKernel)(slot, precedes, keepLater, refuse) as Reduction<T, T>['combine'] };
  return { first, combine: specialise(extremeKernel)(slot, precedes, refuse) as Reduction<T, T>['combine'] };
}

/**
 * sum, min and max for final results: a key's entry holds the field alone. To change a field inside a record would
 * cost two further accesses to memory for each record, which is what a keyed job waits for.
 */
function finalFields<T>(kind: 'sum' | 'min' | 'max', field: FieldName, specialise: Specialise): Reduction<T, unknown> {
  const slot: AccessSlot = { access: undefined };
  const refuse = refusal(kind, field, specialise);
  const check = firstCheck<T>(kind, field, slot, false, refuse);
  const entries: KeyEntry<unknown>[] = [];
  const records: T[] = [];
  return {
    first(value, entry) {
      const found = check(value);
      entries.push(entry);
      records.push(ownStrings(value));
      return found;
    },
    combine: kind === 'sum' ? specialise(fieldSumKernel)(slot, refuse) : specialise(fieldExtremeKernel)(slot, specialise(precedesKernel)(kind === 'max'), refuse),
    finals: function* () {
      for (const [at, entry] of entries.entries()) yield slot.access!.copy(records[at], entry.value);
    },
  };
}

function refusal(kind: FieldAggregateKind, field: FieldName, specialise: Specialise): Refuse {
  return guardedUserFunction(specialise, (value: unknown, found: unknown): never => {
    throw wrongType(kind, field, value, found);
  });
}

/** Looks at the first record of each key: answers its field, or refuses it. */
function firstCheck<T>(kind: FieldAggregateKind, field: FieldName, slot: AccessSlot, inPlace: boolean, refuse: Refuse): (value: T) => unknown {
  return (value) => {
    const access = (slot.access ??= aggregateAccess(fieldAccess(value, field, kind), inPlace));
    const found = access.read(value);
    if (!isAggregable(kind, found)) refuse(value, found);
    // One record of another shape, and from then on every record is copied the careful way.
    if (access.copy !== access.replaceAny && !access.fits(value)) slot.access = aggregateAccess({ ...access, replace: access.replaceAny }, inPlace);
    return found;
  };
}

/** Access is known when the first record has been seen. */
interface AccessSlot {
  access: AggregateAccess | undefined;
}

/** `replace` is what the kernels call: it makes a copy, or changes the key's own one. */
interface AggregateAccess extends FieldAccess {
  readonly copy: FieldAccess['replace'];
}

function aggregateAccess(access: FieldAccess, inPlace: boolean): AggregateAccess {
  return { ...access, copy: access.replace, replace: inPlace ? access.assign : access.replace };
}

type Refuse = (value: unknown, found: unknown) => never;
type Combine = (before: unknown, value: unknown) => unknown;

function sumKernel(slot: AccessSlot, refuse: Refuse): Combine {
  return (before, value) => {
    const { read, replace } = slot.access!;
    const sum = read(before) as number;
    const next = read(value) as number;
    if (typeof next !== typeof sum) refuse(value, next);
    return replace(before, sum + next);
  };
}

function fieldSumKernel(slot: AccessSlot, refuse: Refuse): Combine {
  return (sum, value) => {
    const next = slot.access!.read(value) as number;
    if (typeof next !== typeof sum) refuse(value, next);
    return (sum as number) + next;
  };
}

function fieldExtremeKernel(slot: AccessSlot, precedes: (a: unknown, b: unknown) => boolean, refuse: Refuse): Combine {
  return (extreme, value) => {
    const next = slot.access!.read(value);
    if (typeof next !== typeof extreme || next === null) refuse(value, next);
    return precedes(next, extreme) ? next : extreme;
  };
}

function copyKernel(slot: AccessSlot): (kept: unknown) => unknown {
  return (kept) => {
    const { read, copy } = slot.access!;
    return copy(kept, read(kept));
  };
}

function extremeKernel(slot: AccessSlot, precedes: (a: unknown, b: unknown) => boolean, refuse: Refuse): Combine {
  return (before, value) => {
    const { read, replace } = slot.access!;
    const extreme = read(before);
    const next = read(value);
    if (typeof next !== typeof extreme || next === null) refuse(value, next);
    return precedes(next, extreme) ? replace(before, next) : before;
  };
}

function selectionKernel(slot: AccessSlot, precedes: (a: unknown, b: unknown) => boolean, keepLater: boolean, refuse: Refuse): Combine {
  return (before, value) => {
    const { read } = slot.access!;
    const extreme = read(before);
    const next = read(value);
    if (typeof next !== typeof extreme || next === null) refuse(value, next);
    const replaces = keepLater ? !precedes(extreme, next) : precedes(next, extreme);
    return replaces ? value : before;
  };
}

/** Whether `a` is more extreme than `b`. */
function precedesKernel(larger: boolean): (a: unknown, b: unknown) => boolean {
  const smallerFirst = (a: unknown, b: unknown): boolean => (a as number) < (b as number) || (b !== b && a === a);
  return larger ? (a, b) => smallerFirst(b, a) : smallerFirst;
}

function isAggregable(kind: FieldAggregateKind, found: unknown): boolean {
  if (typeof found === 'number' || typeof found === 'bigint') return true;
  return kind !== 'sum' && (typeof found === 'string' || typeof found === 'boolean' || found instanceof Date);
}

function wrongType(kind: FieldAggregateKind, field: FieldName, value: unknown, found: unknown): FlinkError {
  const takes = kind === 'sum' ? 'numbers or bigints' : 'numbers, bigints, strings, booleans or Dates';
  const came = found === null ? 'null' : `a ${typeof found} in ${preview(value)}`;
  return new FlinkError('USER_FUNCTION', `${kind}(${JSON.stringify(field)}) takes ${takes}, one type in all records of a key; ${came} came`, {
    hint: `Make ${JSON.stringify(field)} one of those in a map before ${kind}.`,
  });
}

const PREVIEW_LENGTH_MAX = 100;

function preview(value: unknown): string {
  const text = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member)) ?? String(value);
  return text.length > PREVIEW_LENGTH_MAX ? `${text.slice(0, PREVIEW_LENGTH_MAX)}…` : text;
}
