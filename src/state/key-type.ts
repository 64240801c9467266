/**
 * What kind of value the keys of an operator are, as snapshots say it: `string`, `number`, `Date`, `array`, `object` …
 */
import { FlinkError } from '../core/errors.js';

/** Before the first key. */
export const NO_KEYS = 'none';
/** Keys of more than one kind. */
export const MIXED_KEYS = 'mixed';

export function keyTypeOf(key: unknown): string {
  if (typeof key !== 'object') return typeof key;
  return key instanceof Date ? 'Date' : Array.isArray(key) ? 'array' : 'object';
}

/** Throws `STATE_INCOMPATIBLE` when a program's first key is of another kind than those that its snapshot has. */
export function checkKeyType(operator: string, was: string, key: unknown): void {
  const is = keyTypeOf(key);
  if (was === is || was === NO_KEYS || was === MIXED_KEYS) return;
  throw new FlinkError('STATE_INCOMPATIBLE', `the keys of the operator "${operator}" were of the type ${was} in the snapshot and are of the type ${is} in the program`, {
    hint: 'Key the stream as before, or give the operator another uid: its state cannot be found under other keys.',
    place: { operator },
  });
}
