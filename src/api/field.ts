/**
 * Fields of records, as `keyBy('user.id')`, `sum('count')` and `minBy(1)` name them: a path of property names, or
 * the index of a tuple. Names and types are checked by the compiler.
 */
import { FlinkError } from '../core/errors.js';
import { badArgument } from './arguments.js';

/** What can be a key by itself. */
type KeyScalar = string | number | boolean | bigint | Date;
type NotAKey = ((...args: never[]) => unknown) | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | PromiseLike<unknown> | RegExp | ArrayBufferView;

/**
 * `K` when it can be a key, and something `K` is not when it cannot. Keys compare by value: strings, numbers,
 * booleans, bigints, Dates, and arrays (tuples) and plain objects of those. Never null or undefined.
 */
export type KeyOf<K> = K extends KeyScalar
  ? K
  : K extends NotAKey
    ? never
    : K extends object
      ? { [P in keyof K]: KeyOf<K[P]> }
      : never;

/** The bound of a key's type: `K extends Key<K>` refuses what cannot be a key. */
export type Key<K> = KeyScalar | ({ [P in keyof K]: KeyOf<K[P]> } & object);

/** Whether every case of `V` is one of `Wanted`; never for null and undefined. */
type Fits<V, Wanted> = [V] extends [Wanted] ? true : false;

/** Types whose properties are not fields. */
type Opaque = KeyScalar | NotAKey | symbol | null | undefined;

type Levels = [never, 0, 1, 2, 3];

/** Paths (up to four levels) and tuple indexes of the fields of `T` whose type is one of `Wanted`. */
export type FieldOf<T, Wanted = KeyScalar> = 0 extends 1 & T
  ? string | number
  : T extends readonly unknown[]
    ? TupleIndexOf<T, Wanted>
    : T extends object
      ? PathOf<T, Wanted, 4>
      : never;

type TupleIndexOf<T extends readonly unknown[], Wanted> = number extends T['length']
  ? Fits<T[number], Wanted> extends true ? number : never
  : { [I in keyof T]: I extends `${infer N extends number}` ? (Fits<T[I], Wanted> extends true ? N : never) : never }[number];

type PathOf<T, Wanted, Level extends number> = [Level] extends [0]
  ? never
  : { [P in keyof T & string]-?: 0 extends 1 & T[P] ? P : Fits<T[P], Wanted> extends true ? P : Below<P, T[P], Wanted, Level> }[keyof T & string];

type Below<P extends string, V, Wanted, Level extends number> = [Extract<V, null | undefined>] extends [never] ? (V extends Opaque | readonly unknown[] ? never : `${P}.${PathOf<V, Wanted, Levels[Level] & number>}`) : never;

/** The type of one field. */
export type FieldValue<T, F> = 0 extends 1 & T
  ? T
  : F extends number
    ? T extends readonly unknown[] ? T[F] : never
    : F extends keyof T
      ? T[F]
      : F extends `${infer Head}.${infer Rest}`
        ? Head extends keyof T ? FieldValue<T[Head], Rest> : never
        : never;

/** Fields that an aggregation of `Wanted` values takes; 0 stands for a record that is such a value itself. */
export type AggregateField<T, Wanted> = 0 extends 1 & T ? string | number : [T] extends [Wanted] ? 0 : FieldOf<T, Wanted>;

/** A field as it is named at run time. */
export type Field = string | number;

/** Checks the name of a field; `call` is what the author wrote. */
export function fieldArgument(call: string, field: unknown): Field {
  if (typeof field === 'number' && Number.isInteger(field) && field >= 0) return field;
  if (typeof field === 'string' && field.split('.').every((name) => name !== '')) return field;
  throw badArgument(call, 'the name of a field ("word", "user.id") or the index of a tuple', field);
}

/**
 * A function that reads one field: code of its own, so that reading it stays monomorphic and fast. It throws `INVALID_ARGUMENT`
 * for a record that has no such field; tuples know theirs as f0, f1, …, too, as in Flink.
 */
export function fieldSelector(field: Field, call = 'keyBy'): (value: never) => unknown {
  const path = typeof field === 'number' ? `[${field}]` : field.split('.').map((name) => `[${JSON.stringify(name)}]`).join('');
  // oxlint-disable-next-line no-new-func -- the path is quoted; nothing of it is read as code
  const make = new Function('lookAgain', `return (value) => { const found = value${path}; return found === undefined ? lookAgain(value) : found; };`) as (again: (value: unknown) => unknown) => (value: never) => unknown;
  return make((value) => absentField(value, field, call));
}

function absentField(value: unknown, field: Field, call: string): unknown {
  const index = Array.isArray(value) ? /^f(\d+)$/.exec(String(field))?.[1] : undefined;
  if (index !== undefined && Number(index) < (value as unknown[]).length) return (value as unknown[])[Number(index)];
  const first = String(field).split('.', 1).join();
  const isRecord = typeof value === 'object' && value !== null;
  // A field that is there and holds nothing is a matter of keys.
  if (isRecord && first in value) return undefined;
  const has = isRecord ? `it has ${Object.keys(value).join(', ') || 'no fields'}` : `it is a ${typeof value}`;
  throw new FlinkError('INVALID_ARGUMENT', `${call}(${JSON.stringify(field)}): the record has no such field; ${has}`, { hint: `Give ${call} the name of a field, the index in a tuple, or a function.` });
}

/** A function that reads several fields as a tuple. */
export function fieldsSelector(fields: readonly Field[], call?: string): (value: never) => unknown {
  const selectors = fields.map((field) => fieldSelector(field, call));
  return (value) => selectors.map((select) => select(value));
}
