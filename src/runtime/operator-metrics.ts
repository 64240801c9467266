/**
 * The metrics of operators as plain data: what their counters, gauges, meters and histograms say at the moment.
 *
 * Invariant: whatever an author's metric answers, or throws, a report can be made and can travel.
 */
import { type Distribution, QUANTILES } from '../core/distribution.js';
import type { HistogramStatistics } from '../operators/metric-group.js';
import type { SubtaskContext } from './subtask-context.js';
import type { RegisteredMetric, SubtaskMetricGroup } from './subtask-metric-group.js';

export type MetricValue = number | string | boolean;

/** One operator of one subtask. */
export interface OperatorMetrics {
  /** Its node in the StreamGraph. */
  readonly nodeId: number;
  readonly name: string;
  /** By full name; names with dots are those of nested groups. A histogram is several, as in Flink: `name_min`, `name_p99` … */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** By full name, of those that are more than a gauge in no group. */
  readonly described?: Readonly<Record<string, MetricDescription>>;
}

/** What a value alone does not say of a metric. */
export interface MetricDescription {
  readonly kind: RegisteredMetric['kind'];
  /** Without the groups. */
  readonly name: string;
  /** Groups that it is in, outermost first; of those that stand for a value, the key. */
  readonly groups: readonly string[];
  /** The values of these, by key. */
  readonly values: Readonly<Record<string, string>>;
  /** Of a meter: how many events there have been. */
  readonly count?: number;
  /** Of a histogram. */
  readonly distribution?: Distribution;
}

/** What one subtask reports. */
export interface SubtaskReport {
  readonly vertexId: string;
  readonly subtask: number;
  readonly attempt: number;
  /** In the order of the chain. */
  readonly operators: readonly OperatorMetrics[];
}

/** One report for each subtask that the contexts belong to. */
export function readMetrics(contexts: readonly SubtaskContext[]): SubtaskReport[] {
  const reports = new Map<string, { vertexId: string; subtask: number; attempt: number; operators: OperatorMetrics[] }>();
  for (const context of contexts) {
    const { vertexId } = context;
    const [subtask, attempt] = [context.getIndexOfThisSubtask(), context.getAttemptNumber()];
    const key = `${vertexId}/${subtask}/${attempt}`;
    const report = reports.get(key) ?? { vertexId, subtask, attempt, operators: [] };
    reports.set(key, report);
    report.operators.push({ nodeId: context.nodeId, name: context.getTaskName(), ...readGroup(context.metrics) });
  }
  // Operators are made from tail to head.
  for (const { operators } of reports.values()) operators.sort((a, b) => a.nodeId - b.nodeId);
  return [...reports.values()];
}

/** What the metrics of a group, and of those inside it, say at the moment. */
export function readGroup({ metrics }: Pick<SubtaskMetricGroup, 'metrics'>): Pick<OperatorMetrics, 'metrics' | 'described'> {
  const values: Record<string, MetricValue> = {};
  const described: Record<string, MetricDescription> = {};
  for (const [fullName, registered] of metrics) {
    const { kind, name, path } = registered;
    try {
      const distribution = kind === 'histogram' ? distributionOf(registered.metric) : undefined;
      const value = distribution ? undefined : valueOf(registered);
      if (distribution) Object.assign(values, flattened(fullName, distribution));
      else if (value !== undefined) values[fullName] = value;
      else continue;
      if (kind !== 'gauge' || path.names.length > 0) described[fullName] = { kind, name, groups: path.names, values: path.values, ...(distribution ? { distribution } : {}), ...(kind === 'meter' ? { count: Number(registered.metric.getCount()) } : {}) };
    } catch {
      // An author's metric that throws is left out.
    }
  }
  return { metrics: values, ...(Object.keys(described).length > 0 ? { described } : {}) };
}

function valueOf(registered: RegisteredMetric): MetricValue | undefined {
  switch (registered.kind) {
    case 'counter': return Number(registered.metric.getCount());
    case 'meter': return Number(registered.metric.getRate());
    case 'gauge': return told(typeof registered.metric === 'function' ? registered.metric() : registered.metric.getValue());
    case 'histogram': return undefined;
  }
}

function told(value: unknown): MetricValue | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? undefined : String(value);
}

function distributionOf(histogram: { getCount(): number; getStatistics(): HistogramStatistics }): Distribution {
  const statistics = histogram.getStatistics();
  return {
    count: Number(histogram.getCount()), min: Number(statistics.getMin()), max: Number(statistics.getMax()), mean: Number(statistics.getMean()), stddev: Number(statistics.getStdDev()),
    quantiles: Object.values(QUANTILES).map((quantile) => Number(statistics.getQuantile(quantile))),
  };
}

/** As Flink's REST interface names the figures of a histogram. */
function flattened(name: string, { min, max, mean, stddev, quantiles }: Distribution): Record<string, MetricValue> {
  const figures = { min, max, mean, stddev, ...Object.fromEntries(Object.keys(QUANTILES).map((quantile, at) => [quantile, quantiles[at]!])) };
  return Object.fromEntries(Object.entries(figures).map(([figure, value]) => [`${name}_${figure}`, value]));
}
