/**
 * `flink logs`: prints the log of a job.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument, requireJob } from '../src/client/command-line/job-id-arguments.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { showLogs } from '../src/client/logs/show-logs.js';
import { systemClock } from '../src/core/clock.js';

export default class Logs extends FlinkCommand {
  static override summary = 'Print the log of a job.';
  static override description = 'Of a job in a session cluster or a detached one, also when it has ended. A job that runs in a terminal writes no log; then it is said where its output is, with exit code 1.';
  static override usage = 'logs [options] <job>';
  static override examples = ['<%= config.bin %> logs 5f0c', '<%= config.bin %> logs -f --out "Word Count"'];
  static override args = { job: jobArgument };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'Print what is added, too, until the job ends or Ctrl-C.' }),
    out: Flags.boolean({ description: 'What the job prints, rather than what is said of it.' }),
    'task-manager': Flags.string({ helpValue: '<n|id>', description: 'Of this TaskManager: its number, from 0, or its id.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Logs);
    const job = requireJob(args.job, 'Missing JobID. Specify a JobID to print the log of the job.');
    return showLogs({ job, follow: flags.follow, out: flags.out, taskManager: flags['task-manager'] }, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
