/**
 * What is known of a job's checkpoints, in Flink's fields.
 */
import type { z } from 'zod/mini';
import { checkpointSettings } from '../checkpoint/checkpoint-settings.js';
import {
  type CheckpointRecord, type CheckpointStatistics, type FigureSummary, figureSummary, type RestoredRecord, type SubtaskCheckpoint, type VertexCheckpoint,
} from '../checkpoint/checkpoint-statistics.js';
import type { JobDescription } from '../cluster/running-job.js';
import { CheckpointDirectory, CheckpointStorageOption, StateBackendType } from '../core/options.js';
import type { checkpoint, checkpointConfig, checkpoints, vertexCheckpoint } from './answers/checkpoint-schemas.js';
import { RestError } from './rest-error.js';

type Answer<S extends () => z.ZodMiniType> = z.input<ReturnType<S>>;

export function checkpointsAnswer({ counts, summary, latest, history }: CheckpointStatistics): Answer<typeof checkpoints> {
  return {
    counts: { restored: counts.restored, total: counts.total, in_progress: counts.inProgress, completed: counts.completed, failed: counts.failed },
    summary: {
      checkpointed_size: summary.checkpointedSize, state_size: summary.stateSize, end_to_end_duration: summary.endToEndDuration,
      alignment_buffered: NOTHING, processed_data: NOTHING, persisted_data: summary.persistedData,
    },
    latest: {
      completed: latest.completed ? checkpointAnswer(latest.completed) : null,
      savepoint: latest.savepoint ? checkpointAnswer(latest.savepoint) : null,
      failed: latest.failed ? checkpointAnswer(latest.failed) : null,
      restored: latest.restored ? restoredAnswer(latest.restored) : null,
    },
    history: history.map((record) => ({ ...checkpointAnswer(record), tasks: {} })),
  };
}

/** Flink counts these no more. */
const NOTHING: FigureSummary = { min: 0, max: 0, avg: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0 };

/** Of a job that has not come to any. */
export function noCheckpoints(): Answer<typeof checkpoints> {
  return checkpointsAnswer({
    counts: { restored: 0, total: 0, inProgress: 0, completed: 0, failed: 0 }, summary: { checkpointedSize: NOTHING, stateSize: NOTHING, endToEndDuration: NOTHING, persistedData: NOTHING }, latest: {}, history: [],
  });
}

/** One checkpoint with its vertices. */
export function checkpointAnswer(record: CheckpointRecord): Answer<typeof checkpoint> {
  const { status, externalPath, discarded, failureTimestamp, failureMessage, savepointFormat } = record;
  return {
    className: CLASS_NAMES[status], id: record.id, status, is_savepoint: record.isSavepoint, savepointFormat: savepointFormat ?? null, checkpoint_type: record.checkpointType,
    trigger_timestamp: record.triggerTimestamp, latest_ack_timestamp: record.latestAckTimestamp, end_to_end_duration: record.endToEndDuration,
    checkpointed_size: record.checkpointedSize, state_size: record.stateSize, alignment_buffered: 0, processed_data: 0, persisted_data: record.persistedData,
    num_subtasks: record.numSubtasks, num_acknowledged_subtasks: record.numAcknowledgedSubtasks,
    ...(status === 'COMPLETED' ? { external_path: externalPath ?? '<checkpoint-not-externally-addressable>', discarded: discarded ?? false } : {}),
    ...(status === 'FAILED' ? { failure_timestamp: failureTimestamp ?? -1, failure_message: failureMessage ?? null } : {}),
    tasks: Object.fromEntries(record.tasks.map((task) => [task.id, vertexFields(record, task)])),
  };
}

const CLASS_NAMES = { IN_PROGRESS: 'in_progress', COMPLETED: 'completed', FAILED: 'failed' } as const;

function vertexFields({ id, status }: CheckpointRecord, task: VertexCheckpoint) {
  return {
    id, status, latest_ack_timestamp: task.latestAckTimestamp, checkpointed_size: task.checkpointedSize, state_size: task.stateSize,
    end_to_end_duration: task.endToEndDuration, alignment_buffered: 0, processed_data: 0,
    persisted_data: task.subtasks.reduce((sum, { inFlightBytes }) => sum + inFlightBytes, 0),
    num_subtasks: task.numSubtasks, num_acknowledged_subtasks: task.numAcknowledgedSubtasks,
  };
}

