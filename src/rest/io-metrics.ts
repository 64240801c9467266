/**
 * What subtasks have read and written, in Flink's fields, and figures over several of them.
 */
import type { z } from 'zod/mini';
import type { SubtaskMetrics } from '../cluster/running-job.js';
import type { aggregated, ioMetrics } from './answers/common.js';
import { statusDurations } from './attempts.js';

type IoMetrics = z.input<ReturnType<typeof ioMetrics>>;

/** Their sum. */
export function ioMetricsOf(subtasks: readonly SubtaskMetrics[]): IoMetrics {
  const sum = (of: (subtask: SubtaskMetrics) => number): number => Math.round(subtasks.reduce((total, subtask) => total + of(subtask), 0));
  return {
    'read-bytes': sum(({ bytesIn }) => bytesIn), 'read-bytes-complete': true, 'write-bytes': sum(({ bytesOut }) => bytesOut), 'write-bytes-complete': true,
    'read-records': sum(({ recordsIn }) => recordsIn), 'read-records-complete': true, 'write-records': sum(({ recordsOut }) => recordsOut), 'write-records-complete': true,
    'accumulated-backpressured-time': sum(({ backPressuredMs }) => backPressuredMs), 'accumulated-idle-time': sum(({ idleMs }) => idleMs), 'accumulated-busy-time': sum(({ busyMs }) => busyMs),
  };
}

/** Statistics over subtasks, one by one. */
export function aggregatedOf(subtasks: readonly SubtaskMetrics[], now: number): z.input<ReturnType<typeof aggregated>> {
  const each = subtasks.map((subtask) => Object.entries(ioMetricsOf([subtask])).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  return { metrics: statisticsByName(each), 'status-duration': statisticsByName(subtasks.map((subtask) => Object.entries(statusDurations(subtask.timestamps, now)))) };
}

function statisticsByName(each: readonly (readonly [string, number])[][]): Record<string, ReturnType<typeof statisticsOf>> {
  const values = new Map<string, number[]>();
  for (const [name, value] of each.flat()) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries([...values].map(([name, all]) => [name, statisticsOf(all)]));
}

function statisticsOf(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const sum = sorted.reduce((total, value) => total + value, 0);
  return { min: sorted[0]!, max: sorted.at(-1)!, avg: Math.round(sum / sorted.length), sum, median: at(0.5), p25: at(0.25), p75: at(0.75), p95: at(0.95) };
}
