/**
 * What is answered of a vertex and its subtasks.
 */
import * as z from 'zod/mini';
import type { FlameGraphNode } from '../flame-graph.js';
import { accumulator, aggregated, byExecutionState, executionState, id, ioMetrics } from './common.js';

/** One try to run a subtask. */
export const attempt = () =>
  z.strictObject({
    subtask: z.int(), status: executionState(), attempt: z.int(), endpoint: z.string(), host: z.string(),
    'start-time': z.int(), start_time: z.int(), 'end-time': z.int(), duration: z.int(), metrics: ioMetrics(), 'taskmanager-id': z.string(),
    'status-duration': z.record(z.string(), z.int()),
  });

export const vertexDetails = () =>
  z.strictObject({ id: id(), name: z.string(), parallelism: z.int(), maxParallelism: z.int(), now: z.int(), subtasks: z.array(attempt()), aggregated: aggregated() });

export const vertexTaskManagers = () =>
  z.strictObject({
    id: id(), name: z.string(), now: z.int(),
    taskmanagers: z.array(z.strictObject({
      endpoint: z.string(), host: z.string(), 'taskmanager-id': z.string(), status: executionState(), 'start-time': z.int(), 'end-time': z.int(), duration: z.int(),
      metrics: ioMetrics(), 'status-counts': byExecutionState(), aggregated: aggregated(),
    })),
  });

const level = () => z.enum(['ok', 'low', 'high']);

export const backPressure = () =>
  z.union([
    z.strictObject({ status: z.literal('deprecated') }),
    z.strictObject({
      status: z.literal('ok'), backpressureLevel: level(), 'backpressure-level': level(), 'end-timestamp': z.int(),
      subtasks: z.array(z.strictObject({
        subtask: z.int(), 'attempt-number': z.int(), backpressureLevel: level(), 'backpressure-level': level(),
        ratio: z.number(), idleRatio: z.number(), busyRatio: z.number(),
      })),
    }),
  ]);

export const subtaskTimes = () =>
  z.strictObject({
    id: id(), name: z.string(), now: z.int(),
    subtasks: z.array(z.strictObject({ subtask: z.int(), endpoint: z.string(), host: z.string(), duration: z.int(), timestamps: byExecutionState() })),
  });

export const vertexAccumulators = () => z.strictObject({ id: id(), 'user-accumulators': z.array(accumulator()) });

export const subtasksAccumulators = () =>
  z.strictObject({
    id: id(), parallelism: z.int(),
    subtasks: z.array(z.strictObject({ subtask: z.int(), attempt: z.int(), endpoint: z.string(), host: z.string(), 'user-accumulators': z.array(accumulator()) })),
  });

export const subtaskAccumulators = () => z.strictObject({ subtask: z.int(), attempt: z.int(), id: z.string(), 'user-accumulators': z.array(accumulator()) });

const flameGraphNode = () => {
  const node: z.ZodMiniType<FlameGraphNode, FlameGraphNode> = z.strictObject({ name: z.string(), value: z.int(), children: z.array(z.lazy(() => node)) });
  return node;
};

/** Without `data` the end is -1 where the vertex has ended, -2 where flame graphs are switched off, -3 while the first is taken. */
export const flameGraph = () => z.strictObject({ endTimestamp: z.int(), data: z.optional(flameGraphNode()) });
