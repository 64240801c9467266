/**
 * `flink info`: shows the plan of a job without running it.
 */
import { Flags } from '@oclif/core';
import { FlinkCommand } from '../src/client/command-line/flink-command.js';
import { splitAtJobFile } from '../src/client/command-line/job-arguments.js';
import { jobArguments, jobFlags, parallelismOf, programOf, withoutEffect } from '../src/client/command-line/job-flags.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { planJob } from '../src/client/plan-job.js';

export default class Info extends FlinkCommand {
  static override summary = "Show a job's plan without running it.";
  static override description = "Prints Flink's plan as JSON in Flink's frame, with --json on one line and nothing else, or with --tree the tasks as a tree.";
  static override examples = ['<%= config.bin %> info --tree job.ts', '<%= config.bin %> info --json -p 2 job.ts --input book.txt'];
  static override usage = 'info [options] <job> [arguments]';
  static override args = jobArguments;
  static override strict = false;
  static override flags = { tree: Flags.boolean({ description: 'Show the tasks as a tree, with the operators chained into each and where its records come from.' }), ...jobFlags, ...withoutEffect };

  async perform(): Promise<ExitCode> {
    const { options, jobFile, programArguments } = splitAtJobFile(this.argv, Info.flags);
    const { flags } = await this.parse(Info, [...options]);
    const request = {
      ...programOf(flags.jarfile, jobFile, programArguments, 'info'),
      entry: flags.class,
      parallelism: parallelismOf(flags.parallelism),
      dynamic: flags.define ?? [],
      tree: flags.tree,
    };
    return planJob(request, this.talk(flags));
  }
}
