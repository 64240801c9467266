/**
 * `flink cluster`: the session cluster of this user.
 */
import { Args, Flags } from '@oclif/core';
import { commonFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { sessionStatus, startSession } from '../src/client/session/control-session.js';
import { stopSession } from '../src/client/session/stop-session.js';
import { systemClock } from '../src/core/clock.js';
import { FlinkError } from '../src/core/errors.js';

const ACTIONS = ['start', 'status', 'stop'];

export default class Cluster extends FlinkCommand {
  static override summary = 'Start a session cluster, say how it is, or stop it.';
  static override description = 'A session cluster runs many jobs side by side, each in a process of its own, and outlives the terminal. `flink run -d` submits to it. `status` ends with exit code 1 when none runs.';
  static override usage = 'cluster start|status|stop [options]';
  static override examples = ['<%= config.bin %> cluster start --task-managers 4 --slots 2', "<%= config.bin %> cluster status --json | jq '.\"slots-available\"'", '<%= config.bin %> cluster stop', '<%= config.bin %> cluster stop --force --timeout 30s'];
  static override args = { action: Args.string({ description: 'start, status or stop.', ignoreStdin: true }) };
  static override flags = {
    'task-managers': Flags.integer({ min: 1, max: 1024, helpValue: '<n>', description: 'start: how many TaskManagers. Default: local.number-taskmanager, or one a core.' }),
    slots: Flags.integer({ min: 1, max: 32768, helpValue: '<n>', description: 'start: slots of each. Default: taskmanager.numberOfTaskSlots.' }),
    port: Flags.string({ helpValue: '<port>', description: 'start: port of the REST interface, a range of them, or 0 for any. Default: rest.port.' }),
    foreground: Flags.boolean({ description: 'start: run in this terminal until Ctrl-C.' }),
    'savepoint-on-exit': Flags.boolean({ description: 'start: when the cluster is told to end, stop its jobs with a savepoint instead of cancelling them.' }),
    define: Flags.string({ char: 'D', helpValue: '<key=value>', multiple: true, multipleNonGreedy: true, description: 'start: set a configuration key; jobs of the cluster have it as their default.' }),
    timeout: Flags.string({ helpValue: '<duration>', description: 'stop: how long to wait until it has ended: 30s, 5min. Default: 90 s, with --force 10 s.' }),
    force: Flags.boolean({ description: 'stop: kill its process, and those of its jobs with it, when it has not ended by then.' }),
    ...commonFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(Cluster);
    const reporter = this.talk(flags);
    if (args.action === 'status') return sessionStatus(reporter, systemClock);
    if (args.action === 'stop') return stopSession({ timeout: flags.timeout, force: flags.force ?? false }, reporter, systemClock);
    if (args.action === 'start') {
      const request = { dynamic: flags.define ?? [], taskManagers: flags['task-managers'], slots: flags.slots, port: flags.port, foreground: flags.foreground ?? false, savepointOnExit: flags['savepoint-on-exit'] ?? false };
      return startSession(request, reporter);
    }
    throw new FlinkError('USAGE', args.action === undefined ? `flink cluster needs to know what to do: ${ACTIONS.join(', ')}` : `flink cluster knows ${ACTIONS.join(', ')}, not "${args.action}"`, { hint: 'Write for example `flink cluster start`; see `flink cluster --help`.' });
  }
}
