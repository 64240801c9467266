/**
 * The answers about a vertex and its subtasks.
 */
import { mostSubtasks } from '../cluster/resource-requirements.js';
import type { z } from 'zod/mini';
import type { AccumulatorPart } from '../cluster/messages.js';
import type { SubtaskMetrics } from '../cluster/running-job.js';
import type { accumulator } from './answers/common.js';
import type { attempt, backPressure, subtaskAccumulators, subtasksAccumulators, subtaskTimes, vertexAccumulators, vertexDetails, vertexTaskManagers } from './answers/vertex-answers.js';
import { statusDurations } from './attempts.js';
import { aggregatedOf, ioMetricsOf } from './io-metrics.js';
import { countStates, EXECUTION_STATES, type JobRecord } from './job-record.js';
import { RestError } from './rest-error.js';
import { ENDPOINT, HOST, taskManagerId, timesOf } from './task-names.js';

type Answer<S extends () => z.ZodMiniType> = z.input<ReturnType<S>>;

const WHERE = { endpoint: ENDPOINT, host: HOST };

/** What the subtask does now, or did last. */
export function attemptOf(subtask: SubtaskMetrics, now: number): Answer<typeof attempt> {
  const times = timesOf({ subtasks: [subtask] }, now);
  return {
    subtask: subtask.subtask, status: subtask.state, attempt: subtask.attempt, ...WHERE, ...times, start_time: times['start-time'], metrics: ioMetricsOf([subtask]),
    'taskmanager-id': taskManagerId(subtask.taskManager), 'status-duration': statusDurations(subtask.timestamps, now),
  };
}

/** One attempt of a subtask, also one that another has replaced: its counters are no more. */
export function attemptByNumber(record: JobRecord, vertexId: string, index: string, number: string): Answer<typeof attempt> {
  const { subtask } = record.subtask(vertexId, index);
  const now = record.clock.now();
  if (String(subtask.attempt) === number) return attemptOf(subtask, now);
  const past = record.job.snapshot().pastAttempts.find((one) => one.vertexId === vertexId && one.subtask === subtask.subtask && String(one.attempt) === number);
  if (!past) throw new RestError(404, `Subtask ${index} of vertex ${vertexId} has no attempt ${number}, or it is forgotten`);
  return {
    subtask: past.subtask, status: past.state, attempt: past.attempt, ...WHERE, 'start-time': past.startTime, start_time: past.startTime, 'end-time': past.endTime, duration: past.endTime - past.startTime,
    metrics: ioMetricsOf([]), 'taskmanager-id': taskManagerId(subtask.taskManager), 'status-duration': statusDurations(past.timestamps, past.endTime),
  };
}

export function vertexOf(record: JobRecord, vertexId: string): Answer<typeof vertexDetails> {
  const vertex = record.vertex(vertexId);
  const now = record.clock.now();
  const known = record.job.description.jobGraph.vertices.find(({ id }) => id === vertexId);
  const maxParallelism = known ? mostSubtasks(known) : -1;
  return {
    id: vertex.id, name: vertex.name, parallelism: vertex.parallelism, maxParallelism, now,
    subtasks: vertex.subtasks.map((subtask) => attemptOf(subtask, now)), aggregated: aggregatedOf(vertex.subtasks, now),
  };
}

export function vertexTaskManagersOf(record: JobRecord, vertexId: string): Answer<typeof vertexTaskManagers> {
  const { id, name, subtasks } = record.vertex(vertexId);
  const now = record.clock.now();
  const indexes = [...new Set(subtasks.map(({ taskManager }) => taskManager))];
  return {
    id, name, now,
    taskmanagers: indexes.map((index) => {
      const here = subtasks.filter(({ taskManager }) => taskManager === index);
      return {
        ...WHERE, 'taskmanager-id': taskManagerId(index), status: worst(here), ...timesOf({ subtasks: here }, now), metrics: ioMetricsOf(here),
        'status-counts': countStates(here.map(({ state }) => state)), aggregated: aggregatedOf(here, now),
      };
    }),
  };
}

