/**
 * Sends metrics to StatsD over UDP, as Flink's StatsDReporter does: everything is a gauge.
 *
 * Invariant: a datagram is no larger than what networks carry in one piece.
 */
import { createSocket } from 'node:dgram';
import { QUANTILES_TOLD, type MetricSample, type ScopedMetrics } from './metric-sample.js';
import { identifierOf, type ScopeFormats } from './metric-identifier.js';
import type { MetricReporter } from './metric-reporter.js';
import type { ReporterSettings } from './reporter-settings.js';

const DATAGRAM_BYTES_MAX = 1_432;
/** The one that Flink's reporter does not send. */
const NOT_SENT = 0.9;

export function statsdReporter({ host, ports: [port], delimiter }: Pick<ReporterSettings, 'host' | 'ports' | 'delimiter'>, formats: ScopeFormats): MetricReporter {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.unref();
  // What goes wrong with one datagram is told where it is sent.
  socket.on('error', () => undefined);
  const send = (text: string): Promise<void> => new Promise((resolve, reject) => socket.send(text, port, host, (error) => (error ? reject(error) : resolve())));
  return {
    async report(all) {
      for (const datagram of datagramsOf(all.flatMap((scoped) => scoped.metrics.flatMap((sample) => linesOf(scoped, sample, formats, delimiter))))) await send(datagram);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function datagramsOf(lines: readonly string[]): string[] {
  const datagrams: string[] = [];
  let [gathered, bytes] = ['', 0];
  for (const line of lines) {
    const more = Buffer.byteLength(line) + 1;
    if (bytes + more > DATAGRAM_BYTES_MAX && gathered !== '') {
      datagrams.push(gathered);
      [gathered, bytes] = ['', 0];
    }
    gathered += gathered === '' ? line : `\n${line}`;
    bytes += more;
  }
  return gathered === '' ? datagrams : [...datagrams, gathered];
}

function linesOf(scoped: ScopedMetrics, sample: MetricSample, formats: ScopeFormats, delimiter: string): string[] {
  const name = identifierOf(scoped, sample, formats, delimiter, (part) => part.replaceAll(/[:|@\s]/g, '-'));
  const { value, count: events, distribution } = sample;
  if (distribution) {
    const { count, min, max, mean, stddev, quantiles } = distribution;
    const figures = { count, min, max, mean, stddev, ...Object.fromEntries(QUANTILES_TOLD.flatMap((quantile, at) => (quantile === NOT_SENT ? [] : [[`p${String(quantile * 100).replace('.', '')}`, quantiles[at]!]]))) };
    return Object.entries(figures).flatMap(([figure, number]) => gauge(`${name}${delimiter}${figure}`, number));
  }
  if (typeof value === 'boolean') return gauge(name, value ? 1 : 0);
  if (typeof value !== 'number') return [];
  return events === undefined ? gauge(name, value) : [...gauge(`${name}${delimiter}rate`, value), ...gauge(`${name}${delimiter}count`, events)];
}

/** A sign would mean a change: a negative gauge is set to 0 before. */
function gauge(name: string, value: number): string[] {
  if (!Number.isFinite(value)) return [];
  return value < 0 ? [`${name}:0|g`, `${name}:${value}|g`] : [`${name}:${value}|g`];
}
