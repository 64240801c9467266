/**
 * A port of its own where Prometheus finds the metrics (Flink: `PrometheusReporter`), at `/metrics` and at any other path.
 */
import type { Clock } from '../core/clock.js';
import type { ScopedMetrics } from '../metrics/metric-sample.js';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../metrics/prometheus-text.js';
import type { ReporterSettings } from '../metrics/reporter-settings.js';
import { type Listening, listen } from './listen.js';
import { isLoopback } from './rest-settings.js';

/** Rejects with CONFIGURATION when none of the ports is to be had. */
export function openPrometheusPort(settings: ReporterSettings, sample: () => Promise<readonly ScopedMetrics[]>, clock: Clock): Promise<Listening> {
  const { host, ports, filterLabelValueCharacters, name } = settings;
  const loopback = isLoopback(host);
  const answer = async (): Promise<Response> => new Response(prometheusText(await sample(), { filterLabelValueCharacters }), { headers: { 'content-type': PROMETHEUS_CONTENT_TYPE } });
  return listen(answer, {
    tcp: { host: host === 'localhost' ? '127.0.0.1' : host, loopback, ports, wanted: undefined, token: undefined, tls: undefined, allowOrigin: undefined, bodyBytesMax: 0, warnings: [] },
    what: `the metrics reporter "${name}"`, mend: `metrics.reporter.${name}.port`, clock,
  });
}
