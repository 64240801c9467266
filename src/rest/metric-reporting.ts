/**
 * Starts the reporters that are configured, and lets them report (Flink: `MetricRegistryImpl`).
 *
 * Invariants:
 * - A reporter that fails harms nobody: it is said once, until it works again, and tried again at its next time.
 * - No reporter begins a report before its last one has ended.
 * - At the end each reports once more, if it can within a second: what was counted since its last report would be lost.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { formatDuration } from '../core/time.js';
import { filterMetrics } from '../metrics/metric-filter.js';
import { scopeFormats } from '../metrics/metric-identifier.js';
import type { MetricReporter } from '../metrics/metric-reporter.js';
import type { ScopedMetrics } from '../metrics/metric-sample.js';
import { type ReporterSettings, reporterSettings } from '../metrics/reporter-settings.js';

export interface ReportingOptions {
  readonly configuration: Configuration;
  readonly version: string;
  readonly clock: Clock;
  /** All metrics as they are now; for the last report, also those of what has ended. */
  readonly sample: (last: boolean) => Promise<readonly ScopedMetrics[]>;
  readonly say: (line: string) => void;
}

export interface MetricReporting {
  /** Reports for the last time, and sees to it that nobody waits long for that. The same again when it is called again. */
  close(): Promise<void>;
}

/** A sampler of what a reporter is to see. */
type Sample = (last: boolean) => Promise<ScopedMetrics[]>;

const LAST_REPORT_MS = 1_000;

/** Reporters that cannot be started are said and left out. */
export async function startReporting(options: ReportingOptions, reporters = reporterSettings(options.configuration)): Promise<MetricReporting> {
  const started = await Promise.all(reporters.map(async (settings) => {
    try {
      return await start(settings, options);
    } catch (error) {
      options.say(`Warning: the metrics reporter "${settings.name}" does not run: ${(error as Error).message}${hintOf(error)}`);
      return undefined;
    }
  }));
  let closed: Promise<void> | undefined;
  return { close: () => (closed ??= inTime(Promise.all(started.map((one) => one?.close())), options.clock)) };
}

/** One report of what has ended, where there was no time to start reporters. */
export async function reportOnce(options: ReportingOptions): Promise<void> {
  await (await startReporting(options, pushers(options.configuration))).close();
}

/** Those that send, rather than being asked. */
export function pushers(configuration: Configuration): ReporterSettings[] {
  return reporterSettings(configuration).filter(({ kind }) => kind !== 'prometheus');
}

async function inTime(work: Promise<unknown>, clock: Pick<Clock, 'schedule'>): Promise<void> {
  let patience: ScheduledCall | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (patience = clock.schedule(LAST_REPORT_MS, resolve)))]);
  patience?.cancel();
}

async function start(settings: ReporterSettings, options: ReportingOptions): Promise<MetricReporting> {
  const { clock, configuration, version, say } = options;
  const sample = sampleFor(settings, options);
  if (settings.kind === 'prometheus') {
    const { openPrometheusPort } = await import('./prometheus-port.js');
    const { address, close } = await openPrometheusPort(settings, () => sample(false), clock);
    say(`The metrics reporter "${settings.name}" answers Prometheus at ${address!.url}/metrics`);
    return { close };
  }
  return new Periodic(settings, await pushing(settings, configuration, version, options), sample, options);
}

/** Loaded for those who report so. */
async function pushing(settings: ReporterSettings, configuration: Configuration, version: string, { clock, say }: ReportingOptions): Promise<MetricReporter> {
  switch (settings.kind) {
    case 'statsd': return (await import('../metrics/statsd-reporter.js')).statsdReporter(settings, scopeFormats(configuration));
    case 'otel': return (await import('../metrics/otel-reporter.js')).otelReporter(settings, version, clock);
    default: return (await import('../metrics/log-reporter.js')).logReporter(settings, scopeFormats(configuration), say);
  }
}

/** What the reporter is to see of all metrics. */
function sampleFor({ includes, excludes, variables: { excluded, added } }: ReporterSettings, { sample }: ReportingOptions): Sample {
  const filtered = filterMetrics(includes, excludes);
  return async (last) => filtered(await sample(last)).map((scoped) => ({ ...scoped, variables: { ...Object.fromEntries(Object.entries(scoped.variables).filter(([key]) => !excluded.has(key))), ...added } }));
}

class Periodic implements MetricReporting {
  private next: ScheduledCall;
  private current: Promise<void> = Promise.resolve();
  private failing = false;
  private closed = false;

  constructor(private readonly settings: ReporterSettings, private readonly reporter: MetricReporter, private readonly sample: Sample, private readonly options: ReportingOptions) {
    this.next = this.later();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.next.cancel();
    await this.current;
    await this.report();
    await this.reporter.close().catch(() => undefined);
  }

  private later(): ScheduledCall {
    return this.options.clock.schedule(this.settings.intervalMs, () => {
      this.current = this.report().then(() => {
        if (!this.closed) this.next = this.later();
      });
    });
  }

  private async report(): Promise<void> {
    const { settings: { name, intervalMs }, options: { say } } = this;
    try {
      await this.reporter.report(await this.sample(this.closed));
      this.failing = false;
    } catch (error) {
      if (!this.failing) say(`Warning: the metrics reporter "${name}" cannot report: ${(error as Error).message}.${this.closed ? '' : ` It goes on trying every ${formatDuration(intervalMs)}.`}`);
      this.failing = true;
    }
  }
}

function hintOf(error: unknown): string {
  const { hint } = error as { hint?: string };
  return hint === undefined ? '' : `. ${hint}`;
}
