/**
 * `flink state`: looks into checkpoints and savepoints.
 */
import { Args, Flags } from '@oclif/core';
import { commonFlags, dynamicProperties, FlinkCommand } from '../src/client/command-line/flink-command.js';
import type { ExitCode } from '../src/client/exit-codes.js';
import { compareState } from '../src/client/snapshots/compare-state.js';
import { getState } from '../src/client/snapshots/get-state.js';
import { listState } from '../src/client/snapshots/list-state.js';
import { FlinkError } from '../src/core/errors.js';

export default class State extends FlinkCommand {
  static override summary = 'Look into a checkpoint or a savepoint.';
  static override description = '`ls` lists operators, states, entries and bytes; `get` prints entries as JSON lines; `diff` compares two snapshots. A snapshot is a folder, or the _metadata file in it; here or in S3 (s3://bucket/…).';
  static override usage = 'state ls|get|diff <snapshot> [<snapshot>] [options]';
  static override examples = ['<%= config.bin %> state ls chk-50', '<%= config.bin %> state get chk-50 --operator counts --key \'"the"\'', '<%= config.bin %> state diff savepoint-1 savepoint-2'];
  static override args = {
    action: Args.string({ description: 'ls, get or diff.', ignoreStdin: true }),
    snapshot: Args.string({ description: 'The snapshot.', ignoreStdin: true }),
    other: Args.string({ description: 'For diff: the later one.', ignoreStdin: true }),
  };
  static override flags = {
    operator: Flags.string({ helpValue: '<uid|name|id>', description: 'get: only this operator.' }),
    state: Flags.string({ helpValue: '<name>', description: 'get: only this state.' }),
    key: Flags.string({ helpValue: '<json>', description: 'get: only this key.' }),
    define: dynamicProperties,
    ...commonFlags,
  };

  async perform(): Promise<ExitCode> {
    const { args, flags } = await this.parse(State);
    const reporter = this.talk(flags);
    const { action, snapshot, other } = args;
    if (action !== 'ls' && action !== 'get' && action !== 'diff') throw wrong(action === undefined ? 'flink state needs to know what to do: ls, get or diff' : `flink state knows ls, get and diff, not "${action}"`);
    if (snapshot === undefined) throw wrong(`flink state ${action} needs a snapshot`, action === 'diff' ? 'diff chk-49 chk-50' : `${action} chk-50`);
    const dynamic = flags.define ?? [];
    if (action === 'ls') return listState(snapshot, dynamic, reporter);
    if (action === 'get') return getState({ path: snapshot, dynamic, operator: flags.operator, state: flags.state, key: flags.key }, reporter);
    if (other === undefined) throw wrong('flink state diff needs two snapshots', 'diff chk-49 chk-50');
    return compareState(snapshot, other, dynamic, reporter);
  }
}

function wrong(message: string, example = 'ls chk-50'): FlinkError {
  return new FlinkError('USAGE', message, { hint: `Write for example \`flink state ${example}\`; see \`flink state --help\`.` });
}
