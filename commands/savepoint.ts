/**
 * `flink savepoint`: takes a savepoint of a running job, or deletes one.
 */
import { Args, Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument, requireJob, savepointFormat } from '../src/client/command-line/job-id-arguments.js';
import { takeSavepoint } from '../src/client/control/take-snapshot.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { disposeSavepoint } from '../src/client/snapshots/dispose-savepoint.js';
import { systemClock } from '../src/core/clock.js';

export default class Savepoint extends FlinkCommand {
  static override summary = 'Take a savepoint of a running job, or dispose of one.';
  static override description = 'The job runs on. A savepoint is yours: nothing deletes it but `flink savepoint -d` and a job that was given it with --claimMode claim, and it can be moved as a folder.';
  static override usage = 'savepoint [options] <job> [<directory>] | savepoint -d <path>';
  static override examples = ['<%= config.bin %> savepoint 5f0c /var/savepoints', '<%= config.bin %> savepoint -d /var/savepoints/savepoint-5f0c1a-0123456789ab'];
  static override args = { job: jobArgument, directory: Args.string({ description: 'Below which folder. Default: execution.checkpointing.savepoint-dir.', ignoreStdin: true }) };
  static override strict = false;
  static override flags = {
    dispose: Flags.string({ char: 'd', helpValue: '<path>', description: 'Delete this savepoint.' }),
    type: Flags.string({ helpValue: '<canonical|native>', options: ['canonical', 'native'], default: 'canonical', description: 'How it is written: for every state backend, or in the form of the job’s own.' }),
    detached: Flags.boolean({ description: 'Do not wait for it.' }),
    // Flink finds classes in it that it needs for deleting.
    jarfile: Flags.string({ char: 'j', hidden: true }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, argv, flags } = await this.parse(Savepoint);
    const reporter = this.talk(flags);
    if (argv.length > 2) reporter.say('Provided more arguments than required. Ignoring not needed arguments.');
    const choice = await this.cluster(flags);
    if (flags.dispose !== undefined) return disposeSavepoint({ path: flags.dispose, dynamic: flags.define ?? [], cluster: choice.named, timeoutMs: choice.timeoutMs }, reporter, systemClock);
    const job = requireJob(args.job, 'Missing JobID. Specify a Job ID to trigger a savepoint.');
    return takeSavepoint({ job, directory: args.directory, format: savepointFormat(flags.type), detached: flags.detached }, reporter, systemClock, choice);
  }
}
