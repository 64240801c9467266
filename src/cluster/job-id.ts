/**
 * Job ids: 32 hexadecimal digits, derived from the program run and the number of the `execute` in it, so that every
 * copy of the program arrives at the same one.
 */
import { createHash } from 'node:crypto';
import { type Random, randomHex } from '../core/random.js';

/** Names one run of a program. */
export function newRunId(random: Random): string {
  return randomHex(random, 32);
}

export function jobIdOf(runId: string, ordinal: number): string {
  return ordinal === 0 ? runId : createHash('md5').update(`${runId}/${ordinal}`).digest('hex');
}
