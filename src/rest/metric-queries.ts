/**
 * What requests for metrics may ask, and how metrics of several subtasks or jobs become one figure.
 */
import * as z from 'zod/mini';
import type { MetricValue } from '../cluster/running-job.js';
import type { aggregatedMetrics, metricValues } from './answers/metric-answers.js';
import { type Metrics, metricText } from './job-metrics.js';
import { list, someOf } from './query-texts.js';
import { RestError } from './rest-error.js';

/** `get=numRecordsIn,numRecordsOut`; without it only the names are answered. */
export const metricQuery = () => z.object({ get: z.optional(list()) });

export const AGGREGATIONS = ['min', 'max', 'avg', 'sum', 'skew'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

const figures = () => ({ get: z.optional(list()), agg: z.optional(someOf(AGGREGATIONS)) });

export const subtasksMetricQuery = () => z.object({ ...figures(), subtasks: z.optional(z.string()) });
export const jobsMetricQuery = () => z.object({ ...figures(), jobs: z.optional(list()) });
export const taskManagersMetricQuery = () => z.object({ ...figures(), taskmanagers: z.optional(list()) });

/** Those asked for; names nobody has are left out. */
export function chosen(metrics: Metrics, get: readonly string[] | undefined): z.input<ReturnType<typeof metricValues>> {
  if (!get) return [...metrics.keys()].map((id) => ({ id }));
  return get.flatMap((id) => {
    const value = metrics.get(id);
    return value === undefined ? [] : [{ id, value: metricText(value) }];
  });
}

export function aggregate(all: readonly Metrics[], get: readonly string[] | undefined, agg: readonly Aggregation[] = AGGREGATIONS): z.input<ReturnType<typeof aggregatedMetrics>> {
  if (!get) return [...new Set(all.flatMap((metrics) => [...metrics.keys()]))].map((id) => ({ id }));
  return get.flatMap((id) => {
    const values = all.map((metrics) => metrics.get(id)).filter((value): value is MetricValue => value !== undefined).map(Number).filter((value) => Number.isFinite(value));
    return values.length === 0 ? [] : [{ id, ...Object.fromEntries(agg.map((name) => [name, FIGURES[name](values)])) }];
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]): number => sum(values) / values.length;

const FIGURES: Readonly<Record<Aggregation, (values: readonly number[]) => number>> = {
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  avg: average,
  sum,
  // How far the values are from their average, in per cent of it.
  skew(values) {
    const middle = average(values);
    return middle === 0 ? 0 : Math.min(100, (average(values.map((value) => Math.abs(value - middle))) / middle) * 100);
  },
};

/** `1,3,5-9` */
export function subtaskNumbers(text: string | undefined): ((subtask: number) => boolean) {
  if (text === undefined || text.trim() === '') return () => true;
  const ranges = text.split(',').map((part) => {
    const [, from, to = from] = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) throw new RestError(400, `Bad request: subtasks: expected numbers and ranges such as 1,3,5-9; "${text}" came.`);
    return [Number(from), Number(to)] as const;
  });
  return (subtask) => ranges.some(([from, to]) => from <= subtask && subtask <= to);
}
