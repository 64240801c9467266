/**
 * Copies of strings that state is about to keep.
 *
 * V8 makes a substring of 13 or more characters a view that keeps its whole parent alive: 500 words cut from
 * blocks of a file held 527 MB. So strings are copied when, and only when, a new key enters state; that costs
 * 60-100 ns a string, once a key.
 */

const VIEW_LENGTH_MIN = 13;
const DEPTH_MAX = 4;

/** The same text, not a view into a larger one. */
export function ownString(text: string): string {
  return text.length < VIEW_LENGTH_MIN ? text : ` ${text}`.slice(1);
}

/**
 * The value with every long string in it copied. Plain objects and arrays that hold such strings are copied too,
 * never changed; instances of classes and deeper levels than a few are kept as they are.
 */
export function ownStrings<T>(value: T): T {
  return owned(value, 0) as T;
}

function owned(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return ownString(value);
  if (typeof value !== 'object' || value === null || depth === DEPTH_MAX) return value;
  if (Array.isArray(value)) return ownedArray(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? ownedObject(value as Record<string, unknown>, depth) : value;
}

function ownedArray(values: readonly unknown[], depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const kept = owned(values[i], depth + 1);
    if (needsCopy(values[i], kept)) (copy ??= values.slice())[i] = kept;
  }
  return copy ?? values;
}

function ownedObject(value: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const kept = owned(value[name], depth + 1);
    if (needsCopy(value[name], kept)) (copy ??= { ...value })[name] = kept;
  }
  return copy ?? value;
}

/** A copied string is equal to its original, so equality cannot tell. */
function needsCopy(value: unknown, kept: unknown): boolean {
  return typeof value === 'string' ? value.length >= VIEW_LENGTH_MIN : value !== kept;
}
