/**
 * `flink cluster`: starts the session cluster of this user, and says how it is.
 */
import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { deserializeError, FlinkError, type SerializedError } from '../../core/errors.js';
import { LogFilesMax, RestPort, TaskManagers, TaskSlots } from '../../core/options.js';
import { formatDuration } from '../../core/time.js';
import { inWritablePlace, LOGS_HINT } from '../../core/writable-place.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { RestClient } from '../control/rest-client.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { installationFolder } from '../installation.js';
import { processLog } from '../log-terminal.js';
import type { Reporter } from '../reporter.js';
import { rotateLog } from './rotate-log.js';
import { startDaemon } from './session-daemon.js';
import { runningSession, sessionFolder, type SessionState } from './session-folder.js';

export interface ClusterRequest {
  readonly dynamic: readonly string[];
  readonly taskManagers?: number | undefined;
  readonly slots?: number | undefined;
  /** As `rest.port` takes it. */
  readonly port?: string | undefined;
  readonly foreground: boolean;
  readonly savepointOnExit: boolean;
}

/** What the cluster's process says until it is ready. */
type FromDaemon =
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'ready'; readonly state: SessionState }
  | { readonly type: 'failed'; readonly error: SerializedError };

const clusterOverview = z.object({
  'slots-total': z.number(), 'slots-available': z.number(), 'jobs-running': z.number(), 'jobs-finished': z.number(), 'jobs-cancelled': z.number(), 'jobs-failed': z.number(),
});

/** A cluster that is well answers in milliseconds. */
const STATUS_PATIENCE_MS = 5_000;

export async function startSession(request: ClusterRequest, reporter: Reporter): Promise<ExitCode> {
  const configuration = await configurationFor(request);
  if (request.foreground) return inForeground(configuration, request.savepointOnExit, reporter);
  const { logs, log } = sessionFolder(configuration);
  const running = await runningSession(sessionFolder(configuration));
  if (running) throw new FlinkError('CLUSTER_RUNNING', `a session cluster runs already, with PID ${running.pid}${running.url === undefined ? '' : ` and its REST interface at ${running.url}`}`);
  reporter.say('Starting cluster.');
  const output = inWritablePlace(`the folder for logs ${logs}`, LOGS_HINT, () => {
    mkdirSync(logs, { recursive: true });
    rotateLog(log, configuration.get(LogFilesMax));
    return openSync(log, 'a', 0o600);
  });
  const child = fork(join(installationFolder(), 'dist', 'session-cluster.js'), [], { detached: true, stdio: ['ignore', output, output, 'ipc'], execArgv: [] });
  closeSync(output);
  child.send({ configuration: Object.fromEntries([...configuration.entries()].map(([key, { value }]) => [key, value])), savepointOnExit: request.savepointOnExit });
  const said = await new Promise<Exclude<FromDaemon, { type: 'said' }>>((resolve, reject) => {
    child.on('message', (message: FromDaemon) => (message.type === 'said' ? reporter.say(message.text) : resolve(message)));
    child.once('exit', (code, signal) => reject(new FlinkError('CLUSTER_REFUSED', `the process of the cluster was ended by ${signal ?? `exit code ${code}`}`, { hint: `Its log may say why: ${log}` })));
  });
  if (said.type === 'failed') throw deserializeError(said.error);
  child.disconnect();
  child.unref();
  sayState(said.state, reporter);
  return EXIT.finished;
}

/** Resolves with exit code 1 when none runs. */
export async function sessionStatus(reporter: Reporter, clock: Clock): Promise<ExitCode> {
  const { configuration } = await loadConfiguration();
  const state = await runningSession(sessionFolder(configuration));
  if (!state) {
    if (reporter.manners.json) reporter.answer({ running: false });
    else reporter.terminal.print('No session cluster runs.\n');
    return EXIT.failed;
  }
  const overview = await new RestClient({ socket: state.socket }, clock, STATUS_PATIENCE_MS).ask({ method: 'GET', path: '/overview' }, clusterOverview);
  if (reporter.manners.json) reporter.answer({ running: true, ...state, ...overview });
  else {
    const { 'slots-total': total, 'slots-available': free, 'jobs-running': running, 'jobs-finished': finished, 'jobs-cancelled': cancelled, 'jobs-failed': failed } = overview;
    reporter.terminal.print(`${described(state)}\nUp for ${formatDuration(clock.now() - state.startTime)}. Slots: ${free} of ${total} free. Jobs: ${running} running, ${finished} finished, ${cancelled} cancelled, ${failed} failed.\n`);
  }
  return EXIT.finished;
}

async function configurationFor({ dynamic, taskManagers, slots, port }: ClusterRequest): Promise<Configuration> {
  const { configuration } = await loadConfiguration({
    dynamic,
    settings: (settings) => {
      if (taskManagers !== undefined) settings.set(TaskManagers, taskManagers, '--task-managers');
      if (slots !== undefined) settings.set(TaskSlots, slots, '--slots');
      if (port !== undefined) settings.setRaw(RestPort, port, '--port');
    },
  });
  return configuration;
}

async function inForeground(configuration: Configuration, savepointOnExit: boolean, reporter: Reporter): Promise<ExitCode> {
  const log = processLog(configuration, 'Dispatcher');
  const daemon = await startDaemon({ configuration, savepointOnExit }, (text, facts) => {
    if (!reporter.manners.quiet) log(text, facts);
  });
  sayState(daemon.state, reporter);
  const stop = (): void => void daemon.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return (await daemon.ended) === 'told' ? EXIT.finished : EXIT.failed;
}

function sayState(state: SessionState, reporter: Reporter): void {
  if (reporter.manners.json) reporter.answer(state);
  else reporter.say(`${described(state)}\nIts log: ${state.log}`);
}

function described({ pid, url, taskManagers, slotsPerTaskManager, highAvailability }: SessionState): string {
  const slots = `${taskManagers} TaskManager${taskManagers === 1 ? '' : 's'} of ${slotsPerTaskManager} slot${slotsPerTaskManager === 1 ? '' : 's'}`;
  return `The session cluster runs: PID ${pid}, ${slots}${highAvailability ? ', highly available' : ''}${url === undefined ? '' : `, REST interface at ${url}`}.`;
}
