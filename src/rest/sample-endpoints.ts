/**
 * All metrics of a process or a cluster at once: for Prometheus, and as data.
 */
import { metricsAsJson, scopedMetrics, type ScopedMetrics } from '../metrics/metric-sample.js';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../metrics/prometheus-text.js';
import type { z } from 'zod/mini';
import { type Endpoint, endpoint, textEndpoint } from './endpoint.js';

export function sampleEndpoints(sample: () => Promise<readonly ScopedMetrics[]>): Endpoint[] {
  return [
    textEndpoint('/metrics', 'All metrics as Prometheus reads them.', async () => prometheusText(await sample()), { contentType: PROMETHEUS_CONTENT_TYPE }),
    endpoint({
      method: 'get', path: '/metrics/samples', summary: 'All metrics as data.', answer: scopedMetrics,
      handle: async () => metricsAsJson(await sample()) as z.input<ReturnType<typeof scopedMetrics>>,
    }),
  ];
}
