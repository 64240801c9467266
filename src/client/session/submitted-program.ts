/**
 * Runs a submitted program to its end: the bundle is there, the configuration is decided, and slots are granted by
 * whoever started this process.
 *
 * Invariant: no task of a job is deployed before its slots are granted, and nothing of an ended job is deleted before
 * its end is recorded, if it is to be.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { storedFiles } from '../../checkpoint/stored-files.js';
import { asRemembered } from '../../cluster/resource-requirements.js';
import { requiredSlots } from '../../cluster/execution/slots.js';
import { jobIdOf } from '../../cluster/job-id.js';
import type { EndedJob } from '../../cluster/messages.js';
import type { EndedStatus } from '../../cluster/job-master.js';
import { MiniCluster, type RescaledBefore } from '../../cluster/mini-cluster.js';
import type { JobResult, RunningJob } from '../../cluster/running-job.js';
import { systemClock, sleep } from '../../core/clock.js';
import { Configuration } from '../../core/configuration.js';
import { deserializeError, FlinkError, type SerializedError, serializeError } from '../../core/errors.js';
import { optionOf } from '../../core/options.js';
import { systemRandom } from '../../core/random.js';
import { answersOf } from '../../dispatcher/answers-without-process.js';
import { type ArchivedJob, type FromJobProcess, type JobOrder, toJobProcess } from '../../dispatcher/job-order.js';
import { EndedJobs } from '../../dispatcher/ended-jobs.js';
import { JobArchive } from '../../dispatcher/job-archive.js';
import { lossSettings } from '../../dispatcher/process-loss.js';
import { endedOverview } from '../../dispatcher/submitted-job.js';
import type { JobGraph } from '../../graph/job-graph.js';
import { createJobGraph } from '../../graph/translate.js';
import type { JobProgram } from '../../program/job-program.js';
import { type ProgramSource, runProgram } from '../../program/load-program.js';
import { restSettings } from '../../rest/rest-settings.js';
import { type RestServer, startRestServer } from '../../rest/rest-server.js';
import { EXIT } from '../exit-codes.js';
import { installationFolder, installedVersion } from '../installation.js';
import { closingLines } from '../job-summary.js';
import { logJob } from '../log-job.js';
import { processLog } from '../log-terminal.js';
import { checkpointWarnings, droppedWindowsWarnings, timestampWarnings } from '../job-warnings.js';
import { NeverBegan, ProgramRun } from '../program-run.js';
import type { Reporter } from '../reporter.js';
import { createRunFolder, type RunFolder } from '../run-folder.js';
import { keepOutputForData, programError } from '../staged-job.js';
import { UserSources } from '../user-stack.js';
import type { ParentWatch } from './parent-watch.js';
import { watchLogs } from './rotate-log.js';

/** Something that whoever started this process answers. */
interface Wait<T> {
  granted(answer: T): void;
  refused(error: Error): void;
}

const RECORD_AGAIN_MS = 1_000;

export class SubmittedProgram {
  private readonly folder: RunFolder;
  private readonly source: ProgramSource;
  private readonly sources: UserSources;
  private readonly configuration: Configuration;
  /** By what is asked for and job id. */
  private readonly waits = new Map<string, Wait<number>>();
  private readonly ends: Promise<void>[] = [];
  /** Jobs that were cancelled while they waited for slots. */
  private readonly cancelled = new Set<string>();
  private following: ProgramRun | undefined;
  private suspended = false;
  private executed = 0;
  /** What is known of the program's jobs that have ended, also in runs of it before this one. */
  private readonly endedJobs: EndedJobs | undefined;
  private readonly startTimes = new Map<string, number>();
  private before: ReadonlyMap<string, EndedJob> = new Map();
  private rest: RestServer | undefined;
  private started: MiniCluster | undefined;

  constructor(private readonly order: JobOrder, private readonly reporter: Reporter, private readonly tell: (message: FromJobProcess) => void) {
    this.configuration = configurationOf(order);
    this.endedJobs = order.endedJobs === undefined ? undefined : new EndedJobs(order.endedJobs, storedFiles(this.configuration, { clock: systemClock, random: systemRandom }));
    this.folder = createRunFolder(order.parent);
    ({ source: this.source, sources: this.sources } = stageBundle(order, this.folder));
  }

