/**
 * The process of a session cluster: opens what the Dispatcher needs, tells others where it is, and ends in order.
 *
 * Invariant: one process has the folder's lock, and no other is the cluster; what one that was killed has left is cleared
 * away by the next.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { storedFiles } from '../../checkpoint/stored-files.js';
import { type Clock, systemClock } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import type { Say } from '../../core/log.js';
import {
  RestMaxContentLength, RestStoreDuration, SlotRequestTimeout, TaskManagers, TaskSlots, UploadDirectory,
} from '../../core/options.js';
import { systemRandom } from '../../core/random.js';
import { inWritablePlace, LOGS_HINT } from '../../core/writable-place.js';
import { ClusterMetrics } from '../../dispatcher/cluster-metrics.js';
import { Dispatcher } from '../../dispatcher/dispatcher.js';
import { dispatcherApplication } from '../../dispatcher/dispatcher-application.js';
import { endJobs } from '../../dispatcher/end-jobs.js';
import { JobArchive } from '../../dispatcher/job-archive.js';
import type { JobStore } from '../../dispatcher/job-store.js';
import { SlotPool } from '../../dispatcher/slot-pool.js';
import { UploadedBundles } from '../../dispatcher/uploaded-bundles.js';
import { reporterSettings } from '../../metrics/reporter-settings.js';
import { AsynchronousOperations } from '../../rest/asynchronous-operations.js';
import { type Listening, listen } from '../../rest/listen.js';
import { type MetricReporting, startReporting } from '../../rest/metric-reporting.js';
import { restSettings } from '../../rest/rest-settings.js';
import { installationFolder, installedVersion } from '../installation.js';
import { fileLog } from '../log-terminal.js';
import { createRunFolder, type RunFolder } from '../run-folder.js';
import { type ClusterLock, takeClusterLock } from './cluster-lock.js';
import { openStore } from './open-store.js';
import { watchLogs } from './rotate-log.js';
import { runningSession, type SessionFolder, sessionFolder, type SessionState, sweepDeadSession } from './session-folder.js';

export interface DaemonRequest {
  readonly configuration: Configuration;
  /** Whether jobs are stopped with a savepoint when the cluster is told to end. */
  readonly savepointOnExit: boolean;
}

/** How often what is left of ended jobs is looked through for what nobody can ask for any more. */
const ARCHIVE_LOOK_MS = 10 * 60_000;

export interface SessionDaemon {
  readonly state: SessionState;
  /** Takes no more jobs, ends those that run as the configuration says, and resolves when all is over. */
  stop(): Promise<void>;
  /** Resolves when it has ended: as it was told to, or because another cluster may have its jobs. */
  readonly ended: Promise<'told' | 'lost'>;
}

/** Rejects with CLUSTER_RUNNING, CONFIGURATION or JOB_STORE; then nothing is left. */
export async function startDaemon(request: DaemonRequest, say: Say, clock: Clock = systemClock): Promise<SessionDaemon> {
  const { configuration } = request;
  reporterSettings(configuration);
  const folder = sessionFolder(configuration);
  const lock = await takeFolder(folder);
  const runFolder = createRunFolder();
  let store: JobStore | undefined;
  let session: Session | undefined;
  try {
    store = await openStore(configuration, { clock, random: systemRandom, folder: runFolder.path, say, lost: (why) => void session?.abandon(why) });
    session = new Session(request, folder, runFolder, store, lock, say, clock);
    return await session.open();
  } catch (error) {
    await store?.close();
    runFolder.remove();
    rmSync(folder.pidFile, { force: true });
    await lock.release();
    throw error;
  }
}

class Session {
  private readonly dispatcher: Dispatcher;
  private readonly taskManagers: number;
  private listening: Listening | undefined;
  private reporting: MetricReporting | undefined;
  private logs: { close(): void } | undefined;
  private stopping: Promise<void> | undefined;
  private resolveEnded!: (how: 'told' | 'lost') => void;
  private readonly ended = new Promise<'told' | 'lost'>((resolveEnded) => (this.resolveEnded = resolveEnded));

  constructor(
    private readonly request: DaemonRequest, private readonly folder: SessionFolder, private readonly runFolder: RunFolder, private readonly store: JobStore,
    private readonly lock: ClusterLock,
    private readonly say: Say, private readonly clock: Clock,
  ) {
    const { configuration } = request;
    this.taskManagers = configuration.get(TaskManagers) ?? availableParallelism();
    this.dispatcher = new Dispatcher({
      clock, store, say, random: systemRandom, logIn: (path) => fileLog(configuration, 'Dispatcher', path),
      slots: new SlotPool(this.taskManagers * configuration.get(TaskSlots), configuration.get(SlotRequestTimeout), clock),
      archive: new JobArchive(folder.archive, configuration, clock, folder.logs),
      script: pathToFileURL(join(installationFolder(), 'dist', 'job-process.js')),
      folder: runFolder.path,
      logFolder: folder.logs,
      configuration: { 'local.number-taskmanager': this.taskManagers, ...plain(configuration) },
    });
  }

