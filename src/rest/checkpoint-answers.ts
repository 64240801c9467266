/**
 * What is known of a job's checkpoints, in the fields of Flink's `/jobs/:jobid/checkpoints`.
 */
import type { CheckpointRecord, CheckpointStatistics, FigureSummary, RestoredRecord } from '../checkpoint/checkpoint-statistics.js';

export function checkpointsAnswer({ counts, summary, latest, history }: CheckpointStatistics): object {
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

function checkpointAnswer(record: CheckpointRecord): object {
  const { status, externalPath, discarded, failureTimestamp, failureMessage, savepointFormat } = record;
  return {
    className: status.toLowerCase(), id: record.id, status, is_savepoint: record.isSavepoint, savepointFormat: savepointFormat ?? null, checkpoint_type: record.checkpointType,
    trigger_timestamp: record.triggerTimestamp, latest_ack_timestamp: record.latestAckTimestamp, end_to_end_duration: record.endToEndDuration,
    checkpointed_size: record.checkpointedSize, state_size: record.stateSize, alignment_buffered: 0, processed_data: 0, persisted_data: record.persistedData,
    num_subtasks: record.numSubtasks, num_acknowledged_subtasks: record.numAcknowledgedSubtasks,
    ...(status === 'COMPLETED' ? { external_path: externalPath ?? '<checkpoint-not-externally-addressable>', discarded: discarded ?? false } : {}),
    ...(status === 'FAILED' ? { failure_timestamp: failureTimestamp ?? -1, failure_message: failureMessage ?? null } : {}),
    tasks: Object.fromEntries(record.tasks.map((task) => [task.id, {
      id: record.id, status, latest_ack_timestamp: task.latestAckTimestamp, checkpointed_size: task.checkpointedSize, state_size: task.stateSize,
      end_to_end_duration: task.endToEndDuration, alignment_buffered: 0, processed_data: 0, persisted_data: 0,
      num_subtasks: task.numSubtasks, num_acknowledged_subtasks: task.numAcknowledgedSubtasks,
    }])),
  };
}

function restoredAnswer({ id, restoreTimestamp, isSavepoint, externalPath }: RestoredRecord): object {
  return { id, restore_timestamp: restoreTimestamp, is_savepoint: isSavepoint, external_path: externalPath ?? null };
}
