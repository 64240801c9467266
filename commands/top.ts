/**
 * `flink top`: shows what all jobs do, live.
 */
import { Flags } from '@oclif/core';
import { clusterFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { showTop } from '../src/client/top/show-top.js';
import { systemClock } from '../src/core/clock.js';

export default class Top extends FlinkCommand {
  static override summary = 'Show what the jobs do, live.';
  static override description = 'Rates, how busy each vertex is and how much it is held back, how far event time is behind the clock, and the last checkpoint; once a second, until q or Ctrl-C. Where standard output is no terminal, one picture is printed.';
  static override examples = ['<%= config.bin %> top', "<%= config.bin %> top --json | jq '.jobs[].vertices[].busy'"];
  static override flags = {
    once: Flags.boolean({ description: 'Print one picture and end.' }),
    ...clusterFlags,
  };

  async perform(): Promise<ExitCode> {
    const { flags } = await this.parse(Top);
    return showTop(flags.once, this.talk(flags), systemClock, await this.cluster(flags));
  }
}
