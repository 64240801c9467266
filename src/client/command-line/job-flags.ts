/**
 * The options `flink run` and `flink info` share, and how their words are read.
 */
import { Args, Flags } from '@oclif/core';
import { FlinkError } from '../../core/errors.js';
import { ParallelismDefault } from '../../core/options.js';
import { readValue } from '../../core/value-types.js';
import { commonFlags } from './flink-command.js';

export const jobFlags = {
  parallelism: Flags.string({ char: 'p', helpValue: '<n>', description: 'Parallelism of operators that set none themselves.' }),
  define: Flags.string({ char: 'D', helpValue: '<key=value>', multiple: true, multipleNonGreedy: true, description: 'Set a configuration key; beats config.yaml. May be repeated.' }),
  class: Flags.string({ char: 'c', helpValue: '<export>', description: 'Call this export of the job file instead of its default export.' }),
  ...commonFlags,
};

/** For the help only: the words are split before the parser sees them. */
export const jobArguments = {
  job: Args.string({ description: 'A TypeScript or JavaScript file, a folder, or a bundle made by `flink bundle`.', ignoreStdin: true }),
  arguments: Args.string({ description: 'What the program gets, verbatim: everything after the job file.', ignoreStdin: true }),
};

/** The number given with `-p`, in Flink's words when it is none. */
export function parallelismOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const { type } = ParallelismDefault;
  const value = readValue(type, text);
  if (value !== undefined) return value;
  throw new FlinkError('USAGE', `The parallelism must be a positive number: ${text}`, { hint: `Give ${type.allowed}, for example -p 2.` });
}

export function requireJobFile(jobFile: string | undefined, command: string): string {
  if (jobFile !== undefined) return jobFile;
  throw new FlinkError('USAGE', `flink ${command} needs a job file`, { hint: `Write for example \`flink ${command} job.ts\`; see \`flink ${command} --help\`.` });
}
