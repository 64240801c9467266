/**
 * What answers have in common, in Flink's field names. Times are epoch milliseconds, durations milliseconds, sizes bytes.
 */
import * as z from 'zod/mini';
import { described } from '../described.js';

export const jobStatus = () => z.enum(['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED', 'FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING']);

export const executionState = () => z.enum(['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED', 'RECONCILING']);

/** One number for each state of a task. */
export const byExecutionState = () => z.record(executionState(), z.int());

/** Of a job, a vertex or an operator. */
export const id = () => z.string().check(z.regex(/^[0-9a-f]{32}$/));

/** A `long` of Java, which is more than the whole numbers that a client in JavaScript tells apart. */
export const long = () => described(z.number().check(z.refine((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 63)), { type: 'integer' });

export const nothing = () => z.strictObject({});

/** What a subtask, or several, have read and written. */
export const ioMetrics = () =>
  z.strictObject({
    'read-bytes': z.int(), 'read-bytes-complete': z.boolean(), 'write-bytes': z.int(), 'write-bytes-complete': z.boolean(),
    'read-records': z.int(), 'read-records-complete': z.boolean(), 'write-records': z.int(), 'write-records-complete': z.boolean(),
    'accumulated-backpressured-time': z.int(), 'accumulated-idle-time': z.int(), 'accumulated-busy-time': z.number(),
  });

/** Figures over several subtasks: by name of the figure, then of the statistic. */
export const aggregated = () =>
  z.strictObject({
    metrics: z.record(z.string(), statistics()),
    'status-duration': z.record(z.string(), statistics()),
  });

const statistics = () =>
  z.strictObject({ min: z.int(), max: z.int(), avg: z.int(), sum: z.int(), median: z.int(), p25: z.int(), p75: z.int(), p95: z.int() });

/** The value of an accumulator as text. */
export const accumulator = () => z.strictObject({ name: z.string(), type: z.string(), value: z.string() });

export const triggered = () => z.strictObject({ 'request-id': id() });

/** How an operation stands; once it is over, with what came of it. */
export const operationStatus = () =>
  z.strictObject({ status: z.strictObject({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }), operation: z.nullable(z.record(z.string(), z.unknown())) });
