/**
 * Reads one field of a record and makes copies of records with that field replaced (Flink: `FieldAccessor`).
 *
 * The copying function is generated for the shape of the first record seen: a literal with all its fields. That is
 * as fast as code written by hand for the record, several times faster than a spread. Records of another shape are
 * copied field by field.
 *
 * Invariants:
 * - No record is ever changed, but by `assign`.
 * - A copy has the same fields in the same order and the same prototype.
 */
import { FlinkError } from '../core/errors.js';

export interface FieldAccess {
  /** The field's value. */
  readonly read: (record: unknown) => unknown;
  /** A copy of the record with another value in the field. */
  readonly replace: (record: unknown, field: unknown) => unknown;
  /** Whether `replace` was made for records like this one. */
  readonly fits: (record: unknown) => boolean;
  /** As `replace`, for records of any shape. */
  readonly replaceAny: (record: unknown, field: unknown) => unknown;
  /** Puts another value in the field of a copy that nobody else holds; answers the copy, or the value if it is all of the record. */
  readonly assign: (copy: unknown, field: unknown) => unknown;
}

/** A field's place: its index in a tuple, or its name, with dots for nested fields (`order.price`). */
export type FieldName = number | string;

const GENERATED_FIELDS_MAX = 64;

type Path = readonly (string | number)[];

/**
 * Access to a field of records like `sample`. Throws `INVALID_ARGUMENT` when the sample has no such field.
 * @param operator the API call, for the message (`sum`).
 */
export function fieldAccess(sample: unknown, field: FieldName, operator: string): FieldAccess {
  const path = pathTo(sample, field, operator);
  const generated = generate(sample, path);
  const replaceAny = (record: unknown, value: unknown): unknown => replaceAt(record, path, 0, value);
  return {
    read: generated.read,
    replace: generated.replace ?? replaceAny,
    fits: generated.replace ? (record) => sameShape(sample, record, path) : () => true,
    replaceAny,
    assign: generated.assign ?? ((copy, value) => assignAt(copy, path, value)),
  };
}

/** For records that are no objects, the field is the record itself. */
function pathTo(sample: unknown, field: FieldName, operator: string): Path {
  if (typeof sample !== 'object' || sample === null) {
    if (field === 0 || field === '*') return [];
    throw missing(sample, field, operator);
  }
  if (typeof field === 'number') return checked(sample, [field], field, operator);
  return checked(sample, field in sample ? [field] : field.split('.'), field, operator);
}

function checked(sample: object, path: Path, field: FieldName, operator: string): Path {
  const resolved: (string | number)[] = [];
  let container: unknown = sample;
  for (const name of path) {
    if (typeof container !== 'object' || container === null) throw missing(sample, field, operator);
    const member = memberName(container, name);
    if (!(member in container)) throw missing(sample, field, operator);
    resolved.push(member);
    container = (container as Record<string | number, unknown>)[member];
  }
  return resolved;
}

/** Tuples also know their fields as f0, f1, …, as in Flink. */
function memberName(container: object, name: string | number): string | number {
  if (!Array.isArray(container) || typeof name === 'number') return name;
  const index = /^f?(\d+)$/.exec(name);
  return index ? Number(index[1]) : name;
}

function missing(sample: unknown, field: FieldName, operator: string): FlinkError {
  const has = typeof sample === 'object' && sample !== null ? `it has ${Object.keys(sample).join(', ') || 'no fields'}` : `it is a ${typeof sample}`;
  return new FlinkError('INVALID_ARGUMENT', `${operator}(${JSON.stringify(field)}): the record has no such field; ${has}`, {
    hint: `Give ${operator} the name of a field, or the index in a tuple.`,
  });
}

interface Generated {
  readonly read: FieldAccess['read'];
  /** Missing when code generation is forbidden. */
  readonly assign?: FieldAccess['assign'];
  /** Missing when the shape cannot be generated. */
  readonly replace?: FieldAccess['replace'];
}

