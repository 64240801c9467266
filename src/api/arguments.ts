/**
 * Checks of what a job's author hands to the API. Every error is `INVALID_ARGUMENT` and opens with the call.
 */
import { FlinkError } from '../core/errors.js';
import { MAX_PARALLELISM_LIMIT } from '../core/key-group.js';
import { type DurationLike, formatDuration, toMillis } from '../core/time.js';

const UID_HASH = /^[0-9a-f]{32}$/;

/** An error about an argument: `call` expects something, `got` came. */
export function badArgument(call: string, expected: string, got: unknown, hint?: string): FlinkError {
  return new FlinkError('INVALID_ARGUMENT', `${call} expects ${expected}; got ${describeArgument(got)}`, hint === undefined ? {} : { hint });
}

export function wholeNumber(call: string, value: unknown, min: number, max: number, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw badArgument(call, `${what}: a whole number ${max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`}`, value);
  }
  return value;
}

export function parallelismArgument(call: string, value: unknown): number {
  return wholeNumber(call, value, 1, MAX_PARALLELISM_LIMIT, 'a parallelism');
}

/** Text with at least one character that is not white space. */
export function nameArgument(call: string, value: unknown, what = 'a name'): string {
  if (typeof value !== 'string' || value.trim() === '') throw badArgument(call, `${what} that is not empty`, value);
  return value;
}

export function uidHashArgument(call: string, value: unknown): string {
  const hash = typeof value === 'string' ? value.toLowerCase() : '';
  if (!UID_HASH.test(hash)) throw badArgument(call, '32 hexadecimal digits', value);
  return hash;
}

/** Milliseconds, at least `minMs`. */
export function durationArgument(call: string, value: DurationLike, minMs: number): number {
  let ms: number;
  try {
    ms = toMillis(value);
  } catch (cause) {
    throw new FlinkError('INVALID_ARGUMENT', `${call} expects a duration; got ${describeArgument(value)}`, {
      cause,
      hint: 'Write milliseconds, Duration.ofSeconds(5), Time.seconds(5) or "5 s".',
    });
  }
  if (ms < minMs) throw badArgument(call, `a duration of at least ${formatDuration(minMs)}`, value);
  return ms;
}

/** A value as an error message shows it, shortened. */
export function describeArgument(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no members'}` : `an instance of ${name}`;
}

const SHOWN_MAX = 60;

function shortened(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX - 1)}…`;
}
