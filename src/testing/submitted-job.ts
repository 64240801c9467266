/**
 * A job that a test has started and that runs beside it: what it has emitted so far, how it ends, and a way to stop it.
 */
import type { DataStream } from '../api/data-stream.js';
import { FlinkError } from '../core/errors.js';

/** The records of a stream, or of several by name: an array for each. `Otherwise` for anything else. */
export type Collected<S, Otherwise = never> =
  S extends DataStream<infer T> ? T[]
  : S extends object ? (true extends NotStreams<S> ? Otherwise : { -readonly [Name in keyof S]: S[Name] extends DataStream<infer T> ? T[] : never })
  : Otherwise;

type NotStreams<S> = { [Name in keyof S]: S[Name] extends DataStream<infer _> ? false : true }[keyof S];

export interface SubmittedJob<R> {
  /** What the streams have emitted so far; grows while the job runs. */
  readonly results: R;
  /** Resolves with all results when the job has finished; rejects with what a function of it threw. */
  readonly finished: Promise<R>;
  /** Stops the job and resolves when it has ended, with the results so far. */
  cancel(): Promise<R>;
}

/**
 * The error that a job's author knows: what the function threw, or the failure of the job where no function did.
 * What is not an Error stays wrapped.
 */
export function userError(error: unknown): unknown {
  return error instanceof FlinkError && error.code === 'USER_FUNCTION' && error.cause instanceof Error ? error.cause : error;
}