function generate(sample: unknown, path: Path): Generated {
  const access = path.map((name) => `[${JSON.stringify(name)}]`).join('');
  try {
    const read = new Function('record', `'use strict'; return record${access};`) as FieldAccess['read'];
    const assign = (path.length === 0 ? (_, value) => value : new Function('copy', 'value', `'use strict'; copy${access} = value; return copy;`)) as FieldAccess['assign'];
    const classes: object[] = [];
    const copy = copyExpression(sample, path, 0, 'record', classes);
    if (copy === undefined) return { read, assign };
    const parameters = classes.map((_, i) => `prototype${i}`);
    const body = `'use strict';\n${classes.map(copyConstructor).join('')}return function (record, field) { return ${copy}; };`;
    return { read, assign, replace: new Function(...parameters, body)(...classes.map((type) => Object.getPrototypeOf(type))) as FieldAccess['replace'] };
  } catch {
    // Code generation may be forbidden in this process.
    return { read: (record) => path.reduce((value, name) => (value as Record<string | number, unknown>)[name], record) };
  }
}

function copyExpression(sample: unknown, path: Path, depth: number, text: string, classes: object[]): string | undefined {
  if (depth === path.length) return 'field';
  const container = sample as Record<string | number, unknown>;
  const target = path[depth]!;
  const names = Object.keys(container);
  const length = Array.isArray(sample) ? sample.length : names.length;
  if (length > GENERATED_FIELDS_MAX || names.length !== length || !names.includes(String(target))) return undefined;
  const inner = copyExpression(container[target], path, depth + 1, `${text}[${JSON.stringify(target)}]`, classes);
  if (inner === undefined) return undefined;
  const values = names.map((name) => (name === String(target) ? inner : `${text}[${JSON.stringify(name)}]`));
  if (Array.isArray(sample)) return `[${values.join(', ')}]`;
  const prototype: unknown = Object.getPrototypeOf(container);
  if (prototype === null) return undefined;
  if (prototype === Object.prototype) return `{ ${names.map((name, i) => `[${JSON.stringify(name)}]: ${values[i]}`).join(', ')} }`;
  return `new Copy${classes.push(container) - 1}(${values.join(', ')})`;
}

/** Objects with the fields and the prototype of a class instance, made without its constructor. */
function copyConstructor(instance: object, index: number): string {
  const names = Object.keys(instance);
  const parameters = names.map((_, i) => `v${i}`).join(', ');
  const assignments = names.map((name, i) => `this[${JSON.stringify(name)}] = v${i};`).join(' ');
  return `function Copy${index}(${parameters}) { ${assignments} }\nCopy${index}.prototype = prototype${index};\n`;
}

function sameShape(sample: unknown, record: unknown, path: Path): boolean {
  let expected = sample;
  let found = record;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return false;
    if (Object.getPrototypeOf(found) !== Object.getPrototypeOf(expected)) return false;
    const names = Object.keys(expected as object);
    const others = Object.keys(found);
    if (names.length !== others.length || names.some((each, i) => each !== others[i])) return false;
    expected = (expected as Record<string | number, unknown>)[name];
    found = (found as Record<string | number, unknown>)[name];
  }
  return true;
}

function replaceAt(record: unknown, path: Path, depth: number, field: unknown): unknown {
  if (depth === path.length) return field;
  const name = path[depth]!;
  const container = record as Record<string | number, unknown>;
  const copy = (Array.isArray(record) ? record.slice() : Object.assign(Object.create(Object.getPrototypeOf(record) as object | null), record)) as Record<string | number, unknown>;
  copy[name] = replaceAt(container[name], path, depth + 1, field);
  return copy;
}

function assignAt(copy: unknown, path: Path, value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const container = path.slice(0, -1).reduce((inner, name) => (inner as Record<string | number, unknown>)[name], copy);
  (container as Record<string | number, unknown>)[last] = value;
  return copy;
}
