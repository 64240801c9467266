/**
 * `flink cancel`: ends a running job.
 */
import { Args } from '@oclif/core';
import { commonFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { cancelJob } from '../src/client/control/cancel-job.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';
import { FlinkError } from '../src/core/errors.js';

export default class Cancel extends FlinkCommand {
  static override summary = 'Cancel a running job.';
  static override description = 'Sources stop and every close() runs; nothing more is emitted. To go on later, use `flink stop`.';
  static override examples = ['<%= config.bin %> cancel 5f0c', '<%= config.bin %> cancel "Word Count"'];
  static override args = { job: Args.string({ description: 'Job id, at least four digits of one, or the name of a job.', ignoreStdin: true }) };
  static override flags = commonFlags;

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Cancel);
    if (args.job === undefined) throw new FlinkError('USAGE', 'Missing JobID. Specify a JobID to cancel a job.', { hint: '`flink list` shows the ids.' });
    return cancelJob(args.job, this.reporter({ quiet: flags.quiet, verbose: flags.verbose, json: flags.json, noColour: flags['no-color'] }), systemClock);
  }
}