/** As Flink shows several subtasks in one word: the worst first, then the least advanced. */
function worst(subtasks: readonly SubtaskMetrics[]): SubtaskMetrics['state'] {
  const states = subtasks.map(({ state }) => state);
  const telling = (['FAILED', 'CANCELING', 'CANCELED', 'INITIALIZING', 'RUNNING'] as const).find((state) => states.includes(state));
  return telling ?? (states.every((state) => state === 'FINISHED') ? 'FINISHED' : states.includes('FINISHED') ? 'RUNNING' : 'CREATED');
}

const LOW = 0.1;
const HIGH = 0.5;

function levelOf(ratio: number): 'ok' | 'low' | 'high' {
  return ratio <= LOW ? 'ok' : ratio <= HIGH ? 'low' : 'high';
}

export function backPressureOf(record: JobRecord, vertexId: string): Answer<typeof backPressure> {
  const vertex = record.vertex(vertexId);
  // Of a subtask that has not run nothing is known, in Flink neither.
  const running = vertex.subtasks.filter(({ timestamps }) => timestamps.RUNNING !== undefined);
  if (running.length === 0) return { status: 'deprecated' };
  const subtasks = running.map((subtask) => {
    const { busyMs, idleMs, backPressuredMs } = record.rates.of(vertexId, subtask);
    const ratio = backPressuredMs / 1_000;
    return { subtask: subtask.subtask, 'attempt-number': subtask.attempt, ...spelled(levelOf(ratio)), ratio, idleRatio: idleMs / 1_000, busyRatio: busyMs / 1_000 };
  });
  return { status: 'ok', ...spelled(levelOf(Math.max(...subtasks.map(({ ratio }) => ratio)))), 'end-timestamp': record.clock.now(), subtasks };
}

/** As Flink spells it now, and as it did before. */
function spelled(level: 'ok' | 'low' | 'high') {
  return { backpressureLevel: level, 'backpressure-level': level };
}

export function subtaskTimesOf(record: JobRecord, vertexId: string): Answer<typeof subtaskTimes> {
  const { id, name, subtasks } = record.vertex(vertexId);
  const now = record.clock.now();
  return {
    id, name, now,
    subtasks: subtasks.map((subtask) => ({
      subtask: subtask.subtask, ...WHERE, duration: timesOf({ subtasks: [subtask] }, now).duration,
      timestamps: Object.fromEntries(EXECUTION_STATES.map((state) => [state, subtask.timestamps[state] ?? 0])) as Record<(typeof EXECUTION_STATES)[number], number>,
    })),
  };
}

export function vertexAccumulatorsOf(record: JobRecord, vertexId: string): Answer<typeof vertexAccumulators> {
  const partsOf = accumulatorsBySubtask(record, vertexId);
  const { id, subtasks } = record.vertex(vertexId);
  return { id, 'user-accumulators': subtasks.flatMap(({ subtask }) => partsOf(subtask)) };
}

export function subtasksAccumulatorsOf(record: JobRecord, vertexId: string): Answer<typeof subtasksAccumulators> {
  const partsOf = accumulatorsBySubtask(record, vertexId);
  const { id, parallelism, subtasks } = record.vertex(vertexId);
  return { id, parallelism, subtasks: subtasks.map(({ subtask, attempt: number }) => ({ subtask, attempt: number, ...WHERE, 'user-accumulators': partsOf(subtask) })) };
}

export function subtaskAccumulatorsOf(record: JobRecord, vertexId: string, index: string): Answer<typeof subtaskAccumulators> {
  const { subtask: { subtask, attempt: number } } = record.subtask(vertexId, index);
  return { subtask, attempt: number, id: `${vertexId}_${subtask}_${number}`, 'user-accumulators': accumulatorsBySubtask(record, vertexId)(subtask) };
}

function accumulatorsBySubtask({ job }: JobRecord, vertexId: string): (subtask: number) => Answer<typeof accumulator>[] {
  const { bySubtask } = job.accumulators();
  return (subtask) => (bySubtask.find((one) => one.vertexId === vertexId && one.subtask === subtask)?.parts ?? []).map(accumulatorOf);
}

/** An accumulator as text. */
export function accumulatorOf({ name, kind, value }: AccumulatorPart): Answer<typeof accumulator> {
  return { name, type: kind, value: typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)) };
}

