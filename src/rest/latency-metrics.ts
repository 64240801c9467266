/**
 * The latencies among the metrics of operators, which Flink has among those of the job.
 */
import type { OperatorMetrics } from '../cluster/running-job.js';

const LATENCY = /^latency\.(?:source_id\.[0-9a-f]{32}\.)?(?:source_subtask_index\.\d+\.)?operator_id\.[0-9a-f]{32}\.operator_subtask_index\.\d+\.latency(?:_\w+)?$/;

/** An operator's metrics apart: those of its own, and how long it takes to it. */
export function latencyApart(operator: OperatorMetrics): { readonly own: OperatorMetrics; readonly latency: OperatorMetrics } {
  const part = (wanted: boolean): OperatorMetrics => ({
    ...operator, metrics: those(operator.metrics, wanted), ...(operator.described ? { described: those(operator.described, wanted) } : {}),
  });
  return { own: part(false), latency: part(true) };
}

function those<V>(metrics: Readonly<Record<string, V>>, latency: boolean): Record<string, V> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => LATENCY.test(name) === latency));
}
