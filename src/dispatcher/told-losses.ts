/**
 * Adds to what is told of a job's exceptions the losses of its processes: the process that runs it now knows nothing of those
 * before it.
 */
import type { z } from 'zod/mini';
import { jobExceptions } from '../rest/answers/job-answers.js';

export interface ProcessLoss {
  readonly error: Error;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** How many are told of: those of a job whose process is lost again and again are alike. */
export const LOSSES_MAX = 16;

const PATH = /^\/jobs\/[0-9a-f]{32}\/exceptions$/;

/** @param answers by path. */
export function withLosses(answers: Readonly<Record<string, unknown>>, losses: readonly ProcessLoss[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answers).map(([path, answer]) => [path, PATH.test(path) ? tellLosses(answer, losses) : answer]));
}

/** @param answer of `/jobs/:jobid/exceptions`; anything else is left as it is. */
export function tellLosses(answer: unknown, losses: readonly ProcessLoss[]): unknown {
  const read = jobExceptions().safeParse(answer);
  if (!read.success || losses.length === 0) return answer;
  const { exceptionHistory: { entries, truncated } } = read.data;
  const told: typeof entries = losses.map(({ error, time }) => ({
    exceptionName: error.name, stacktrace: error.stack ?? error.message, timestamp: time, taskName: null, endpoint: null, location: null, taskManagerId: null, failureLabels: {}, concurrentExceptions: [],
  }));
  const all = [...entries, ...told.filter((one) => entries.every((entry) => entry.stacktrace !== one.stacktrace))].sort((a, b) => b.timestamp - a.timestamp);
  const { error, time } = losses.at(-1)!;
  return {
    ...read.data, 'root-exception': read.data['root-exception'] ?? error.stack ?? error.message, timestamp: read.data.timestamp ?? time, exceptionHistory: { entries: all, truncated },
  } satisfies z.infer<ReturnType<typeof jobExceptions>>;
}
