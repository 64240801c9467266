/**
 * What a cluster answers, as far as the commands read it. Loaded only by commands that speak to a cluster.
 */
import * as z from 'zod/mini';

const jobStatus = z.enum(['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED', 'FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING']);

export const jobOverview = z.object({
  jid: z.string(),
  name: z.string(),
  state: jobStatus,
  'start-time': z.number(),
  'end-time': z.number(),
  duration: z.number(),
  tasks: z.record(z.string(), z.number()),
});
export type JobOverview = z.infer<typeof jobOverview>;

export const jobsOverview = z.object({ jobs: z.array(jobOverview) });
export const nothing = z.object({});
export const operationTrigger = z.object({ 'request-id': z.string() });
export const operationStatus = z.object({
  status: z.object({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
  /** Apache Flink says null while it is in progress. */
  operation: z.nullish(z.record(z.string(), z.unknown())),
});
export const savepointLocation = z.object({ location: z.string() });
export const jobParallelism = z.object({
  state: jobStatus,
  vertices: z.array(z.object({ id: z.string(), name: z.string(), parallelism: z.number(), maxParallelism: z.number(), tasks: z.record(z.string(), z.number()) })),
});
export type JobParallelism = z.infer<typeof jobParallelism>;
export const resourceRequirements = z.record(z.string(), z.object({ parallelism: z.object({ lowerBound: z.number(), upperBound: z.number() }) }));
export const exceptionHistory = z.object({ exceptionHistory: z.object({ entries: z.array(z.object({ timestamp: z.number(), stacktrace: z.string() })) }) });
export const checkpointDone = z.object({ checkpointId: z.number() });

export const errorAnswer = z.object({
  errors: z.array(z.string()),
  error: z.optional(z.object({ code: z.string(), message: z.string(), hint: z.optional(z.string()) })),
});

/** How Apache Flink tells the cause of an operation that has failed. */
export const javaFailure = z.object({ class: z.string(), 'stack-trace': z.string() });