/** The checkpoint of this number, if it is remembered. Throws what answers a request for one that is not. */
export function checkpointOf({ history, latest }: CheckpointStatistics, id: string): CheckpointRecord {
  const known = [...history, latest.completed, latest.savepoint, latest.failed].find((record) => String(record?.id) === id);
  if (!known) throw new RestError(404, `Could not find checkpointing statistics for checkpoint ${id}.`);
  return known;
}

/** How the subtasks of one vertex got through a checkpoint. */
export function vertexCheckpointAnswer(record: CheckpointRecord, vertexId: string): Answer<typeof vertexCheckpoint> {
  const task = record.tasks.find(({ id }) => id === vertexId);
  if (!task) throw new RestError(404, `There is no task statistics for vertex ${vertexId}.`);
  const figure = (of: (subtask: SubtaskCheckpoint) => number): FigureSummary => figureSummary(task.subtasks.map((one) => Math.round(of(one))));
  return {
    ...vertexFields(record, task),
    summary: {
      checkpointed_size: figure(({ bytes }) => bytes), state_size: figure(({ fullBytes }) => fullBytes), end_to_end_duration: figure(({ endToEndDuration }) => endToEndDuration),
      checkpoint_duration: { sync: figure(({ syncMs }) => syncMs), async: figure(({ asyncMs }) => asyncMs) },
      alignment: { buffered: NOTHING, processed: NOTHING, persisted: figure(({ inFlightBytes }) => inFlightBytes), duration: figure(({ alignmentMs }) => alignmentMs) },
      start_delay: figure(({ startDelayMs }) => startDelayMs),
    },
    subtasks: Array.from({ length: task.numSubtasks }, (_, index) => subtaskCheckpointAnswer(index, task.subtasks.find((one) => one.index === index))),
  };
}

function subtaskCheckpointAnswer(index: number, known: SubtaskCheckpoint | undefined): Answer<typeof vertexCheckpoint>['subtasks'][number] {
  if (!known) return { className: 'pending', index, status: 'pending_or_failed' };
  return {
    className: 'completed', index, status: 'completed', ack_timestamp: known.ackTimestamp, end_to_end_duration: known.endToEndDuration,
    checkpointed_size: known.bytes, state_size: known.fullBytes, checkpoint: { sync: Math.round(known.syncMs), async: Math.round(known.asyncMs) },
    alignment: { buffered: 0, processed: 0, persisted: known.inFlightBytes, duration: Math.round(known.alignmentMs) },
    start_delay: Math.round(known.startDelayMs), unaligned_checkpoint: known.unaligned, aborted: false,
  };
}

/** Where there is no such time Flink says 2^63 - 1. This is the greatest number below, which is written as a `long` of Java, too. */
const NEVER_MS = 2 ** 63 - 1024;
const asLong = (durationMs: number): number => Math.min(durationMs, NEVER_MS);

/** How the checkpoints of a job are taken. */
export function checkpointConfigAnswer({ configuration, jobGraph }: JobDescription): Answer<typeof checkpointConfig> {
  const settings = checkpointSettings(configuration, jobGraph.runtimeMode === 'STREAMING');
  const storage = configuration.get(CheckpointStorageOption) ?? (configuration.get(CheckpointDirectory) === undefined ? 'jobmanager' : 'filesystem');
  return {
    mode: settings.mode === 'EXACTLY_ONCE' ? 'exactly_once' : 'at_least_once', interval: asLong(settings.intervalMs ?? NEVER_MS), timeout: asLong(settings.timeoutMs), min_pause: asLong(settings.minPauseMs),
    max_concurrent: settings.maxConcurrent,
    externalization: { enabled: settings.retention !== 'NO_EXTERNALIZED_CHECKPOINTS', delete_on_cancellation: settings.retention !== 'RETAIN_ON_CANCELLATION' },
    state_backend: configuration.get(StateBackendType), checkpoint_storage: storage === 'jobmanager' ? 'JobManagerCheckpointStorage' : 'FileSystemCheckpointStorage',
    unaligned_checkpoints: settings.unaligned, tolerable_failed_checkpoints: settings.tolerableFailures, aligned_checkpoint_timeout: asLong(settings.alignedTimeoutMs),
    checkpoints_after_tasks_finish: settings.afterTasksFinish, state_changelog_enabled: false, changelog_storage: null, changelog_periodic_materialization_interval: 0,
  };
}

function restoredAnswer({ id, restoreTimestamp, isSavepoint, externalPath }: RestoredRecord): NonNullable<Answer<typeof checkpoints>['latest']['restored']> {
  return { id, restore_timestamp: restoreTimestamp, is_savepoint: isSavepoint, external_path: externalPath ?? null };
}
