/**
 * The options `flink run` and `flink info` share, and how their words are read.
 */
import { Args, Flags } from '@oclif/core';
import { FlinkError } from '../../core/errors.js';
import { ParallelismDefault } from '../../core/options.js';
import { readValue } from '../../core/value-types.js';
import { commonFlags, targetFlags } from './flink-command.js';

export const jobFlags = {
  parallelism: Flags.string({ char: 'p', helpValue: '<n>', description: 'Parallelism of operators that set none themselves; beats parallelism.default.' }),
  define: Flags.string({ char: 'D', helpValue: '<key=value>', multiple: true, multipleNonGreedy: true, description: 'Set a configuration key; beats config.yaml. May be repeated.' }),
  // Flink's other way to name the program.
  jarfile: Flags.string({ char: 'j', hidden: true, description: 'The job file; then everything that is no option goes to the program.' }),
  class: Flags.string({ char: 'c', helpValue: '<export>', description: 'Call this export of the job file instead of its default export.' }),
  ...commonFlags,
};

/** What Flink takes for a plan though it changes nothing of it. */
export const withoutEffect = {
  detached: Flags.boolean({ char: 'd', aliases: ['yarndetached', 'yd'], hidden: true }),
  shutdownOnAttachedExit: Flags.boolean({ aliases: ['sae'], hidden: true }),
  target: { ...targetFlags.target, hidden: true },
  jobmanager: { ...targetFlags.jobmanager, hidden: true },
  zookeeperNamespace: { ...targetFlags.zookeeperNamespace, hidden: true },
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

/** The program and what it gets. @param jarfile of `-j`: then the first word that is no option is the program's, too. */
export function programOf(jarfile: string | undefined, jobFile: string | undefined, programArguments: readonly string[], command: string): { jobFile: string; programArguments: readonly string[] } {
  if (jarfile === undefined) return { jobFile: requireJobFile(jobFile, command), programArguments };
  return { jobFile: jarfile, programArguments: jobFile === undefined ? programArguments : [jobFile, ...programArguments] };
}

export function requireJobFile(jobFile: string | undefined, command: string): string {
  if (jobFile !== undefined) return jobFile;
  throw new FlinkError('USAGE', `flink ${command} needs a job file`, { hint: `Write for example \`flink ${command} job.ts\`; see \`flink ${command} --help\`.` });
}
