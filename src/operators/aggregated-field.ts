/**
 * What aggregations of one field share, whoever keeps their results: access to the field, which is made when the first
 * record comes, the values that are refused, and the order of values.
 *
 * Invariant: values compare as in Java: NaN is larger than every number.
 */
import { FlinkError } from '../core/errors.js';
import { fieldAccess } from './field-access.js';
import type { FieldAccess, FieldName } from './field-access.js';
import type { Specialise } from './operator.js';
import { guardedUserFunction } from './specialise.js';

export type FieldAggregateKind = 'sum' | 'min' | 'max' | 'minBy' | 'maxBy';

/** Access is known when the first record has been seen. */
export interface AccessSlot {
  access: AggregateAccess | undefined;
}

/** `replace` is what the kernels call: it makes a copy, or changes the key's own one. */
export interface AggregateAccess extends FieldAccess {
  readonly copy: FieldAccess['replace'];
}

function aggregateAccess(access: FieldAccess, inPlace: boolean): AggregateAccess {
  return { ...access, copy: access.replace, replace: inPlace ? access.assign : access.replace };
}

export type Refuse = (value: unknown, found: unknown) => never;
export function refusal(kind: FieldAggregateKind, field: FieldName, specialise: Specialise): Refuse {
  return guardedUserFunction(specialise, (value: unknown, found: unknown): never => {
    throw wrongType(kind, field, value, found);
  });
}

/** Looks at the first record of each key: answers its field, or refuses it. */
export function firstCheck<T>(kind: FieldAggregateKind, field: FieldName, slot: AccessSlot, inPlace: boolean, refuse: Refuse): (value: T) => unknown {
  return (value) => {
    const access = (slot.access ??= aggregateAccess(fieldAccess(value, field, kind), inPlace));
    const found = access.read(value);
    if (!isAggregable(kind, found)) refuse(value, found);
    // One record of another shape, and from then on every record is copied the careful way.
    if (access.copy !== access.replaceAny && !access.fits(value)) slot.access = aggregateAccess({ ...access, replace: access.replaceAny }, inPlace);
    return found;
  };
}

/** Whether `a` is more extreme than `b`. */
export function precedesKernel(larger: boolean): (a: unknown, b: unknown) => boolean {
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
