/**
 * `flink info`: shows the plan of a job without running it.
 */
import { FlinkCommand } from '../src/client/command-line/flink-command.js';
import { splitAtJobFile } from '../src/client/command-line/job-arguments.js';
import { jobArguments, jobFlags, parallelismOf, programOf, withoutEffect } from '../src/client/command-line/job-flags.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { planJob } from '../src/client/plan-job.js';

export default class Info extends FlinkCommand {
  static override summary = "Show a job's plan without running it.";
  static override description = "Prints the tasks as a tree, or with --json Flink's plan as JSON on standard output.";
  static override examples = ['<%= config.bin %> info job.ts', '<%= config.bin %> info --json -p 2 job.ts --input book.txt'];
  static override usage = 'info [options] <job> [arguments]';
  static override args = jobArguments;
  static override strict = false;
  static override flags = { ...jobFlags, ...withoutEffect };

  async perform(): Promise<ExitCode> {
    const { options, jobFile, programArguments } = splitAtJobFile(this.argv, Info.flags);
    const { flags } = await this.parse(Info, [...options]);
    const request = {
      ...programOf(flags.jarfile, jobFile, programArguments, 'info'),
      entry: flags.class,
      parallelism: parallelismOf(flags.parallelism),
      dynamic: flags.define ?? [],
    };
    return planJob(request, this.talk(flags));
  }
}
