/**
 * `flink list`: the jobs that run on this machine under this user.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { showJobs } from '../src/client/control/list-jobs.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';

export default class List extends FlinkCommand {
  static override summary = 'List running and scheduled jobs.';
  static override description = 'Lists the jobs that were started in any terminal of this machine by the same user.';
  static override examples = ['<%= config.bin %> list', '<%= config.bin %> list -a -m localhost:8081', "<%= config.bin %> list --json | jq -r '.[].jid'"];
  static override flags = {
    running: Flags.boolean({ char: 'r', description: 'Only running jobs.' }),
    scheduled: Flags.boolean({ char: 's', description: 'Only scheduled jobs.' }),
    all: Flags.boolean({ char: 'a', description: 'Also jobs of session clusters and detached processes that have ended.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { flags } = await this.parse(List);
    return showJobs(flags, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
