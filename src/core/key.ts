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
  return NUL + encode(key, key, 0);
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
 * never share an encoding however they are nested. `root` is the whole key, for the message when it is refused.
 */
function encode(value: unknown, root: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      return `n${value + 0};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value};`;
    default:
      if (Array.isArray(value) && depth <= DEPTH_MAX) return encodeArray(value, root, depth);
      if (objection(value, depth)) throw refusal(root);
      if (value instanceof Date) return `d${value.getTime()};`;
      return encodeObject(value as Readonly<Record<string, unknown>>, root, depth);
  }
}

function encodeArray(items: readonly unknown[], root: unknown, depth: number): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    text += typeof item === 'string' ? `s${item.length}:${item}` : encode(item, root, depth + 1);
  }
  return text + ']';
}

function encodeObject(value: Readonly<Record<string, unknown>>, root: unknown, depth: number): string {
  const { order, labels } = shapeOf(value);
  let text = '{';
  for (let i = 0; i < order.length; i++) {
    const item = value[order[i] as string];
    const label = labels[i] as string;
    text += typeof item === 'string' ? `${label}s${item.length}:${item}` : label + encode(item, root, depth + 1);
  }
  return text + '}';
}

/** The property names of a kind of object, with what depends on them alone. */
interface Shape {
  readonly names: readonly string[];
  /** The names in the order in which they are encoded. */
  readonly order: readonly string[];
  /** The encoded names, in that order. */
  readonly labels: readonly string[];
}

/** A key selector makes objects of one shape: the last one seen is nearly always the next one. */
let lastShape: Shape = { names: [], order: [], labels: [] };

function shapeOf(value: object): Shape {
  const names = Object.keys(value);
  const { names: known } = lastShape;
  let isKnown = names.length === known.length;
  for (let i = 0; isKnown && i < names.length; i++) isKnown = names[i] === known[i];
  if (isKnown) return lastShape;
  const order = names.toSorted();
  lastShape = { names, order, labels: order.map((name) => `${name.length}:${name}`) };
  return lastShape;
}

/** Why a value cannot be (part of) a key, looking at itself alone; empty when it can. */
function objection(value: unknown, depth: number): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value !== 'object' || (Array.isArray(value) && depth <= DEPTH_MAX)) return '';
  if (depth > DEPTH_MAX) return `more than ${DEPTH_MAX} levels of nesting (a circle?)`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : '';
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm are plain when their prototype ends the chain, too.
  if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) return '';
  return `an instance of ${value.constructor?.name || 'a class'}`;
}

/** Walks the key again to say where in it the first objection is: paths cost too much to carry for every record. */
function refusal(root: unknown): FlinkError {
  const { what, path } = firstObjection(root, '', 0) ?? { what: 'something else', path: '' };
  const where = path === '' ? '' : ` at key${path}`;
  return new FlinkError('KEY_INVALID', `expected a key by value (string, number, boolean, bigint, Date, array or plain object), got ${what}${where}`);
}

function firstObjection(value: unknown, path: string, depth: number): { what: string; path: string } | undefined {
  const what = objection(value, depth);
  if (what !== '') return { what, path: depth > DEPTH_MAX ? '' : path };
  if (typeof value !== 'object' || value === null || value instanceof Date) return undefined;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const found = firstObjection(item, `${path}[${i}]`, depth + 1);
      if (found) return found;
    }
    return undefined;
  }
  for (const [name, item] of Object.entries(value)) {
    const found = firstObjection(item, `${path}.${name}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}
