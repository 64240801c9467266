/**
 * Writes metrics into the log, as Flink's Slf4jReporter does.
 */
import { identifierOf, type ScopeFormats } from './metric-identifier.js';
import type { MetricReporter } from './metric-reporter.js';
import type { MetricSample, ScopedMetrics } from './metric-sample.js';
import type { ReporterSettings } from './reporter-settings.js';

const KINDS = { counter: 'Counters', gauge: 'Gauges', meter: 'Meters', histogram: 'Histograms' } as const;

/** Flink's, so that what reads its logs reads these. */
const LINE_WIDTH = 79;
const framed = (word: string): string => `${'='.repeat(27)} ${word} metrics report ${'='.repeat(27)}`;

export function logReporter({ delimiter }: Pick<ReporterSettings, 'delimiter'>, formats: ScopeFormats, say: (line: string) => void): MetricReporter {
  return {
    report(all) {
      const lines = Object.entries(KINDS).flatMap(([kind, title]) => [`-- ${title} `.padEnd(LINE_WIDTH, '-'), ...linesOf(all, kind as MetricSample['kind'], formats, delimiter)]);
      say([framed('Starting'), ...lines, framed('Finished')].join('\n'));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function linesOf(all: readonly ScopedMetrics[], kind: MetricSample['kind'], formats: ScopeFormats, delimiter: string): string[] {
  return all.flatMap((scoped) => scoped.metrics.filter((sample) => sample.kind === kind).map((sample) => `${identifierOf(scoped, sample, formats, delimiter, (part) => part)}: ${textOf(sample)}`));
}

function textOf({ value, distribution }: MetricSample): string {
  if (!distribution) return String(value);
  const { count, min, max, mean, stddev, quantiles } = distribution;
  return `count=${count}, min=${min}, max=${max}, mean=${mean}, stddev=${stddev}, p50=${quantiles[0]}, p75=${quantiles[1]}, p95=${quantiles[3]}, p98=${quantiles[4]}, p99=${quantiles[5]}, p999=${quantiles[6]}`;
}
