/**
 * The metrics of jobs and tasks under Flink's names.
 */
import type { MetricValue, SubtaskMetrics, VertexSnapshot } from '../cluster/running-job.js';
import type { JobRecord } from './job-record.js';
import { latencyApart } from './latency-metrics.js';
import { operatorIo } from './operator-io.js';
import { metricName } from './task-names.js';

/** By name, in the order in which they are shown. */
export type Metrics = ReadonlyMap<string, MetricValue>;

/** Of one subtask; those of its operators have the operator's name before theirs. */
export function taskMetrics(record: JobRecord, vertexId: string, subtask: SubtaskMetrics): Metrics {
  const metrics = ownTaskMetrics(record, vertexId, subtask);
  const io = operatorIo(record, vertexId, subtask);
  for (const { nodeId, name, metrics: own } of subtask.operators.map((operator) => latencyApart(operator).own)) {
    for (const [metric, value] of [...(io.get(nodeId) ?? []), ...Object.entries(own)]) metrics.set(`${metricName(name)}.${metric}`, value);
  }
  return metrics;
}

/** Of one subtask, without those of its operators. */
export function ownTaskMetrics(record: JobRecord, vertexId: string, subtask: SubtaskMetrics): Map<string, MetricValue> {
  const rates = record.rates.of(vertexId, subtask);
  const checkpoint = record.checkpointOf(vertexId, subtask.subtask);
  return new Map<string, MetricValue>([
    ['numRecordsIn', subtask.recordsIn], ['numRecordsInPerSecond', rates.recordsIn], ['numRecordsOut', subtask.recordsOut], ['numRecordsOutPerSecond', rates.recordsOut],
    ['numBytesIn', subtask.bytesIn], ['numBytesInPerSecond', rates.bytesIn], ['numBytesOut', subtask.bytesOut], ['numBytesOutPerSecond', rates.bytesOut],
    ['busyTimeMsPerSecond', rates.busyMs], ['idleTimeMsPerSecond', rates.idleMs], ['backPressuredTimeMsPerSecond', rates.backPressuredMs],
    ['accumulateBusyTimeMs', Math.round(subtask.busyMs)], ['accumulateIdleTimeMs', Math.round(subtask.idleMs)], ['accumulateBackPressuredTimeMs', Math.round(subtask.backPressuredMs)],
    ['isBackPressured', subtask.backPressured], ['currentInputWatermark', subtask.currentInputWatermark], ['currentOutputWatermark', subtask.currentOutputWatermark],
    ...(checkpoint ? ([['checkpointStartDelayNanos', checkpoint.startDelayMs * 1e6], ['checkpointAlignmentTime', checkpoint.alignmentMs * 1e6]] as const) : []),
  ]);
}

/** Of the enumerator of a source, with the operator's name before theirs. */
export function coordinatorMetrics({ coordinator }: VertexSnapshot): Metrics {
  return new Map(Object.entries(coordinator?.metrics ?? {}).map(([metric, value]) => [`${metricName(coordinator!.name)}.${metric}`, value]));
}

/** Of all subtasks, each name with the subtask's number before it. */
export function vertexMetrics(record: JobRecord, { id, subtasks }: VertexSnapshot): Metrics {
  return new Map(subtasks.flatMap((subtask) => [...taskMetrics(record, id, subtask)].map(([name, value]) => [`${subtask.subtask}.${name}`, value] as const)));
}

export function jobMetrics(record: JobRecord): Metrics {
  const { status, durationMs, timestamps, restarts } = record.job.snapshot();
  const { counts, latest } = record.job.checkpoints();
  const now = record.clock.now();
  const since = (begun: number | undefined): number => (begun === undefined ? 0 : now - begun);
  const { completed, restored } = latest;
  return new Map<string, MetricValue>([
    ['uptime', status === 'RUNNING' ? since(timestamps.RUNNING) : -1], ['runningTime', record.terminal ? 0 : status === 'RUNNING' ? since(timestamps.RUNNING) : 0],
    ['downtime', record.terminal ? -1 : status === 'RUNNING' ? 0 : since(timestamps.RESTARTING ?? timestamps.FAILING ?? timestamps.CANCELLING)],
    ['restartingTime', status === 'RESTARTING' ? since(timestamps.RESTARTING) : 0], ['duration', durationMs],
    ['numRestarts', restarts], ['fullRestarts', restarts],
    ['totalNumberOfCheckpoints', counts.total], ['numberOfInProgressCheckpoints', counts.inProgress], ['numberOfCompletedCheckpoints', counts.completed], ['numberOfFailedCheckpoints', counts.failed],
    ['lastCompletedCheckpointId', completed?.id ?? -1], ['lastCheckpointDuration', completed?.endToEndDuration ?? -1], ['lastCheckpointSize', completed?.checkpointedSize ?? -1],
    ['lastCheckpointFullSize', completed?.stateSize ?? -1], ['lastCheckpointPersistedData', completed?.persistedData ?? -1],
    ['lastCheckpointExternalPath', completed?.externalPath ?? 'n/a'], ['lastCheckpointRestoreTimestamp', restored?.restoreTimestamp ?? -1],
  ]);
}

/** How long it takes to operators, where that is tracked. */
export function latencyMetrics({ job }: JobRecord): Metrics {
  const operators = job.snapshot().vertices.flatMap(({ subtasks }) => subtasks.flatMap((subtask) => subtask.operators));
  return new Map(operators.flatMap((operator) => Object.entries(latencyApart(operator).latency.metrics)));
}

const LONG_MAX = '9223372036854775807';
const LONG_MIN = '-9223372036854775808';

/** As Flink writes it: the sentinels of event time are the largest and smallest of its whole numbers. */
export function metricText(value: MetricValue): string {
  if (value === Number.POSITIVE_INFINITY) return LONG_MAX;
  return value === Number.NEGATIVE_INFINITY ? LONG_MIN : String(value);
}
