/**
 * The words of commands that name a running job, with Flink's options whose value may be left out.
 */
import { Args } from '@oclif/core';
import { FlinkError } from '../../core/errors.js';

export const jobArgument = Args.string({ description: 'Job id, at least four digits of one, or the name of a job.', ignoreStdin: true });

/** `missing` is what Flink says. */
export function requireJob(job: string | undefined, missing: string): string {
  if (job !== undefined) return job;
  throw new FlinkError('USAGE', missing, { hint: '`flink list` shows the ids.' });
}

/**
 * The folder of an option may be left out: then the word behind the option is the job (Flink's rule).
 * @param folder what the parser took for the option's value; empty where there was none.
 */
export function jobAndFolder(job: string | undefined, folder: string | undefined): { job: string | undefined; folder: string | undefined } {
  const given = folder === '' ? undefined : folder;
  return job === undefined ? { job: given, folder: undefined } : { job, folder: given };
}

/** The flag of the savepoint's format, in any case. */
export function savepointFormat(given: string): 'CANONICAL' | 'NATIVE' {
  return given === 'native' ? 'NATIVE' : 'CANONICAL';
}