  async open(): Promise<SessionDaemon> {
    const { request: { configuration }, folder, runFolder, clock, say, dispatcher } = this;
    const bundles = new UploadedBundles(resolve(configuration.get(UploadDirectory) ?? folder.jars), systemRandom);
    const metrics = new ClusterMetrics(dispatcher, this.taskManagers, clock);
    const { fetch } = dispatcherApplication({
      dispatcher, bundles, clock, taskManagers: this.taskManagers, metrics,
      served: { clock, configuration, version: installedVersion(), logFolder: folder.logs, files: storedFiles(configuration, { clock, random: systemRandom }) },
      operations: new AsynchronousOperations(clock, systemRandom, configuration.get(RestStoreDuration)),
      shutDown: () => void clock.schedule(100, () => void this.stop()),
    });
    await dispatcher.recover();
    this.listening = await listen(fetch, { socket: runFolder.controlSocket, tcp: restSettings(configuration), socketBodyBytesMax: configuration.get(RestMaxContentLength), keepsAlive: true, clock, say: (line) => say(line, { level: 'WARN' }) });
    this.reporting = await startReporting({ configuration, version: installedVersion(), clock, say, sample: () => metrics.sample() });
    const state: SessionState = {
      pid: process.pid, socket: runFolder.controlSocket, ...(this.listening.address ? { url: this.listening.address.url } : {}), startTime: clock.now(), log: folder.log, version: installedVersion(),
      taskManagers: this.taskManagers, slotsPerTaskManager: configuration.get(TaskSlots), highAvailability: this.store.checkpoints !== undefined,
    };
    writeFileSync(folder.stateFile, JSON.stringify(state), { mode: 0o600 });
    this.logs = watchLogs(folder.logs, () => true, configuration, clock);
    this.sweepArchive();
    return { state, stop: () => this.stop(), ended: this.ended };
  }

  private sweepArchive(): void {
    if (this.stopping) return;
    this.dispatcher.options.archive.sweep();
    this.clock.schedule(ARCHIVE_LOOK_MS, () => this.sweepArchive());
  }

  /** Ends at once: another cluster may go on with the jobs. */
  async abandon(why: string): Promise<void> {
    const { dispatcher, say } = this;
    say(`The job store is lost: ${why}. The cluster ends with its jobs, and another one may go on with them`, { level: 'ERROR' });
    await dispatcher.close();
    await this.close('lost');
  }

  private stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  private async end(): Promise<void> {
    const { dispatcher, say, clock, request, store } = this;
    say('The cluster ends');
    dispatcher.refuse();
    const way = request.savepointOnExit ? 'savepoint' : store.checkpoints === undefined ? 'cancel' : 'suspend';
    await endJobs(dispatcher, way, store.checkpoints !== undefined, clock, say);
    await dispatcher.close();
    await this.close('told');
  }

  private async close(how: 'told' | 'lost'): Promise<void> {
    const { folder, runFolder, say } = this;
    this.logs?.close();
    await this.reporting?.close();
    await this.listening?.close();
    for (const file of [folder.stateFile, folder.pidFile]) rmSync(file, { force: true });
    runFolder.remove();
    await this.lock.release();
    say('The cluster has ended');
    this.resolveEnded(how);
  }
}

/** From here on this process is the cluster of the folder. */
async function takeFolder(folder: SessionFolder): Promise<ClusterLock> {
  inWritablePlace(`the folder of the cluster ${folder.cluster}`, 'Check its permissions, or set HOME to another folder.', () => mkdirSync(folder.cluster, { recursive: true, mode: 0o700 }));
  inWritablePlace(`the folder for logs ${folder.logs}`, LOGS_HINT, () => mkdirSync(folder.logs, { recursive: true }));
  const running = await runningSession(folder);
  const lock = running ? undefined : await takeClusterLock(folder.cluster);
  if (running) throw new FlinkError('CLUSTER_RUNNING', `a session cluster runs already, with PID ${running.pid}${running.url === undefined ? '' : ` and its REST interface at ${running.url}`}`);
  if (!lock) throw new FlinkError('CLUSTER_RUNNING', `another session cluster is being started, or is about to end, in ${folder.cluster}`, { hint: 'Wait a moment: `flink cluster status` says whether one runs.' });
  sweepDeadSession(folder);
  writeFileSync(folder.pidFile, `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

/** As it may stand in config.yaml. */
function plain(configuration: Configuration): Record<string, unknown> {
  return Object.fromEntries([...configuration.entries()].map(([key, { value }]) => [key, value]));
}
