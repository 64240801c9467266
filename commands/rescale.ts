/**
 * `flink rescale`: gives a running job another parallelism. `flink modify`, as Flink called it, is the same.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument, requireJob } from '../src/client/command-line/job-id-arguments.js';
import { parallelismOf } from '../src/client/command-line/job-flags.js';
import { rescaleJob } from '../src/client/control/rescale-job.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';

export default class Rescale extends FlinkCommand {
  static override summary = 'Give a running job another parallelism.';
  static override description = 'The job takes a checkpoint and starts again from there, if it runs with `jobmanager.scheduler: adaptive`. Where there are fewer slots it gets as many subtasks as they are good for; when it cannot have the fewest it stays as it is.';
  static override usage = 'rescale [options] <job>';
  static override examples = ['<%= config.bin %> rescale 5f0c -p 4', '<%= config.bin %> rescale "Word Count" -p 4 --vertex Counts --vertex Sink'];
  static override hiddenAliases = ['modify'];
  static override args = { job: jobArgument };
  static override flags = {
    parallelism: Flags.string({ char: 'p', helpValue: '<parallelism>', required: true, description: 'How many subtasks each vertex is to have. One that can have fewer only gets as many as it can.' }),
    vertex: Flags.string({ helpValue: '<id|name>', multiple: true, multipleNonGreedy: true, description: 'Only this vertex: its id, at least four digits of it, or its name or the name of one of its operators. May be repeated.' }),
    least: Flags.string({ helpValue: '<parallelism>', description: 'How many subtasks it is to have at least. Default: 1.' }),
    detached: Flags.boolean({ description: 'Do not wait until the job runs with it.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Rescale);
    const order = {
      job: requireJob(args.job, 'Missing JobId'), most: parallelismOf(flags.parallelism)!, least: parallelismOf(flags.least) ?? 1,
      vertices: flags.vertex ?? [], detached: flags.detached,
    };
    return rescaleJob(order, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
