/**
 * Of which type the keys of an operator are, as snapshots say it: `string`, `number`, `Date`, `[string, number]`,
 * `{ country: string, id: number }` …
 *
 * Invariant: the order of an object's properties makes no difference, for it makes none to a key.
 */
import { FlinkError } from '../core/errors.js';

/** Before the first key. */
export const NO_KEYS = 'none';
/** Keys of more than one kind. */
export const MIXED_KEYS = 'mixed';
/** Arrays, and objects, of more than one form. */
const ANY_ARRAY = 'array';
const ANY_OBJECT = 'object';

/** Longer arrays are no tuples. */
const TUPLE_MAX = 8;
const TEXT_MAX = 200;
const PLAIN_NAME = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

export function keyTypeOf(key: unknown): string {
  if (typeof key !== 'object' || key === null) return typeof key;
  if (key instanceof Date) return 'Date';
  if (Array.isArray(key)) return key.length > TUPLE_MAX ? ANY_ARRAY : short(`[${key.map(keyTypeOf).join(', ')}]`, ANY_ARRAY);
  const fields = Object.entries(key).map(([name, value]) => `${PLAIN_NAME.test(name) ? name : JSON.stringify(name)}: ${keyTypeOf(value)}`);
  return short(fields.length === 0 ? '{}' : `{ ${fields.toSorted().join(', ')} }`, ANY_OBJECT);
}

function short(text: string, otherwise: string): string {
  return text.length > TEXT_MAX ? otherwise : text;
}

/** The type of keys some of which are of the one and some of the other. */
export function widerKeyType(one: string, other: string): string {
  if (one === other || other === NO_KEYS) return one;
  if (one === NO_KEYS) return other;
  if (isArray(one) && isArray(other)) return ANY_ARRAY;
  return isObject(one) && isObject(other) ? ANY_OBJECT : MIXED_KEYS;
}

/** Whether a key of the type `is` may be one of those that were of the type `was`. */
function fits(was: string, is: string): boolean {
  return was === is || was === NO_KEYS || was === MIXED_KEYS || (was === ANY_ARRAY && isArray(is)) || (was === ANY_OBJECT && isObject(is));
}

function isArray(type: string): boolean {
  return type === ANY_ARRAY || type.startsWith('[');
}

function isObject(type: string): boolean {
  return type === ANY_OBJECT || type.startsWith('{');
}

/** Looks at each key of an operator, and says of which type they all are. */
export class SeenKeys {
  /** The last that `type` was made from: nearly all others have its form. */
  private last: unknown;

  constructor(public type: string) {}

  note(key: unknown): void {
    const { type } = this;
    if (type === MIXED_KEYS || (typeof key === 'object' ? this.isKnown(key) : type === typeof key)) return;
    this.type = widerKeyType(type, keyTypeOf(key));
    this.last = key;
  }

  private isKnown(key: unknown): boolean {
    if (this.type === ANY_ARRAY && Array.isArray(key)) return true;
    if (this.type === ANY_OBJECT && !Array.isArray(key) && !(key instanceof Date)) return true;
    return this.last !== undefined && alike(this.last, key);
  }
}

/** Whether two keys have the same form, whatever is in it. */
function alike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return typeof one === typeof other;
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, at) => alike(item, other[at]));
  if (Array.isArray(other) || one instanceof Date || other instanceof Date) return one instanceof Date && other instanceof Date;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  for (const name of names) if (!(name in other) || !alike((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name])) return false;
  return true;
}

/** Whose keys they are, for errors. */
export interface KeyOwner {
  readonly operator: string;
  readonly uid?: string | undefined;
  /** Names of what it keeps by key. */
  readonly states: readonly string[];
}

/** Throws `STATE_INCOMPATIBLE` when a program's first key is of another type than those that its snapshot has. */
export function checkKeyType({ operator, uid, states }: KeyOwner, was: string, key: unknown): void {
  const is = keyTypeOf(key);
  if (fits(was, is)) return;
  const whose = `the operator "${operator}"${uid === undefined ? '' : ` (uid "${uid}")`}`;
  const kept = states.length === 0 ? '' : `, so that what it keeps by key (${states.map((name) => `"${name}"`).join(', ')}) would not be found`;
  throw new FlinkError('STATE_INCOMPATIBLE', `the keys of ${whose} were of the type ${was} in the snapshot and are of the type ${is} in the program${kept}`, {
    hint: 'Key the stream as before, or give the operator another uid. To go on all the same, with keys of both types, pass -n (--allowNonRestoredState).',
    place: { operator },
  });
}
