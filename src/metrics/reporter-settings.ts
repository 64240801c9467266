/**
 * Which reporters there are to be, and how, read from the configuration.
 */
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { didYouMean } from '../core/nearest.js';
import {
  forReporter, MetricReporters, ReporterDelimiter, ReporterEndpoint, ReporterExcludes, ReporterFactory, ReporterFilterLabels, ReporterHost, ReporterIncludes, ReporterInterval, ReporterPort,
  ReporterProtocol, ReporterService, ReporterVariablesAdded, ReporterVariablesExcluded,
} from '../core/options.js';
import { portsOf } from '../core/value-types.js';

/** Flink's classes, and how they may be called here. */
const FACTORIES = {
  'org.apache.flink.metrics.prometheus.PrometheusReporterFactory': 'prometheus', prometheus: 'prometheus', prom: 'prometheus',
  'org.apache.flink.metrics.statsd.StatsDReporterFactory': 'statsd', statsd: 'statsd',
  'org.apache.flink.metrics.otel.OpenTelemetryMetricReporterFactory': 'otel', otel: 'otel', otlp: 'otel',
  'org.apache.flink.metrics.slf4j.Slf4jReporterFactory': 'slf4j', slf4j: 'slf4j', log: 'slf4j',
} as const;
type ReporterKind = (typeof FACTORIES)[keyof typeof FACTORIES];
const SHORT_NAMES = 'prometheus, statsd, otel or slf4j';

export interface ReporterSettings {
  readonly name: string;
  readonly kind: ReporterKind;
  readonly intervalMs: number;
  readonly host: string;
  /** In the order in which they are tried. */
  readonly ports: readonly number[];
  /** Of an OpenTelemetry collector. */
  readonly endpoint: string;
  readonly service: string;
  readonly delimiter: string;
  readonly includes: string;
  readonly excludes: string;
  readonly filterLabelValueCharacters: boolean;
  readonly variables: { readonly excluded: ReadonlySet<string>; readonly added: Readonly<Record<string, string>> };
}

/** @throws FlinkError CONFIGURATION for a reporter that there is none of, or that lacks something. */
export function reporterSettings(configuration: Configuration): ReporterSettings[] {
  return namesOf(configuration).map((name) => settingsOf(name, configuration));
}

function namesOf(configuration: Configuration): string[] {
  const listed = configuration.get(MetricReporters);
  if (listed !== undefined) return [...new Set(listed.split(/[,;]/).map((name) => name.trim()).filter((name) => name !== ''))];
  const configured = [...configuration.entries().keys()].flatMap((key) => /^metrics\.reporter\.([^.]+)\.(?:factory\.)?class$/.exec(key)?.[1] ?? []);
  return [...new Set(configured)];
}

function settingsOf(name: string, configuration: Configuration): ReporterSettings {
  const get = <T>(option: Parameters<typeof forReporter<T>>[0]): T => configuration.get(forReporter(option, name));
  const kind = kindOf(name, get(ReporterFactory));
  const ports = get(ReporterPort);
  const endpoint = get(ReporterEndpoint);
  if (kind === 'otel') checkCollector(name, endpoint, get(ReporterProtocol));
  return {
    name, kind, intervalMs: get(ReporterInterval), host: get(ReporterHost) ?? 'localhost', ports: ports === undefined ? DEFAULT_PORTS[kind] : portsOf(ports), endpoint: endpoint ?? '', service: get(ReporterService),
    delimiter: get(ReporterDelimiter), includes: get(ReporterIncludes), excludes: get(ReporterExcludes), filterLabelValueCharacters: get(ReporterFilterLabels),
    variables: { excluded: new Set(get(ReporterVariablesExcluded).split(';').map((one) => one.trim())), added: get(ReporterVariablesAdded) },
  };
}

const DEFAULT_PORTS: Readonly<Record<ReporterKind, readonly number[]>> = { prometheus: portsOf('9249-9349'), statsd: [8125], otel: [], slf4j: [] };

function kindOf(name: string, factory: string | undefined): ReporterKind {
  const key = forReporter(ReporterFactory, name).key;
  const known = FACTORIES[(factory ?? name) as keyof typeof FACTORIES];
  if (known !== undefined) return known;
  if (factory === undefined) throw new FlinkError('CONFIGURATION', `metrics.reporters names "${name}", but ${key} is not set`, { hint: `Set it to ${SHORT_NAMES}.` });
  const meant = didYouMean(factory, Object.keys(FACTORIES)) ?? didYouMean(factory.split('.').at(-1)!, Object.keys(FACTORIES).map((one) => one.split('.').at(-1)!));
  throw new FlinkError('CONFIGURATION', `${key} is "${factory}", but must be ${SHORT_NAMES}, or the class of one of these in Flink`, {
    hint: `${meant === undefined ? '' : `${meant} `}To run without it, name the others in metrics.reporters.`,
  });
}

function checkCollector(name: string, endpoint: string | undefined, protocol: string): void {
  const key = forReporter(ReporterEndpoint, name).key;
  if (!/^http(\/json)?$/i.test(protocol)) {
    throw new FlinkError('CONFIGURATION', `${forReporter(ReporterProtocol, name).key} is "${protocol}", but must be http`, { hint: 'Collectors take HTTP at port 4318 by default.' });
  }
  const hint = 'Set it to a URL such as http://localhost:4318/v1/metrics.';
  if (endpoint === undefined) throw new FlinkError('CONFIGURATION', `${key} is not set: the reporter does not know where the collector is`, { hint });
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) throw new FlinkError('CONFIGURATION', `${key} is "${endpoint}", but must be the URL of a collector`, { hint });
}
