/**
 * Keys by value: every key becomes a primitive that a Map finds again, and a hash code that is Java's where Java
 * has the same kind of value, so that keys land in the key groups where Flink puts them.
 *
 * Invariants:
 * - Two keys give the same primitive exactly when they are equal by value (`[1, 'a']` and another `[1, 'a']`;
 *   never `1` and `'1'`). Property order in objects does not matter.
 * - Numbers: -0 is 0, and NaN is one key.
 * - A composite key is a string starting with NUL; a user's string that starts with NUL is escaped, so the two
 *   never meet. All other strings are themselves.
 *
 * Both functions run once a record: the common kinds are tested first and allocate nothing.
 */
import { FlinkError } from './errors.js';

export type PrimitiveKey = string | number | boolean | bigint;

const NUL = '\u0000';
const DEPTH_MAX = 64;
const INT32_RANGE = 2 ** 32;
const TRUE_HASH = 1231;
const FALSE_HASH = 1237;

const doubleBits = new Float64Array(1);
const doubleHalves = new Int32Array(doubleBits.buffer);

/**
 * The primitive that stands for `key` in maps and state tables.
 *
 * @throws FlinkError KEY_INVALID for null, undefined, functions, symbols, invalid dates and instances of classes
 * (other than Date), also inside arrays and objects; the message says where in the key.
 */
export function toPrimitiveKey(key: unknown): PrimitiveKey {
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? `${NUL}s${key}` : key;
  if (typeof key === 'number') return key + 0; // turns -0 into 0
  if (typeof key === 'boolean' || typeof key === 'bigint') return key;
  return NUL + encode(key, '', 0);
}

/** The hash code of a key: a 32-bit integer, Java's `hashCode` of the same value. */
export function hashKey(key: PrimitiveKey): number {
  if (typeof key === 'string') return hashString(key);
  if (typeof key === 'number') return (key | 0) === key ? key | 0 : hashWideNumber(key);
  if (typeof key === 'boolean') return key ? TRUE_HASH : FALSE_HASH;
  return hashBigInt(key);
}

function hashString(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Integers beyond 32 bits hash like a Java long, everything else like a double. */
function hashWideNumber(value: number): number {
  if (Number.isSafeInteger(value)) return (value | 0) ^ Math.floor(value / INT32_RANGE);
  doubleBits[0] = value;
  if (value !== value) return 0x7ff80000; // whichever NaN it is, Java hashes the canonical one
  return (doubleHalves[0] ?? 0) ^ (doubleHalves[1] ?? 0);
}

/** Like a Java long within 64 bits; wider values fold in their further words. */
function hashBigInt(value: bigint): number {
  let rest = value;
  let hash = 0;
  do {
    hash ^= Number(BigInt.asIntN(32, rest)) ^ Number(BigInt.asIntN(32, rest >> 32n));
    rest >>= 64n;
  } while (rest !== 0n && rest !== -1n);
  return hash;
}

/**
 * A prefix code: every value says its kind first and ends where its own syntax says, so two different values
 * never share an encoding however they are nested.
 */
function encode(value: unknown, path: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return `n${value + 0};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value};`;
    case 'object':
      if (value === null) throw invalidKey('null', path);
      if (depth > DEPTH_MAX) throw invalidKey(`more than ${DEPTH_MAX} levels of nesting (a cycle?)`, path);
      if (Array.isArray(value)) return encodeArray(value, path, depth);
      if (value instanceof Date) return encodeDate(value, path);
      return encodeObject(value, path, depth);
    default:
      throw invalidKey(value === undefined ? 'undefined' : `a ${typeof value}`, path);
  }
}

function encodeString(text: string): string {
  return `s${text.length}:${text}`;
}

function encodeArray(items: readonly unknown[], path: string, depth: number): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += encode(items[i], `${path}[${i}]`, depth + 1);
  return text + ']';
}

function encodeDate(date: Date, path: string): string {
  const time = date.getTime();
  if (Number.isNaN(time)) throw invalidKey('an invalid Date', path);
  return `d${time};`;
}

function encodeObject(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw invalidKey(`an instance of ${value.constructor?.name || 'a class'}`, path);
  }
  const properties = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of sortedNames(value)) text += encodeString(name) + encode(properties[name], `${path}.${name}`, depth + 1);
  return text + '}';
}

/** Most key selectors write their properties in the same order each time, often sorted: look before sorting. */
function sortedNames(value: object): string[] {
  const names = Object.keys(value);
  for (let i = 1; i < names.length; i++) {
    if ((names[i - 1] ?? '') > (names[i] ?? '')) return names.sort();
  }
  return names;
}

function invalidKey(got: string, path: string): FlinkError {
  const where = path === '' ? '' : ` at key${path}`;
  return new FlinkError('KEY_INVALID', `expected a key by value (string, number, boolean, bigint, Date, array or plain object), got ${got}${where}`);
}
