/**
 * How tasks and TaskManagers are called on the wire.
 */
import { pid } from 'node:process';
import type { PastAttempt, VertexSnapshot } from '../cluster/running-job.js';

/** All TaskManagers are threads of one process. */
export const HOST = 'localhost';

/** Where a TaskManager is, as Flink writes it. */
export const ENDPOINT = `${HOST}:${pid}`;

/** Unlike that of any other process of this machine. */
export function taskManagerId(index: number): string {
  return `${ENDPOINT}-${index}`;
}

/** The TaskManager that has this id; undefined: it is none of this process. */
export function taskManagerIndex(id: string): number | undefined {
  const [, index] = new RegExp(`^${ENDPOINT}-(\\d+)$`).exec(id) ?? [];
  return index === undefined ? undefined : Number(index);
}

/** `Map (1/2) - execution #0` */
export function taskName(name: string, parallelism: number, { subtask, attempt }: Pick<PastAttempt, 'subtask' | 'attempt'>): string {
  return `${name} (${subtask + 1}/${parallelism}) - execution #${attempt}`;
}

/** Flink lets none of these into names of metrics. */
export function metricName(name: string): string {
  return name.replaceAll(/[ .:,]/g, '_');
}

/** Its slowest subtask's state says how a vertex stands; when it began and ended, in epoch milliseconds, -1 for not yet. */
export function timesOf({ subtasks }: Pick<VertexSnapshot, 'subtasks'>, now: number): { 'start-time': number; 'end-time': number; duration: number } {
  const begun = subtasks.flatMap(({ timestamps }) => timestamps.DEPLOYING ?? []);
  const ended = subtasks.flatMap(({ timestamps }) => timestamps.FINISHED ?? timestamps.CANCELED ?? timestamps.FAILED ?? []);
  const start = begun.length === 0 ? -1 : Math.min(...begun);
  const end = ended.length === subtasks.length && start >= 0 ? Math.max(...ended) : -1;
  return { 'start-time': start, 'end-time': end, duration: start < 0 ? -1 : (end < 0 ? now : end) - start };
}
