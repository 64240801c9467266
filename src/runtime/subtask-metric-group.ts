/**
 * The metrics of one operator in one subtask, by full name: the names of groups and metric, joined by dots.
 *
 * Invariant: a name stands for one metric. A counter that is asked for again is the same one; whatever else is registered
 * under the name takes its place.
 */
import type { Counter, Gauge, Meter, MetricGroup, MetricHistogram } from '../operators/metric-group.js';
import { DescriptiveStatisticsHistogram } from '../operators/metrics/descriptive-statistics-histogram.js';
import { MeterView } from '../operators/metrics/meter-view.js';
import { SimpleCounter } from '../operators/metrics/simple-counter.js';
import type { MetricViews } from './metric-views.js';

export type Metric =
  | { readonly kind: 'counter'; readonly metric: Counter }
  | { readonly kind: 'gauge'; readonly metric: Gauge | (() => unknown) }
  | { readonly kind: 'meter'; readonly metric: Meter }
  | { readonly kind: 'histogram'; readonly metric: MetricHistogram };

/** Which groups a metric is in. */
export interface GroupPath {
  /** Names of groups, and keys of those that stand for a value. */
  readonly names: readonly string[];
  /** The values, by key. */
  readonly values: Readonly<Record<string, string>>;
}

export type RegisteredMetric = Metric & { readonly name: string; readonly path: GroupPath };

const TOP: GroupPath = { names: [], values: {} };

export interface MetricGroupHost {
  /** Of the operator, by Flink's names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Who is told that time passes. Absent: nobody is. */
  readonly views?: MetricViews | undefined;
}

export class SubtaskMetricGroup implements MetricGroup {
  constructor(
    private readonly host: MetricGroupHost = {},
    private readonly prefix = '',
    private readonly path: GroupPath = TOP,
    readonly metrics = new Map<string, RegisteredMetric>(),
  ) {}

  counter<C extends Counter = Counter>(name: string, counter?: C): C {
    const known = this.metrics.get(this.prefix + name);
    if (!counter && known?.kind === 'counter') return known.metric as C;
    return this.register(name, 'counter', counter ?? (new SimpleCounter() as unknown as C));
  }

  gauge<T, G extends Gauge<T> | (() => T)>(name: string, gauge: G): G {
    return this.register(name, 'gauge', gauge);
  }

  meter<M extends Meter = Meter>(name: string, meter: M = new MeterView() as Meter as M): M {
    return this.register(name, 'meter', meter);
  }

  histogram<H extends MetricHistogram = MetricHistogram>(name: string, histogram: H = new DescriptiveStatisticsHistogram() as MetricHistogram as H): H {
    return this.register(name, 'histogram', histogram);
  }

  addGroup(name: string, value?: string): SubtaskMetricGroup {
    const { names, values } = this.path;
    const path = { names: [...names, name], values: value === undefined ? values : { ...values, [name]: value } };
    return new SubtaskMetricGroup(this.host, `${this.prefix}${name}.${value === undefined ? '' : `${value}.`}`, path, this.metrics);
  }

  getAllVariables(): Readonly<Record<string, string>> {
    return { ...this.host.variables, ...Object.fromEntries(Object.entries(this.path.values).map(([key, value]) => [`<${key}>`, value])) };
  }

  close(): void {
    for (const name of this.metrics.keys()) if (name.startsWith(this.prefix)) this.forget(name);
  }

  private register<M extends object>(name: string, kind: Metric['kind'], metric: M): M {
    const key = this.prefix + name;
    this.forget(key);
    this.metrics.set(key, { kind, metric, name, path: this.path } as unknown as RegisteredMetric);
    // A histogram's `update` takes a value.
    if (kind !== 'histogram') this.host.views?.addIfView(metric);
    return metric;
  }

  private forget(key: string): void {
    const known = this.metrics.get(key);
    if (!known) return;
    this.metrics.delete(key);
    this.host.views?.delete(known.metric);
  }
}
