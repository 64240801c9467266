/**
 * Key groups: the unit in which keyed state is spread over subtasks and moved when a job is rescaled.
 *
 * Invariants:
 * - Partitioning a keyed stream and laying out keyed state use these same functions.
 * - For every parallelism p <= max, `subtaskOfKeyGroup(g) === i` exactly when g lies in `keyGroupRange(i)`.
 */
import { murmurMix32 } from './murmur.js';

/** The most subtasks, and so key groups, an operator can have (Flink's upper bound). */
export const MAX_PARALLELISM_LIMIT = 32768;
const DEFAULT_MAX_PARALLELISM_MIN = 128;

/** A run of key groups, both ends inclusive. */
export interface KeyGroupRange {
  readonly start: number;
  readonly end: number;
}

/** The key group of a key whose hash is `hash` (`hashKey`); Flink's `KeyGroupRangeAssignment.computeKeyGroupForKeyHash`. */
export function keyGroupOf(hash: number, maxParallelism: number): number {
  return murmurMix32(hash) % maxParallelism;
}

/** The subtask that owns a key group. */
export function subtaskOfKeyGroup(group: number, maxParallelism: number, parallelism: number): number {
  return ((group * parallelism) / maxParallelism) | 0;
}

/** The key groups that a subtask owns; never empty while parallelism <= maxParallelism. */
export function keyGroupRange(subtask: number, maxParallelism: number, parallelism: number): KeyGroupRange {
  return {
    start: Math.ceil((subtask * maxParallelism) / parallelism),
    end: Math.floor(((subtask + 1) * maxParallelism - 1) / parallelism),
  };
}

/** The maximum parallelism of an operator for which nobody set one: room to grow by half, at least 128. */
export function defaultMaxParallelism(parallelism: number): number {
  const wanted = parallelism + Math.floor(parallelism / 2);
  const power = 2 ** Math.ceil(Math.log2(wanted));
  return Math.min(Math.max(power, DEFAULT_MAX_PARALLELISM_MIN), MAX_PARALLELISM_LIMIT);
}
