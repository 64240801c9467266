/**
 * How long it takes from a source to each operator, told by markers that travel among the records (Flink: `LatencyStats`).
 *
 * Invariants:
 * - A marker overtakes no record, and no record counts it: operators do not see it.
 * - It is in no snapshot; one that was under way is lost.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { LatencyMarker } from '../core/latency-marker.js';
import type { MetricGroup } from '../operators/metric-group.js';
import { DescriptiveStatisticsHistogram } from '../operators/metrics/descriptive-statistics-histogram.js';

export interface LatencySettings {
  readonly intervalMs: number;
  /** What latencies are told apart by, beside the operator: nothing, its source, or each subtask of the source. */
  readonly granularity: 'single' | 'operator' | 'subtask';
  /** How many of the last markers a histogram remembers. */
  readonly historySize: number;
}

/** Who is told of markers that come to an operator. */
export function latencyStatistics(
  { granularity, historySize }: LatencySettings, group: MetricGroup, { operatorId, subtask }: { readonly operatorId: string; readonly subtask: number }, clock: Pick<Clock, 'now'>,
): (marker: LatencyMarker) => void {
  const histograms = new Map<string, DescriptiveStatisticsHistogram>();
  return ({ markedAt, source, subtask: sourceSubtask }) => {
    const key = granularity === 'single' ? '' : granularity === 'operator' ? source : `${source}/${sourceSubtask}`;
    let histogram = histograms.get(key);
    if (!histogram) {
      let inside = group.addGroup('latency');
      if (granularity !== 'single') inside = inside.addGroup('source_id', source);
      if (granularity === 'subtask') inside = inside.addGroup('source_subtask_index', String(sourceSubtask));
      histogram = inside.addGroup('operator_id', operatorId).addGroup('operator_subtask_index', String(subtask)).histogram('latency', new DescriptiveStatisticsHistogram(historySize));
      histograms.set(key, histogram);
    }
    histogram.update(clock.now() - markedAt);
  };
}

/** Says when a source is to emit the next marker: one that could not be emitted yet was due when it was due. */
export class LatencyTimer {
  /** Since when one is due, in epoch milliseconds. */
  private dueAt: number | undefined;
  private next: ScheduledCall | undefined;

  constructor(private readonly intervalMs: number, private readonly clock: Pick<Clock, 'now' | 'schedule'>, private readonly wake: () => void) {}

  start(): void {
    this.next = this.clock.schedule(this.intervalMs, () => {
      this.dueAt ??= this.clock.now();
      this.start();
      this.wake();
    });
  }

  get due(): boolean {
    return this.dueAt !== undefined;
  }

  /** When the one that is due was to be emitted; it is due no more. */
  take(): number | undefined {
    const { dueAt } = this;
    this.dueAt = undefined;
    return dueAt;
  }

  close(): void {
    this.next?.cancel();
    this.dueAt = undefined;
  }
}