  /** Resolves when the program and all its jobs have ended, however they did. */
  async run(parent: ParentWatch): Promise<void> {
    const { folder, reporter, tell, order, configuration } = this;
    this.rest = await startRestServer({
      socket: folder.controlSocket,
      // For a cluster's jobs, the cluster listens.
      tcp: order.diesWithParent ? undefined : restSettings(configuration), reports: !order.diesWithParent,
      clock: systemClock, random: systemRandom, configuration, version: installedVersion(), say: (line) => reporter.say(line),
      logFolder: order.logFolder, logPrefix: order.jobId, readableStack: (stack) => this.sources.rewrite(stack),
    });
    // From here on a cluster that follows the one which started this process sees that it is there; if it sees nothing, this has to end.
    if (!parent.present()) return;
    tell({ type: 'listening', socket: folder.controlSocket });
    process.on('message', (said) => this.hear(said));
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
    keepOutputForData();
    const logs = this.ownLogs();
    const program = (this.following = this.program());
    // A service manager tells every process of the service: the cluster decides what becomes of its jobs.
    process.on('SIGTERM', () => order.diesWithParent || program.cancel());
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, (error: unknown) => program.fail(error));
    this.before = (await this.endedJobs?.learned()) ?? new Map<string, EndedJob>();
    const { thrown, results } = await program.follow(() => runProgram(this.source, program.executor));
    if (thrown !== undefined) {
      const error = programError(thrown);
      if (results.length === 0) this.refused(error);
      await reporter.error(error, results.length === 0 ? EXIT.notStarted : EXIT.failed, this.sources);
    }
    await Promise.all(this.ends);
    // One that was suspended, or kept from going on, is to run once more.
    if (!this.suspended && (thrown === undefined || results.length > 0)) {
      await this.endedJobs?.recordOver();
      tell({ type: 'program-ended' });
    }
    logs?.close();
    await this.rest.close();
    await this.started?.close();
    folder.remove();
  }

  /** Those of a cluster's jobs the cluster looks after. */
  private ownLogs(): { close(): void } | undefined {
    const { order: { diesWithParent, logFolder, jobId }, configuration } = this;
    return diesWithParent || logFolder === undefined ? undefined : watchLogs(logFolder, (name) => name.startsWith(jobId), configuration, systemClock);
  }

  private program(): ProgramRun {
    const { configuration, sources } = this;
    return new ProgramRun({
      configuration,
      clock: systemClock,
      cluster: () => ({ submit: (program) => this.submit(program) }),
      standDown: () => Promise.resolve(),
      endedBefore: () => this.endedBefore(),
      built: (built) => {
        this.warn(checkpointWarnings(built, configuration));
        void timestampWarnings(built, (stack) => sources.locate(stack)).then((warnings) => this.warn(warnings));
      },
      submitted: (job) => this.submitted(job),
      ended: (result) => void this.ends.push(this.sayEnd(result)),
    });
  }

  private get cluster(): MiniCluster {
    const { configuration, order, source } = this;
    const script = pathToFileURL(join(installationFolder(), 'dist', 'task-manager.js'));
    return (this.started ??= MiniCluster.start({ configuration, bundle: source, script, workers: true, runId: order.jobId, recoverJobs: order.recover, rescaling: (jobId) => this.rescaling(jobId), ending: (job, status) => this.recordEnd(job, status) }));
  }

  private endedBefore(): EndedJob | undefined {
    const ended = this.before.get(jobIdOf(this.order.jobId, this.executed));
    if (!ended) return undefined;
    this.executed++;
    this.cluster.pass(ended);
    this.reporter.say(`Job "${ended.jobName}" (${ended.jobId}) has ended before and does not run again`);
    return ended;
  }

  private async submit(program: JobProgram): Promise<RunningJob> {
    const ordinal = this.cluster.reserve();
    const described = createJobGraph(program.graph, jobIdOf(this.order.jobId, this.executed++));
    const graph = asRemembered(described, this.order.rescaled?.[described.jobId]);
    await this.slots(graph, this.configuration.overriddenBy(program.configuration)).catch(async (error: unknown) => {
      throw error instanceof FlinkError && error.code === 'JOB_CANCELED' ? await this.neverBegan(graph, ordinal, error) : error;
    });
    return this.cluster.submit(program, undefined, ordinal);
  }

  private async slots(graph: JobGraph, configuration: Configuration): Promise<void> {
    const { jobId } = graph;
    const slots = requiredSlots(graph);
    const granted = this.ask('slots', { type: 'slots-needed', jobId, name: graph.jobName, slots, lossSettings: { ...lossSettings(configuration) } });
    // Who started it keeps no account.
    if (this.order.diesWithParent) await granted;
  }

  /** What is known of a job's parallelism, and how the cluster learns of it. */
  private rescaling(jobId: string): RescaledBefore {
    const remembered = this.order.rescaled?.[jobId];
    if (!this.order.diesWithParent) return { remembered };
    return {
      remembered,
      slots: {
        extend: (most) => this.ask('slots', { type: 'slots-wanted', jobId, most }),
        keep: (slots) => this.tell({ type: 'slots-kept', jobId, slots }),
      },
      remember: async (known) => void (await this.ask('requirements', { type: 'requirements', jobId, ...known })),
    };
  }

  private ask(what: 'slots' | 'requirements', message: FromJobProcess & { readonly jobId: string }): Promise<number> {
    const answer = new Promise<number>((resolve, reject) => this.waits.set(`${what}/${message.jobId}`, { granted: resolve, refused: reject }));
    this.tell(message);
    return answer;
  }

  /** The job was cancelled while it waited for slots: it has ended, and the program goes on as after any other that was cancelled. */
  private async neverBegan({ jobId, jobName }: JobGraph, ordinal: number, error: FlinkError): Promise<NeverBegan> {
    const ended = { jobId, jobName, netRuntimeMs: 0, accumulators: {}, error: serializeError(error) };
    await this.recordEnd(ended, 'CANCELED');
    const overview = endedOverview({ jobId, name: jobName, startTime: systemClock.now() }, 'CANCELED', systemClock.now());
    this.tell({ type: 'ended', jobId, archived: { overview, answers: answersOf(overview, undefined) } });
    this.cluster.pass(ended, ordinal);
    this.reporter.say(`Job with JobID ${jobId} has been cancelled before it began.`);
    return new NeverBegan(ended);
  }

  private hear(said: unknown): void {
    const message = toJobProcess.parse(said);
    if (message.type === 'suspend') {
      this.suspended = true;
      return this.following?.suspend();
    }
    const { jobId } = message;
    const wait = this.waits.get(`${message.type.startsWith('slots') ? 'slots' : 'requirements'}/${jobId}`);
    if (!('error' in message)) return wait?.granted('slots' in message ? message.slots : 0);
    const error = deserializeError(message.error as unknown as SerializedError);
    // It may have got them just before, and be about to begin.
    if (error instanceof FlinkError && error.code === 'JOB_CANCELED') this.cancelled.add(jobId);
    wait?.refused(error);
  }

  private submitted(job: RunningJob): void {
    const { reporter } = this;
    reporter.say(`Job has been submitted with JobID ${job.jobId}`);
    const { restored } = job.checkpoints().latest;
    if (restored) reporter.say(`It goes on from ${restored.isSavepoint ? 'savepoint' : 'checkpoint'} ${restored.id}${restored.externalPath === undefined ? '' : `: ${restored.externalPath}`}`);
    this.rest!.add(job);
    logJob(job, processLog(this.configuration, 'JobManager'), systemClock, this.sources);
    this.startTimes.set(job.jobId, job.snapshot().startTime);
    this.tell({ type: 'submitted', jobId: job.jobId });
    if (this.cancelled.has(job.jobId)) job.cancel();
  }

  /** What follows deletes what the job could go on from: it waits for as long as the end cannot be written down. */
  private async recordEnd(ended: EndedJob, status: EndedStatus): Promise<void> {
    const { jobId, jobName: name, error } = ended;
    const now = systemClock.now();
    const overview = endedOverview({ jobId, name, startTime: this.startTimes.get(jobId) ?? now }, status, now);
    const answers = answersOf(overview, status === 'FAILED' && error ? deserializeError(error) : undefined);
    for (;;) {
      try {
        return await this.endedJobs?.record({ overview, answers }, ended);
      } catch (cause) {
        this.reporter.say(`The end of job "${name}" cannot be written down, and is tried again: ${(cause as Error).message}`);
        await sleep(systemClock, RECORD_AGAIN_MS);
      }
    }
  }

  private async sayEnd(result: JobResult): Promise<void> {
    const { reporter, sources, order } = this;
    if (result.status === 'SUSPENDED') {
      this.tell({ type: 'suspended', jobId: result.jobId });
      return reporter.say(`Job with JobID ${result.jobId} is suspended: it goes on when the cluster starts again.`);
    }
    const archived = await this.archived(result.jobId);
    this.tell({ type: 'ended', jobId: result.jobId, archived });
    if (order.archive !== undefined) new JobArchive(order.archive, this.configuration, systemClock, order.logFolder).add(archived);
    this.warn(droppedWindowsWarnings(result));
    if (result.status === 'FAILED') await reporter.error(result.error, EXIT.failed, sources);
    else for (const line of result.status === 'CANCELED' ? [`Job with JobID ${result.jobId} has been cancelled.`] : closingLines(result)) reporter.say(line);
  }

  private refused(error: Error): void {
    const { order: { archive, jobId, logFolder }, configuration } = this;
    this.tell({ type: 'refused', error: { ...serializeError(error) } });
    if (archive !== undefined) new JobArchive(archive, configuration, systemClock, logFolder).refused(jobId);
  }

  private async archived(jobId: string): Promise<ArchivedJob> {
    const all = await this.rest!.archive(jobId);
    const { jobs: [overview] } = all.find(({ path }) => path === '/jobs/overview')!.json as { jobs: [ArchivedJob['overview']] };
    return { overview, answers: Object.fromEntries(all.map(({ path, json }) => [path, json])) };
  }

  private warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.reporter.say(`Warning: ${warning}`);
  }
}

/** What was submitted is checked here: the process before need not be of this version. */
export function configurationOf({ configuration }: JobOrder): Configuration {
  const made = new Configuration();
  for (const [key, raw] of Object.entries(configuration)) made.setRaw(optionOf(key, 'the submission'), raw, 'the submission', key);
  return made;
}

export function stageBundle({ bundle, jobFile, programArgs, entry, sourceFolder }: JobOrder, folder: RunFolder): { source: ProgramSource; sources: UserSources } {
  const target = join(folder.path, 'job.mjs');
  copyFileSync(bundle, target);
  const url = pathToFileURL(target).href;
  return { source: { url, path: jobFile, args: programArgs, entry }, sources: new UserSources(url, sourceFolder ?? folder.path) };
}
