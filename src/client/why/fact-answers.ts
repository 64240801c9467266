/**
 * What a cluster answers about a job, as far as explanations read it; one of Apache Flink may answer.
 */
import * as z from 'zod/mini';

export const jobDetails = z.object({
  jid: z.string(), name: z.string(), state: z.string(), 'start-time': z.number(), 'end-time': z.number(), duration: z.number(), now: z.number(),
  timestamps: z.record(z.string(), z.number()),
  vertices: z.array(z.object({
    id: z.string(), name: z.string(), parallelism: z.number(), status: z.string(), tasks: z.record(z.string(), z.number()),
    metrics: z.object({ 'read-records': z.number(), 'write-records': z.number() }),
  })),
  plan: z.object({ nodes: z.array(z.object({ id: z.string(), inputs: z.optional(z.array(z.object({ id: z.string() }))) })) }),
  /** Ours: while the job waits for them. */
  'slots-required': z.optional(z.number()),
});
export type JobDetails = z.infer<typeof jobDetails>;

export const backPressure = z.object({
  subtasks: z.optional(z.array(z.object({ subtask: z.number(), ratio: z.number(), idleRatio: z.number(), busyRatio: z.number() }))),
});

export const metricValues = z.array(z.object({ id: z.string(), value: z.optional(z.string()) }));
export const aggregated = z.array(z.object({ id: z.string(), min: z.optional(z.number()), max: z.optional(z.number()), avg: z.optional(z.number()), sum: z.optional(z.number()) }));

const checkpoint = z.object({
  id: z.number(), status: z.enum(['IN_PROGRESS', 'COMPLETED', 'FAILED']), is_savepoint: z.boolean(), trigger_timestamp: z.number(), end_to_end_duration: z.number(),
  failure_timestamp: z.optional(z.number()), failure_message: z.nullish(z.string()),
});
export type CheckpointAnswer = z.infer<typeof checkpoint>;

export const checkpoints = z.object({
  latest: z.optional(z.object({ completed: z.nullish(checkpoint) })),
  history: z.array(checkpoint),
});
export const checkpointConfig = z.object({ interval: z.number() });
export const checkpointDetails = z.object({ tasks: z.record(z.string(), z.object({ end_to_end_duration: z.number(), num_subtasks: z.number(), num_acknowledged_subtasks: z.number() })) });
export const checkpointSubtasks = z.object({
  subtasks: z.array(z.object({
    index: z.number(), status: z.string(), end_to_end_duration: z.optional(z.number()), start_delay: z.optional(z.number()),
    checkpoint: z.optional(z.object({ sync: z.number(), async: z.number() })), alignment: z.optional(z.object({ duration: z.number() })),
  })),
});

export const exceptions = z.object({
  exceptionHistory: z.object({ entries: z.array(z.object({ exceptionName: z.string(), stacktrace: z.string(), timestamp: z.number(), taskName: z.nullish(z.string()) })) }),
});

export const clusterSlots = z.object({ 'slots-total': z.number(), 'slots-available': z.number() });
