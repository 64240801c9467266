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
import type { KeyEntry } from '../state/key-table.js';
import { ownStrings } from '../state/own-strings.js';
import { type AccessSlot, type FieldAggregateKind, firstCheck, precedesKernel, refusal, type Refuse } from './aggregated-field.js';
import type { FieldName } from './field-access.js';
import { addFieldKernel, exactSumKernel, extremeFieldKernel, type MakeLocalAggregate } from './local-aggregate.js';
import { keyedReduction, sorting } from './keyed-reduce.js';
import type { EmittedResults, Reduction } from './keyed-reduce.js';
import type { OperatorContext, OperatorDefinition, Specialise } from './operator.js';

export interface FieldAggregateOptions {
  /** Which of two records with equal fields minBy and maxBy keep: the earlier one (default) or the later one. */
  readonly first?: boolean;
  /** Default: running. */
  readonly results?: EmittedResults;
}

/** @param field the index in a tuple, or the field's name, with dots for nested fields; 0 or '*' for records that are numbers. */
export function fieldAggregateOperator<T>(kind: FieldAggregateKind, field: FieldName, keyOf: (value: T) => unknown, options: FieldAggregateOptions = {}): OperatorDefinition<T> {
  const results = options.results ?? 'running';
  if (results === 'final' && (kind === 'sum' || kind === 'min' || kind === 'max')) {
    return {
      ...sorting(results, 'never'),
      localAggregate: localFields(kind, field),
      instantiate: (context) => keyedReduction<T, unknown>(context as OperatorContext<unknown>, keyOf, finalFields<T>(kind, field, context.specialise), results),
    };
  }
  return {
    ...sorting(results, 'never'),
    instantiate: (context) => keyedReduction<T, T>(context, keyOf, fieldAggregation<T>(kind, field, options.first === false, context.specialise), results),
  };
}

function fieldAggregation<T>(kind: FieldAggregateKind, field: FieldName, keepLater: boolean, specialise: Specialise): Reduction<T, T> {
  const slot: AccessSlot = { access: undefined };
  const inPlace = kind === 'sum';
  const refuse = refusal(kind, field, specialise);
  const check = firstCheck<T>(kind, field, slot, inPlace, refuse);
  const first = (value: T): T => {
    const found = check(value);
    return inPlace ? (slot.access!.copy(ownStrings(value), found) as T) : ownStrings(value);
  };
  const adopt = (result: T): T => {
    check(result);
    return result;
  };
  const larger = kind === 'max' || kind === 'maxBy';
  if (kind === 'sum') return { first, adopt, combine: specialise(sumKernel)(slot, refuse) as Reduction<T, T>['combine'], emitted: specialise(copyKernel)(slot) as (kept: T) => T };
  const precedes = specialise(precedesKernel)(larger);
  if (kind === 'minBy' || kind === 'maxBy') return { first, adopt, combine: specialise(selectionKernel)(slot, precedes, keepLater, refuse) as Reduction<T, T>['combine'] };
  return { first, adopt, combine: specialise(extremeKernel)(slot, precedes, refuse) as Reduction<T, T>['combine'] };
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

/** sum, min and max of records that have not reached the operator yet. What it would refuse is left to it. */
function localFields(kind: 'sum' | 'min' | 'max', field: FieldName): MakeLocalAggregate {
  return (specialise, keyOf) => {
    const slot: AccessSlot = { access: undefined };
    const merge = kind === 'sum' ? specialise(exactSumKernel)() : specialise(extremeFieldKernel)(specialise(precedesKernel)(kind === 'max'));
    const check = firstCheck(kind, field, slot, true, refusal(kind, field, specialise));
    return {
      start(value) {
        try {
          const found = check(value);
          return kind === 'sum' && typeof found === 'number' && !Number.isSafeInteger(found) ? undefined : slot.access!.copy(ownStrings(value), found);
        } catch {
          return undefined;
        }
      },
      add: specialise(addFieldKernel)(slot, merge, keyOf),
    };
  };
}

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
