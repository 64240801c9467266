/**
 * `flink cancel`: ends a running job.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobAndFolder, jobArgument, requireJob, savepointFormat } from '../src/client/command-line/job-id-arguments.js';
import { cancelJob } from '../src/client/control/cancel-job.js';
import { cancelWithSavepoint } from '../src/client/control/take-snapshot.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';

export default class Cancel extends FlinkCommand {
  static override summary = 'Cancel a running job.';
  static override description = 'Sources stop and every close() runs; nothing more is emitted. To go on later, use `flink stop`.';
  static override usage = 'cancel [options] <job>';
  static override examples = ['<%= config.bin %> cancel 5f0c', '<%= config.bin %> cancel --wait "Word Count"'];
  static override args = { job: jobArgument };
  static override flags = {
    withSavepoint: Flags.string({ char: 's', helpValue: '[<directory>]', description: 'Deprecated, use `flink stop`: take a savepoint first.' }),
    type: Flags.string({ helpValue: '<canonical|native>', options: ['canonical', 'native'], default: 'canonical', description: 'How the savepoint is written.' }),
    wait: Flags.boolean({ description: 'Wait until the job has ended.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Cancel);
    const reporter = this.talk(flags);
    const { job: given, folder } = jobAndFolder(args.job, flags.withSavepoint);
    const job = requireJob(given, 'Missing JobID. Specify a JobID to cancel a job.');
    if (flags.withSavepoint === undefined) return cancelJob({ job, wait: flags.wait }, reporter, systemClock, await this.cluster(flags));
    return cancelWithSavepoint({ job, directory: folder, format: savepointFormat(flags.type), detached: false }, reporter, systemClock, await this.cluster(flags));
  }
}
