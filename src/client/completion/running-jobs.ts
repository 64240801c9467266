/**
 * The jobs that a person could mean, for completion: quick, and silent about whatever does not answer.
 */
import type { Clock } from '../../core/clock.js';
import { EVERY_CLUSTER, listJobs } from '../control/job-directory.js';

/** Somebody waits with a finger on the key. */
const PATIENCE_MS = 700;
const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

/** One line for each word that means a job: the word, a tab, and what it means. Ids first, then names that only one job has. */
export async function runningJobs(clock: Clock): Promise<string[]> {
  const { jobs } = await listJobs(clock, { ...EVERY_CLUSTER, timeoutMs: PATIENCE_MS });
  const live = jobs.map(({ overview }) => overview).filter(({ state }) => !TERMINAL.has(state));
  const unique = live.filter(({ name }) => live.filter((other) => other.name === name).length === 1 && !/[\n\t]/.test(name));
  return [...live.map(({ jid, name, state }) => `${jid}\t${name.replaceAll(/\s+/g, ' ')} (${state})`), ...unique.map(({ jid, name, state }) => `${name}\t${jid} (${state})`)];
}
