/**
 * `flink checkpoint`: takes a checkpoint of a running job now.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument, requireJob } from '../src/client/command-line/job-id-arguments.js';
import { takeCheckpoint } from '../src/client/control/take-snapshot.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';

export default class Checkpoint extends FlinkCommand {
  static override summary = 'Take a checkpoint of a running job.';
  static override description = 'As the job would take one by itself, only now. It belongs to the job, which deletes it when there are newer ones.';
  static override usage = 'checkpoint [options] <job>';
  static override examples = ['<%= config.bin %> checkpoint 5f0c', '<%= config.bin %> checkpoint -full --timeout 10min "Word Count"'];
  static override args = { job: jobArgument };
  static override flags = {
    full: Flags.boolean({ description: 'Write all state, also where the job takes incremental checkpoints.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Checkpoint);
    const job = requireJob(args.job, 'Missing JobID. Specify a Job ID to manipulate a checkpoint.');
    return takeCheckpoint(job, flags.full, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
