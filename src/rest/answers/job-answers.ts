/**
 * What is answered of a job as a whole.
 */
import * as z from 'zod/mini';
import { accumulator, byExecutionState, executionState, id, ioMetrics, jobStatus } from './common.js';

export const jobIds = () => z.strictObject({ jobs: z.array(z.strictObject({ id: id(), status: jobStatus() })) });

export const jobOverview = () =>
  z.strictObject({
    jid: id(), name: z.string(), state: jobStatus(), 'start-time': z.int(), 'end-time': z.int(), duration: z.int(), 'last-modification': z.int(),
    tasks: z.record(z.string(), z.int()), jobType: z.enum(['STREAMING', 'BATCH']),
  });

export const jobOverviews = () => z.strictObject({ jobs: z.array(jobOverview()) });

export const jobStatusAnswer = () => z.strictObject({ status: jobStatus() });

const plan = () =>
  z.strictObject({
    jid: id(), name: z.string(), type: z.enum(['STREAMING', 'BATCH']),
    nodes: z.array(z.strictObject({
      id: id(), parallelism: z.int(), operator: z.string(), operator_strategy: z.string(), description: z.string(),
      inputs: z.optional(z.array(z.strictObject({ num: z.int(), id: id(), ship_strategy: z.string(), exchange: z.string() }))),
      optimizer_properties: z.strictObject({}),
    })),
  });

export const jobPlan = () => z.strictObject({ plan: plan() });

export const jobDetails = () =>
  z.strictObject({
    jid: id(), name: z.string(), isStoppable: z.boolean(), state: jobStatus(), 'job-type': z.enum(['STREAMING', 'BATCH']),
    'start-time': z.int(), 'end-time': z.int(), duration: z.int(), maxParallelism: z.int(), now: z.int(),
    timestamps: z.record(jobStatus(), z.int()),
    vertices: z.array(z.strictObject({
      id: id(), slotSharingGroupId: z.string(), name: z.string(), maxParallelism: z.int(), parallelism: z.int(), status: executionState(),
      'start-time': z.int(), 'end-time': z.int(), duration: z.int(), tasks: byExecutionState(), metrics: ioMetrics(),
    })),
    'status-counts': byExecutionState(),
    plan: plan(),
    /** How many slots a job waits for; Flink does not say that. */
    'slots-required': z.optional(z.int()),
  });

export const jobConfig = () =>
  z.strictObject({
    jid: id(), name: z.string(),
    'execution-config': z.strictObject({
      'execution-mode': z.string(), 'restart-strategy': z.string(), 'job-parallelism': z.int(), 'object-reuse-mode': z.boolean(),
      'user-config': z.record(z.string(), z.string()),
    }),
  });

const exception = () =>
  z.strictObject({
    exceptionName: z.string(), stacktrace: z.string(), timestamp: z.int(),
    taskName: z.nullable(z.string()), endpoint: z.nullable(z.string()), location: z.nullable(z.string()), taskManagerId: z.nullable(z.string()),
    failureLabels: z.record(z.string(), z.string()),
  });

export const jobExceptions = () =>
  z.strictObject({
    exceptionHistory: z.strictObject({ entries: z.array(z.extend(exception(), { concurrentExceptions: z.array(exception()) })), truncated: z.boolean() }),
    'root-exception': z.nullable(z.string()), timestamp: z.nullable(z.int()),
    'all-exceptions': z.array(z.strictObject({
      exception: z.string(), task: z.string(), location: z.nullable(z.string()), endpoint: z.nullable(z.string()), timestamp: z.int(), taskManagerId: z.nullable(z.string()),
    })),
    truncated: z.boolean(),
  });

export const jobResult = () =>
  z.strictObject({
    status: z.strictObject({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
    'job-execution-result': z.optional(z.strictObject({
      id: id(), 'application-status': z.enum(['SUCCEEDED', 'FAILED', 'CANCELED', 'UNKNOWN']), 'net-runtime': z.int(),
      'accumulator-results': z.record(z.string(), z.string()),
      'failure-cause': z.optional(z.looseObject({ class: z.string(), 'stack-trace': z.string() })),
    })),
  });

export const jobAccumulators = () =>
  z.strictObject({
    'job-accumulators': z.array(z.unknown()), 'user-task-accumulators': z.array(accumulator()),
    'serialized-user-task-accumulators': z.record(z.string(), z.string()),
  });

/** By vertex. */
export const resourceRequirements = () => z.record(id(), z.strictObject({ parallelism: z.strictObject({ lowerBound: z.int(), upperBound: z.int() }) }));
