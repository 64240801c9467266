/**
 * Metrics as Prometheus reads them, named and labelled as Flink's PrometheusReporter does: counters, gauges and meters
 * are gauges, histograms summaries.
 *
 * Invariants:
 * - Every family of metrics stands in one piece, with one HELP and one TYPE.
 * - No two samples have the same name and labels: Prometheus would refuse the whole answer.
 */
import { LOGICAL_SCOPES, type MetricSample, QUANTILES_TOLD, type ScopedMetrics } from './metric-sample.js';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Those that Flink's reporter tells. */
const QUANTILES: ReadonlySet<number> = new Set([0.5, 0.75, 0.95, 0.98, 0.99, 0.999]);

/** The largest and smallest whole numbers of Flink, which event time has before its first and after its last watermark. */
const LONG_MAX = 2 ** 63;
const SUMMARY_ENDS = ['_count', '_sum'];
const EVENT_TIME = /[wW]atermark$/;

interface Family {
  readonly help: string;
  readonly type: 'gauge' | 'summary';
  /** By name and labels. */
  readonly lines: Map<string, string>;
}

export interface PrometheusOptions {
  /** Whether labels' values are written with letters, digits, `_` and `:` only, as Flink does. Default: true. */
  readonly filterLabelValueCharacters?: boolean;
}

export function prometheusText(all: readonly ScopedMetrics[], { filterLabelValueCharacters = true }: PrometheusOptions = {}): string {
  const families = new Map<string, Family>();
  const valueText = filterLabelValueCharacters ? plain : escaped;
  for (const { scope, variables, metrics } of all) {
    const logical = LOGICAL_SCOPES[scope];
    const ofScope = labelsOf(variables, valueText);
    for (const sample of metrics) {
      const name = plain(['flink', ...logical, ...sample.groups, sample.name].join('_'));
      const labels = Object.keys(sample.values).length === 0 ? ofScope : labelsOf({ ...variables, ...sample.values }, valueText);
      addTo(families, name, `${sample.name.replaceAll(/\s/g, ' ')} (scope: ${plain([...logical, ...sample.groups].join('_'))})`, sample, labels);
    }
  }
  return [...families].map(([name, { help, type, lines }]) => `# HELP ${name} ${helpText(help)}\n# TYPE ${name} ${type}\n${[...lines.values()].join('')}`).join('');
}

function addTo(families: Map<string, Family>, name: string, help: string, sample: MetricSample, labels: readonly string[]): void {
  const samples = samplesOf(name, sample, labels);
  const type = sample.distribution ? 'summary' : 'gauge';
  const family = families.get(name) ?? { help, type, lines: new Map<string, string>() };
  if (family.type !== type || namesMeet(families, name, type)) return;
  families.set(name, family);
  for (const [place, value] of samples) if (!family.lines.has(place)) family.lines.set(place, `${place} ${value}\n`);
}

/** A summary has further names, which Prometheus lets nobody else have. */
function namesMeet(families: ReadonlyMap<string, Family>, name: string, type: Family['type']): boolean {
  return SUMMARY_ENDS.some((end) => (type === 'summary' && families.has(name + end)) || (name.endsWith(end) && families.get(name.slice(0, -end.length))?.type === 'summary'));
}

/** Name with labels, and value. */
function samplesOf(name: string, { name: shortName, value, distribution }: MetricSample, labels: readonly string[]): (readonly [string, string])[] {
  if (distribution) {
    const own = labels.filter((label) => !label.startsWith('quantile='));
    return [
      [placeOf(`${name}_count`, own), numberText(distribution.count)],
      ...QUANTILES_TOLD.flatMap((quantile, at) => (QUANTILES.has(quantile) ? [[placeOf(name, [...own, `quantile="${quantile}"`]), numberText(distribution.quantiles[at] ?? Number.NaN)] as const] : [])),
    ];
  }
  if (typeof value === 'boolean') return [[placeOf(name, labels), value ? '1' : '0']];
  // Flink's reporter knows numbers only, and says 0 of everything else.
  if (typeof value !== 'number') return [[placeOf(name, labels), '0']];
  const shown = EVENT_TIME.test(shortName) && !Number.isFinite(value) ? Math.sign(value) * LONG_MAX : value;
  return [[placeOf(name, labels), numberText(shown)]];
}

function placeOf(name: string, labels: readonly string[]): string {
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
}

/** Prometheus lets a label stand once. */
function labelsOf(variables: Readonly<Record<string, string>>, valueText: (value: string) => string): string[] {
  const labels = new Map(Object.entries(variables).map(([key, value]) => [labelName(key), valueText(value)]));
  return [...labels].map(([key, value]) => `${key}="${value}"`);
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** Flink puts an underscore in the place of any other character. */
function plain(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9:_]/g, '_');
}

/** Two underscores at the beginning are Prometheus's own. */
function labelName(key: string): string {
  return key.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^__+/, '_').replace(/^(?=\d|$)/, '_');
}

function escaped(value: string): string {
  return value.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`);
}

function helpText(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}
