/**
 * `flink bundle`: makes one file of a job and everything it imports.
 */
import { Args, Flags } from '@oclif/core';
import { commonFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { requireJobFile } from '../src/client/command-line/job-flags.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { writeBundle } from '../src/client/write-bundle.js';

export default class Bundle extends FlinkCommand {
  static override summary = 'Make one file of a job and what it imports.';
  static override description = 'The bundle runs with `flink run` of any installation, without the packages the job was made with.';
  static override examples = ['<%= config.bin %> bundle job.ts', '<%= config.bin %> bundle word-count.ts -o word-count.mjs'];
  static override args = { job: Args.string({ description: 'A TypeScript or JavaScript file, or a folder.', ignoreStdin: true }) };
  static override flags = {
    output: Flags.string({ char: 'o', helpValue: '<path>', description: 'Where to write it; by default the job file\'s name with .bundle.mjs.' }),
    ...commonFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Bundle);
    const request = { jobFile: requireJobFile(args.job, 'bundle'), output: flags.output };
    return writeBundle(request, this.talk(flags));
  }
}
