/**
 * The streams that a test's program answers: recognises them, runs their job and fills an array for each.
 */
import type { CollectedResults } from '../api/collected-results.js';
import { DataStream } from '../api/data-stream.js';
import type { JobClient } from '../program/pipeline-executor.js';
import { type SubmittedJob, userError } from './submitted-job.js';

const JOB_NAME = 'test';

export interface CollectedStreams {
  /** Hands the job over. */
  start(): Promise<SubmittedJob<unknown>>;
}

/** Undefined when `answer` is something else than a stream, or streams by name. */
export function collectedOf(answer: unknown): CollectedStreams | undefined {
  if (answer instanceof DataStream) {
    return { start: () => start([answer as DataStream<unknown>], ([records]) => records) };
  }
  if (typeof answer !== 'object' || answer === null) return undefined;
  const names = Object.keys(answer);
  const streams = Object.values(answer) as unknown[];
  if (streams.length === 0 || !streams.every((stream): stream is DataStream<unknown> => stream instanceof DataStream)) return undefined;
  return { start: () => start(streams, (all) => Object.fromEntries(names.map((name, at) => [name, all[at]]))) };
}

async function start(streams: readonly DataStream<unknown>[], shape: (all: readonly unknown[][]) => unknown): Promise<SubmittedJob<unknown>> {
  const all = streams.map((): unknown[] => []);
  const sources = streams.map((stream) => stream.collectAsync());
  const results = shape(all);
  const client = await streams[0]!.getExecutionEnvironment().executeAsync(JOB_NAME);
  const filled = Promise.all(sources.map((source, at) => fill(source, all[at]!)));
  const finished = filled.then(
    () => results,
    (error: unknown) => {
      throw userError(error);
    },
  );
  // A test that only looks at the results so far need not hear of the end.
  finished.catch(() => {});
  return { results, finished, cancel: () => cancel(client, results) };
}

async function fill(source: CollectedResults<unknown>, records: unknown[]): Promise<void> {
  for await (const record of source) records.push(record);
}

async function cancel(client: JobClient, results: unknown): Promise<unknown> {
  await client.cancel();
  await client.getJobExecutionResult().catch(() => {});
  return results;
}
