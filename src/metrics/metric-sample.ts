/**
 * The metrics of a cluster at one moment, as data: what reporters send, and what the processes of a session cluster tell
 * each other.
 */
import * as z from 'zod/mini';
import { type Distribution, QUANTILES } from '../core/distribution.js';

/** What a metric is about, by the ends of Flink's keys `metrics.scope.…`. */
export const METRIC_SCOPES = ['jm', 'jm-job', 'tm', 'tm-job', 'task', 'operator', 'jm-operator'] as const;
export type MetricScope = (typeof METRIC_SCOPES)[number];

/** As Flink's reporters with labels name them, parts of the name. */
export const LOGICAL_SCOPES: Readonly<Record<MetricScope, readonly string[]>> = {
  jm: ['jobmanager'],
  'jm-job': ['jobmanager', 'job'],
  tm: ['taskmanager'],
  'tm-job': ['taskmanager', 'job'],
  task: ['taskmanager', 'job', 'task'],
  operator: ['taskmanager', 'job', 'task', 'operator'],
  'jm-operator': ['jobmanager', 'job', 'operator'],
};

const amount = () => z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

/** Of several processes; user code runs in some of them, so nothing of it is taken unread. */
export const scopedMetrics = () =>
  z.array(z.object({
    scope: z.enum(METRIC_SCOPES),
    variables: z.record(z.string(), z.string()),
    metrics: z.array(z.object({
      name: z.string(),
      groups: z.array(z.string()),
      values: z.record(z.string(), z.string()),
      kind: z.enum(['counter', 'gauge', 'meter', 'histogram']),
      value: z.optional(z.union([amount(), z.string(), z.boolean()])),
      count: z.optional(amount()),
      distribution: z.optional(z.object({ count: amount(), min: amount(), max: amount(), mean: amount(), stddev: amount(), quantiles: z.array(amount()) })),
    })),
  }));

/** All metrics of one thing. */
export interface ScopedMetrics {
  readonly scope: MetricScope;
  /** What it is: `job_name`, `subtask_index` … */
  readonly variables: Readonly<Record<string, string>>;
  readonly metrics: readonly MetricSample[];
}

export interface MetricSample {
  /** Without groups. */
  readonly name: string;
  /** Groups that it is in, outermost first; of those that stand for a value, the key. */
  readonly groups: readonly string[];
  /** The values of these, by key. */
  readonly values: Readonly<Record<string, string>>;
  readonly kind: 'counter' | 'gauge' | 'meter' | 'histogram';
  /** Of all but histograms; of a meter, events per second. */
  readonly value?: number | string | boolean | undefined;
  /** Of a meter: how many events there have been. */
  readonly count?: number | undefined;
  readonly distribution?: Distribution | undefined;
}

/** The quantiles of a distribution, in order. */
export const QUANTILES_TOLD = Object.values(QUANTILES);

/** JSON has no such numbers. */
export function metricsAsJson(all: readonly ScopedMetrics[]): unknown {
  return JSON.parse(JSON.stringify(all, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)));
}

/** What another process has said. Throws when it is no such thing. */
export function metricsFromJson(json: unknown): ScopedMetrics[] {
  const number = (told: number | string): number => Number(told);
  return scopedMetrics().parse(json).map(({ scope, variables, metrics }) => ({
    scope, variables,
    metrics: metrics.map(({ value, count, distribution, ...rest }) => ({
      ...rest,
      ...(count === undefined ? {} : { count: number(count) }),
      ...(value === undefined ? {} : { value: NOT_FINITE.has(value) ? Number(value) : value }),
      ...(distribution ? { distribution: { ...distribution, count: number(distribution.count), min: number(distribution.min), max: number(distribution.max), mean: number(distribution.mean), stddev: number(distribution.stddev), quantiles: distribution.quantiles.map(number) } } : {}),
    })),
  }));
}

const NOT_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity']);
