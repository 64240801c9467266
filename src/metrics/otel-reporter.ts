/**
 * Sends metrics to an OpenTelemetry collector, as Flink's OpenTelemetryMetricReporter does: counters are sums, the rest
 * gauges. The exporter is OpenTelemetry's own, with its retries and time limits; whoever reports so loads this file.
 */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { Clock } from '../core/clock.js';
import { LOGICAL_SCOPES, QUANTILES_TOLD, type MetricSample, type ScopedMetrics } from './metric-sample.js';
import type { MetricReporter } from './metric-reporter.js';
import type { ReporterSettings } from './reporter-settings.js';

type Exported = Parameters<OTLPMetricExporter['export']>[0];
type Metric = Exported['scopeMetrics'][number]['metrics'][number];
type Time = Metric['dataPoints'][number]['startTime'];

export function otelReporter({ endpoint, service }: Pick<ReporterSettings, 'endpoint' | 'service'>, version: string, clock: Pick<Clock, 'now'>): MetricReporter {
  const exporter = new OTLPMetricExporter({ url: endpoint });
  const begun = timeOf(clock.now());
  const attributes = { 'service.name': service, 'service.version': version, 'telemetry.sdk.language': 'nodejs' };
  const resource = { attributes, getRawAttributes: () => Object.entries(attributes) } as unknown as Exported['resource'];
  return {
    report(all) {
      const metrics = metricsOf(all, begun, timeOf(clock.now()));
      if (metrics.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        exporter.export({ resource, scopeMetrics: [{ scope: { name: 'flink-ts', version }, metrics }] }, ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error(`${endpoint} does not take the metrics`))));
      });
    },
    close: () => exporter.shutdown(),
  };
}

/** Seconds and nanoseconds. */
function timeOf(ms: number): Time {
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1e6];
}

/** Of one name, with all that have it. */
function metricsOf(all: readonly ScopedMetrics[], begun: Time, now: Time): Metric[] {
  const byName = new Map<string, { readonly sum: boolean; readonly points: { value: number; attributes: Record<string, string>; startTime: Time; endTime: Time }[] }>();
  for (const { scope, variables, metrics } of all) {
    for (const sample of metrics) {
      const base = ['flink', ...LOGICAL_SCOPES[scope], ...sample.groups, sample.name].join('.');
      for (const { name, value, more, sum = false } of valuesOf(base, sample)) {
        const known = byName.get(name) ?? { sum, points: [] };
        byName.set(name, known);
        known.points.push({ value, attributes: { ...variables, ...sample.values, ...more }, startTime: begun, endTime: now });
      }
    }
  }
  return [...byName].map(([name, { sum, points }]) => {
    const descriptor = { name, description: '', unit: '', valueType: 1 };
    return sum ? { descriptor, aggregationTemporality: 1, dataPointType: 3, isMonotonic: false, dataPoints: points } : { descriptor, aggregationTemporality: 1, dataPointType: 2, dataPoints: points };
  });
}

interface Value {
  readonly name: string;
  readonly value: number;
  readonly more?: Record<string, string>;
  /** It adds up. */
  readonly sum?: boolean;
}

/** A distribution is a gauge for each quantile, and for count, least and greatest value; text is left out. */
function valuesOf(name: string, { kind, value, count: events, distribution }: MetricSample): Value[] {
  if (distribution) {
    const { count, min, max, mean, stddev, quantiles } = distribution;
    return [
      ...Object.entries({ count, min, max, mean, stddev }).map(([figure, number]) => ({ name: `${name}.${figure}`, value: number })),
      ...QUANTILES_TOLD.map((quantile, at) => ({ name, value: quantiles[at]!, more: { quantile: String(quantile) } })),
    ].filter((one) => Number.isFinite(one.value));
  }
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return [];
  if (events === undefined) return [{ name, value: number, sum: kind === 'counter' }];
  return [{ name: `${name}.rate`, value: number }, { name: `${name}.count`, value: events, sum: true }];
}
