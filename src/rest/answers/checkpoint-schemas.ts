/**
 * What is answered of a job's checkpoints.
 */
import * as z from 'zod/mini';

const figures = () =>
  z.strictObject({ min: z.number(), max: z.number(), avg: z.number(), p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number(), p999: z.number() });

const status = () => z.enum(['IN_PROGRESS', 'COMPLETED', 'FAILED']);

const vertexFields = () => ({
  id: z.number(), status: status(), latest_ack_timestamp: z.number(), checkpointed_size: z.number(), state_size: z.number(), end_to_end_duration: z.number(),
  alignment_buffered: z.number(), processed_data: z.number(), persisted_data: z.number(), num_subtasks: z.number(), num_acknowledged_subtasks: z.number(),
});

export const checkpoint = () =>
  z.strictObject({
    className: z.enum(['in_progress', 'completed', 'failed']), id: z.number(), status: status(), is_savepoint: z.boolean(), savepointFormat: z.nullable(z.enum(['CANONICAL', 'NATIVE'])),
    checkpoint_type: z.enum(['CHECKPOINT', 'UNALIGNED_CHECKPOINT', 'SAVEPOINT', 'SYNC_SAVEPOINT']),
    trigger_timestamp: z.number(), latest_ack_timestamp: z.number(), end_to_end_duration: z.number(), checkpointed_size: z.number(), state_size: z.number(),
    alignment_buffered: z.number(), processed_data: z.number(), persisted_data: z.number(), num_subtasks: z.number(), num_acknowledged_subtasks: z.number(),
    external_path: z.optional(z.string()), discarded: z.optional(z.boolean()), failure_timestamp: z.optional(z.number()), failure_message: z.optional(z.nullable(z.string())),
    tasks: z.record(z.string(), z.strictObject(vertexFields())),
  });

export const checkpoints = () =>
  z.strictObject({
    counts: z.strictObject({ restored: z.number(), total: z.number(), in_progress: z.number(), completed: z.number(), failed: z.number() }),
    summary: z.strictObject({
      checkpointed_size: figures(), state_size: figures(), end_to_end_duration: figures(), alignment_buffered: figures(), processed_data: figures(), persisted_data: figures(),
    }),
    latest: z.strictObject({
      completed: z.nullable(checkpoint()), savepoint: z.nullable(checkpoint()), failed: z.nullable(checkpoint()),
      restored: z.nullable(z.strictObject({ id: z.number(), restore_timestamp: z.number(), is_savepoint: z.boolean(), external_path: z.nullable(z.string()) })),
    }),
    history: z.array(checkpoint()),
  });

export const checkpointConfig = () =>
  z.strictObject({
    mode: z.enum(['exactly_once', 'at_least_once']), interval: z.number(), timeout: z.number(), min_pause: z.number(), max_concurrent: z.number(),
    externalization: z.strictObject({ enabled: z.boolean(), delete_on_cancellation: z.boolean() }),
    state_backend: z.string(), checkpoint_storage: z.string(), unaligned_checkpoints: z.boolean(), tolerable_failed_checkpoints: z.number(),
    aligned_checkpoint_timeout: z.number(), checkpoints_after_tasks_finish: z.boolean(), state_changelog_enabled: z.boolean(),
    changelog_storage: z.nullable(z.string()), changelog_periodic_materialization_interval: z.number(),
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
      z.strictObject({ className: z.literal('pending'), index: z.number(), status: z.literal('pending_or_failed') }),
      z.strictObject({
        className: z.literal('completed'), index: z.number(), status: z.literal('completed'), ack_timestamp: z.number(), end_to_end_duration: z.number(),
        checkpointed_size: z.number(), state_size: z.number(), checkpoint: z.strictObject({ sync: z.number(), async: z.number() }),
        alignment: z.strictObject({ buffered: z.number(), processed: z.number(), persisted: z.number(), duration: z.number() }),
        start_delay: z.number(), unaligned_checkpoint: z.boolean(), aborted: z.boolean(),
      }),
    ])),
  });
