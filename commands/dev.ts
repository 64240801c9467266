/**
 * `flink dev`: runs a job while it is being written.
 */
import { Flags } from '@oclif/core';
import { FlinkCommand } from '../src/client/command-line/flink-command.js';
import { splitAtJobFile } from '../src/client/command-line/job-arguments.js';
import { jobArguments, jobFlags, parallelismOf, programOf } from '../src/client/command-line/job-flags.js';
import { developJob } from '../src/client/dev/dev-session.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';

export default class Dev extends FlinkCommand {
  static override summary = 'Run a job while you write it: each saved change goes on from a savepoint.';
  static override description = 'Watches the files that the job is made of. When one is saved, the new version is built and tried on a savepoint of the running one; then the running one stops with a savepoint and the new one goes on from there. A version that does not compile, or cannot take over the state, changes nothing. The savepoints are gone with the session.';
  static override usage = 'dev [options] <job> [arguments]';
  static override examples = ['<%= config.bin %> dev job.ts', '<%= config.bin %> dev -n -p 2 job.ts --port 9000'];
  static override args = jobArguments;
  static override strict = false;
  static override flags = {
    ...jobFlags,
    json: Flags.boolean({ description: 'Say the result of each version and every error as one line of JSON.' }),
    fromSavepoint: Flags.string({ char: 's', helpValue: '<path>', description: 'What the first version goes on from.' }),
    allowNonRestoredState: Flags.boolean({ char: 'n', description: 'Drop state of operators that a new version no longer has.' }),
  };

  async perform(): Promise<ExitCode> {
    const { options, jobFile, programArguments } = splitAtJobFile(this.argv, Dev.flags);
    const { flags } = await this.parse(Dev, [...options]);
    const program = programOf(flags.jarfile, jobFile, programArguments, 'dev');
    const parallelism = parallelismOf(flags.parallelism);
    const ofEveryVersion = [
      ...(parallelism === undefined ? [] : ['-p', String(parallelism)]),
      ...(flags.define ?? []).flatMap((setting) => ['-D', setting]),
      ...(flags.class === undefined ? [] : ['-c', flags.class]),
      ...(['quiet', 'verbose', 'json', 'no-color'] as const).filter((name) => flags[name]).map((name) => `--${name}`),
    ];
    const reporter = this.talk(flags);
    return developJob({ ...program, options: ofEveryVersion, allowNonRestoredState: flags.allowNonRestoredState, fromSavepoint: flags.fromSavepoint }, reporter, systemClock);
  }
}
