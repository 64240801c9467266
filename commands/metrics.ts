/**
 * `flink metrics`: prints what a job, its vertices and their subtasks count.
 */
import { Args, Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument, requireJob } from '../src/client/command-line/job-id-arguments.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { showMetrics } from '../src/client/metrics/show-metrics.js';
import { systemClock } from '../src/core/clock.js';

export default class Metrics extends FlinkCommand {
  static override summary = 'Print the metrics of a job.';
  static override description = 'Of the job, and of each subtask of its vertices, under Flink’s names. Words choose metrics by parts of their names, in any case, or with * by the whole name.';
  static override usage = 'metrics [options] <job> [<name>…]';
  static override examples = ['<%= config.bin %> metrics 5f0c records', "<%= config.bin %> metrics --json \"Word Count\" numRecordsIn | jq '.vertices[].subtasks[].metrics'"];
  static override args = { job: jobArgument, names: Args.string({ description: 'Which metrics; all of them by default.', ignoreStdin: true }) };
  static override strict = false;
  static override flags = {
    watch: Flags.boolean({ char: 'w', description: 'Again every second, until the job ends, q or Ctrl-C.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { argv, flags } = await this.parse(Metrics);
    const [given, ...filters] = argv as string[];
    const job = requireJob(given, 'Missing JobID. Specify a JobID to print the metrics of the job.');
    return showMetrics({ job, filters, watch: flags.watch }, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
