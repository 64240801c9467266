/**
 * What is answered of a job's checkpoints.
 */
import * as z from 'zod/mini';
import { long } from './common.js';

const figures = () =>
  z.strictObject({ min: z.int(), max: z.int(), avg: z.int(), p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number(), p999: z.number() });

const status = () => z.enum(['IN_PROGRESS', 'COMPLETED', 'FAILED']);

const vertexFields = () => ({
  id: z.int(), status: status(), latest_ack_timestamp: z.int(), checkpointed_size: z.int(), state_size: z.int(), end_to_end_duration: z.int(),
  alignment_buffered: z.int(), processed_data: z.int(), persisted_data: z.int(), num_subtasks: z.int(), num_acknowledged_subtasks: z.int(),
});

export const checkpoint = () =>
  z.strictObject({
    className: z.enum(['in_progress', 'completed', 'failed']), id: z.int(), status: status(), is_savepoint: z.boolean(), savepointFormat: z.nullable(z.enum(['CANONICAL', 'NATIVE'])),
    checkpoint_type: z.enum(['CHECKPOINT', 'UNALIGNED_CHECKPOINT', 'SAVEPOINT', 'SYNC_SAVEPOINT']),
    trigger_timestamp: z.int(), latest_ack_timestamp: z.int(), end_to_end_duration: z.int(), checkpointed_size: z.int(), state_size: z.int(),
    alignment_buffered: z.int(), processed_data: z.int(), persisted_data: z.int(), num_subtasks: z.int(), num_acknowledged_subtasks: z.int(),
    external_path: z.optional(z.string()), discarded: z.optional(z.boolean()), failure_timestamp: z.optional(z.int()), failure_message: z.optional(z.nullable(z.string())),
    tasks: z.record(z.string(), z.strictObject(vertexFields())),
  });

export const checkpoints = () =>
  z.strictObject({
    counts: z.strictObject({ restored: z.int(), total: z.int(), in_progress: z.int(), completed: z.int(), failed: z.int() }),
    summary: z.strictObject({
      checkpointed_size: figures(), state_size: figures(), end_to_end_duration: figures(), alignment_buffered: figures(), processed_data: figures(), persisted_data: figures(),
    }),
    latest: z.strictObject({
      completed: z.nullable(checkpoint()), savepoint: z.nullable(checkpoint()), failed: z.nullable(checkpoint()),
      restored: z.nullable(z.strictObject({ id: z.int(), restore_timestamp: z.int(), is_savepoint: z.boolean(), external_path: z.nullable(z.string()) })),
    }),
    history: z.array(checkpoint()),
  });

export const checkpointConfig = () =>
  z.strictObject({
    mode: z.enum(['exactly_once', 'at_least_once']), interval: long(), timeout: long(), min_pause: long(), max_concurrent: z.int(),
    externalization: z.strictObject({ enabled: z.boolean(), delete_on_cancellation: z.boolean() }),
    state_backend: z.string(), checkpoint_storage: z.string(), unaligned_checkpoints: z.boolean(), tolerable_failed_checkpoints: z.int(),
    aligned_checkpoint_timeout: long(), checkpoints_after_tasks_finish: z.boolean(), state_changelog_enabled: z.boolean(),
    changelog_storage: z.nullable(z.string()), changelog_periodic_materialization_interval: z.int(),
  });


export const vertexCheckpoint = () =>
  z.strictObject({
    ...vertexFields(),
    summary: z.strictObject({
      checkpointed_size: figures(), state_size: figures(), end_to_end_duration: figures(),
      checkpoint_duration: z.strictObject({ sync: figures(), async: figures() }),
      alignment: z.strictObject({ buffered: figures(), processed: figures(), persisted: figures(), duration: figures() }),
      start_delay: figures(),
    }),
    subtasks: z.array(z.union([
      z.strictObject({ className: z.literal('pending'), index: z.int(), status: z.literal('pending_or_failed') }),
      z.strictObject({
        className: z.literal('completed'), index: z.int(), status: z.literal('completed'), ack_timestamp: z.int(), end_to_end_duration: z.int(),
        checkpointed_size: z.int(), state_size: z.int(), checkpoint: z.strictObject({ sync: z.int(), async: z.int() }),
        alignment: z.strictObject({ buffered: z.int(), processed: z.int(), persisted: z.int(), duration: z.int() }),
        start_delay: z.int(), unaligned_checkpoint: z.boolean(), aborted: z.boolean(),
      }),
    ])),
  });
