/**
 * The metrics of operators as plain data: what their counters and gauges say at the moment.
 *
 * Invariant: whatever an author's gauge answers, or throws, a report can be made and can travel.
 */
import type { SubtaskContext } from './subtask-context.js';

export type MetricValue = number | string | boolean;

/** One operator of one subtask. */
export interface OperatorMetrics {
  /** Its node in the StreamGraph. */
  readonly nodeId: number;
  readonly name: string;
  /** By full name; names with dots are those of nested groups. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
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
    report.operators.push({ nodeId: context.nodeId, name: context.getTaskName(), metrics: valuesOf(context) });
  }
  // Operators are made from tail to head.
  for (const { operators } of reports.values()) operators.sort((a, b) => a.nodeId - b.nodeId);
  return [...reports.values()];
}

function valuesOf({ metrics }: SubtaskContext): Record<string, MetricValue> {
  const values: Record<string, MetricValue> = {};
  for (const [name, gauge] of metrics.gauges) {
    const value = read(gauge);
    if (value !== undefined) values[name] = value;
  }
  for (const [name, counter] of metrics.counters) values[name] = counter.getCount();
  return values;
}

function read(gauge: () => unknown): MetricValue | undefined {
  try {
    const value = gauge();
    if (typeof value === 'number' || typeof value === 'boolean') return value;
    return value === null || value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}
