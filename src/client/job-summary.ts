/**
 * How a job ended, in Flink's words for people and as one object for programs.
 */
import type { CheckpointStatistics } from '../checkpoint/checkpoint-statistics.js';
import type { JobException, JobResult, VertexSnapshot } from '../cluster/running-job.js';
import { FlinkError } from '../core/errors.js';

/** Flink's closing lines: the runtime and the accumulators. */
export function closingLines(result: JobResult): string[] {
  if (result.status !== 'FINISHED') return [];
  const accumulators = Object.entries(result.accumulators);
  return [
    'Program execution finished',
    `Job with JobID ${result.jobId} has finished.`,
    `Job Runtime: ${Math.round(result.netRuntimeMs)} ms`,
    ...(result.final.restarts > 0 ? [`Restarts: ${result.final.restarts}`] : []),
    ...(accumulators.length > 0 ? ['Accumulator Results: ', ...accumulators.map(([name, { kind, value }]) => `- ${name} (${kind})${shownValue(value)}`)] : []),
  ];
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return ` [${value.length} elements]`;
  return `: ${typeof value === 'object' && value !== null ? JSON.stringify(value, carryable) : String(value)}`;
}

/** The result as plain data; every number is whole milliseconds or a count. */
export function resultJson(result: JobResult): Record<string, unknown> {
  return {
    jobId: result.jobId,
    name: result.name,
    status: result.status,
    netRuntimeMs: Math.round(result.netRuntimeMs),
    outputClosed: result.outputClosed,
    accumulators: Object.fromEntries(Object.entries(result.accumulators).map(([name, { value }]) => [name, value])),
    restarts: result.final.restarts,
    ...(result.checkpoints && { checkpoints: checkpointsJson(result.checkpoints) }),
    exceptions: result.final.exceptions.map(exceptionJson),
    vertices: result.final.vertices.map(vertexJson),
  };
}

/** Durations in milliseconds, sizes in bytes: `checkpointedSize` is what was written, `stateSize` what it stands for. */
function checkpointsJson({ counts, summary }: CheckpointStatistics): Record<string, unknown> {
  const { endToEndDuration, checkpointedSize, stateSize } = summary;
  return { completed: counts.completed, failed: counts.failed, endToEndDuration, checkpointedSize, stateSize };
}

function exceptionJson({ error, time, task, concurrent }: JobException): Record<string, unknown> {
  const where = task && { name: task.name, vertexId: task.vertexId, subtask: task.subtask, attempt: task.attempt };
  return { time, code: error instanceof FlinkError ? error.code : null, message: error.message, task: where ?? null, concurrent: concurrent.map(exceptionJson) };
}

function vertexJson(vertex: VertexSnapshot): Record<string, unknown> {
  const { id, name, parallelism, state, inputs } = vertex;
  const subtasks = vertex.subtasks.map((subtask) => ({ ...subtask, busyMs: Math.round(subtask.busyMs), idleMs: Math.round(subtask.idleMs), backPressuredMs: Math.round(subtask.backPressuredMs) }));
  const total = (key: 'recordsIn' | 'recordsOut' | 'bytesIn' | 'bytesOut'): number => subtasks.reduce((sum, subtask) => sum + subtask[key], 0);
  return { id, name, parallelism, state, inputs, recordsIn: total('recordsIn'), recordsOut: total('recordsOut'), bytesIn: total('bytesIn'), bytesOut: total('bytesOut'), subtasks };
}

/** One line of JSON; values JSON has no form for are written as people would read them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, carryable);
}

function carryable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  return value;
}
