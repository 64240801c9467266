/**
 * What answers have in common, in Flink's field names. Times are epoch milliseconds, durations milliseconds, sizes bytes.
 */
import * as z from 'zod/mini';

export const jobStatus = () => z.enum(['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED', 'FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING']);

export const executionState = () => z.enum(['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED', 'RECONCILING']);

/** One number for each state of a task. */
export const byExecutionState = () => z.record(executionState(), z.number());

/** Of a job, a vertex or an operator. */
export const id = () => z.string().check(z.regex(/^[0-9a-f]{32}$/));

export const nothing = () => z.strictObject({});

/** What a subtask, or several, have read and written. */
export const ioMetrics = () =>
  z.strictObject({
    'read-bytes': z.number(), 'read-bytes-complete': z.boolean(), 'write-bytes': z.number(), 'write-bytes-complete': z.boolean(),
    'read-records': z.number(), 'read-records-complete': z.boolean(), 'write-records': z.number(), 'write-records-complete': z.boolean(),
    'accumulated-backpressured-time': z.number(), 'accumulated-idle-time': z.number(), 'accumulated-busy-time': z.number(),
  });

/** Figures over several subtasks: by name of the figure, then of the statistic. */
export const aggregated = () =>
  z.strictObject({
    metrics: z.record(z.string(), statistics()),
    'status-duration': z.record(z.string(), statistics()),
  });

const statistics = () =>
  z.strictObject({ min: z.number(), max: z.number(), avg: z.number(), sum: z.number(), median: z.number(), p25: z.number(), p75: z.number(), p95: z.number() });

/** The value of an accumulator as text. */
export const accumulator = () => z.strictObject({ name: z.string(), type: z.string(), value: z.string() });

export const triggered = () => z.strictObject({ 'request-id': id() });

/** How an operation stands; once it is over, with what came of it. */
export const operationStatus = () =>
  z.strictObject({ status: z.strictObject({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }), operation: z.nullable(z.record(z.string(), z.unknown())) });
