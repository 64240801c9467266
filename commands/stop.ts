/**
 * `flink stop`: ends a running job with a savepoint.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobAndFolder, jobArgument, requireJob, savepointFormat } from '../src/client/command-line/job-id-arguments.js';
import { stopJob } from '../src/client/control/take-snapshot.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';

export default class Stop extends FlinkCommand {
  static override summary = 'Stop a running job with a savepoint.';
  static override description = 'The job emits nothing after its savepoint and ends as FINISHED; `flink run -s` goes on from there. If the savepoint cannot be begun, the job runs on; if it fails later, the job fails with it, and its restart strategy decides.';
  static override usage = 'stop [options] <job>';
  static override examples = ['<%= config.bin %> stop -p /var/savepoints 5f0c', '<%= config.bin %> stop --drain "Word Count"'];
  static override args = { job: jobArgument };
  static override flags = {
    savepointPath: Flags.string({ char: 'p', helpValue: '[<directory>]', description: 'Below which folder the savepoint goes. Default: execution.checkpointing.savepoint-dir.' }),
    drain: Flags.boolean({ char: 'd', description: 'End event time and all input first: windows and timers fire. Not for going on later.' }),
    type: Flags.string({ helpValue: '<canonical|native>', options: ['canonical', 'native'], default: 'canonical', description: 'How the savepoint is written.' }),
    detached: Flags.boolean({ description: 'Do not wait for it.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Stop);
    const { job, folder } = jobAndFolder(args.job, flags.savepointPath);
    const order = { job: requireJob(job, 'Missing JobId'), directory: folder, format: savepointFormat(flags.type), detached: flags.detached, drain: flags.drain === true };
    return stopJob(order, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
