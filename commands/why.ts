/**
 * `flink why`: says what holds a job.
 */
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument, requireJob } from '../src/client/command-line/job-id-arguments.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { explainJob } from '../src/client/why/explain-job.js';
import { systemClock } from '../src/core/clock.js';

export default class Why extends FlinkCommand {
  static override summary = 'Say what holds a job.';
  static override description = 'One sentence first: who holds the watermark back, which operator is too slow for those before it, why checkpoints fail, why the job restarts, or that it waits for slots. Then details, and what could be done.';
  static override usage = 'why [options] <job>';
  static override examples = ['<%= config.bin %> why 5f0c', "<%= config.bin %> why --json \"Word Count\" | jq -r .summary"];
  static override args = { job: jobArgument };
  static override flags = clusterFlags;

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Why);
    const job = requireJob(args.job, 'Missing JobID. Specify a JobID to say what holds the job.');
    return explainJob(job, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
