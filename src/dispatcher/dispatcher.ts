/**
 * The session cluster (Flink: `Dispatcher`): takes programs, gives each a process of its own, and knows what became of
 * them.
 *
 * Invariants:
 * - Nothing of a job runs in this process: whatever a job does to its own, the others and the Dispatcher go on.
 * - A job has slots before it runs, and gives them back when it has ended or its process has.
 * - Where jobs are remembered: a job is in the store before it is granted slots, and its process before is gone before
 *   another one starts.
 * - A program is forgotten when it is over, not before: as long as it is not, it can be run once more.
 */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.js';
import { deserializeError, FlinkError, type SerializedError, serializeError } from '../core/errors.js';
import type { Say } from '../core/log.js';
import { type Random, randomHex } from '../core/random.js';
import { formatDuration } from '../core/time.js';
import { RestError } from '../rest/rest-error.js';
import type { JobArchive } from './job-archive.js';
import type { FromJobProcess, JobSubmission } from './job-order.js';
import { jobOutputs, startJobProcess } from './job-process.js';
import type { JobStore, StoredJob } from './job-store.js';
import { oldProcessGone } from './old-process.js';
import { afterLoss, mayPass, processLost } from './process-loss.js';
import { LOSSES_MAX, withLosses } from './told-losses.js';
import type { SlotPool } from './slot-pool.js';
import { endedOverview, failedJob, SubmittedJob } from './submitted-job.js';

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly slots: SlotPool;
  readonly archive: JobArchive;
  readonly store: JobStore;
  /** The compiled script of a job's process. */
  readonly script: URL;
  /** For the folders of the jobs' processes. */
  readonly folder: string;
  readonly logFolder: string;
  /** What the cluster's configuration says; a submission's values go over it. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly say: Say;
  /** Writes into a log of a job whose process is not there to do so. */
  readonly logIn: (path: string) => Say;
}

const CHECKPOINT_DIRECTORY = 'execution.checkpointing.dir';

export class Dispatcher {
  /** By job id; a program with several jobs stands there under each. Ended ones are in the archive. */
  private readonly live = new Map<string, SubmittedJob>();
  private closing = false;

  constructor(readonly options: DispatcherOptions) {}

  /** Programs whose process is there, each once. */
  get jobs(): readonly SubmittedJob[] {
    return [...new Set(this.live.values())];
  }

  /** The live program that a job is of. */
  jobOf(jobId: string): SubmittedJob | undefined {
    return this.live.get(jobId);
  }

  /**
   * Runs a program. Resolves with the id of its first job when that has been built and waits for its slots; rejects with
   * what kept the program from building one.
   *
   * @param bundle its text, or the path of a file to copy.
   */
  async submit(submission: JobSubmission, bundle: { readonly text: string } | { readonly path: string }): Promise<string> {
    if (this.closing) throw new RestError(503, 'The cluster is about to end and takes no more jobs.');
    const { random, archive, clock } = this.options;
    const jobId = submission.jobId ?? randomHex(random, 32);
    if (this.live.has(jobId) || archive.get(jobId)) throw new RestError(409, `A job ${jobId} was submitted before.`);
    const path = this.bundlePath(jobId);
    if ('text' in bundle) writeFileSync(path, bundle.text, { mode: 0o600 });
    else copyFileSync(bundle.path, path);
    const job = new SubmittedJob({ ...submission, jobId }, clock.now());
    this.launch(job, false);
    try {
      await job.accepted;
      return jobId;
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }

  /** Goes on with the jobs that a cluster before this one left. */
  async recover(): Promise<void> {
    const { store, archive, say } = this.options;
    for (const stored of await store.all()) {
      const { jobId } = stored.submission;
      const { jobs, over } = await store.ended(jobId);
      for (const ended of jobs) if (!archive.get(ended.overview.jid)) archive.add(ended);
      if (over) {
        await this.forget(jobId);
        continue;
      }
      say(`Recovering job "${stored.name}" (${jobId})`, { jobId, jobName: stored.name });
      void this.recoverJob(stored, jobs.map(({ overview }) => overview.jid));
    }
  }

  /** Ends a program of which nothing has come to run yet. @returns false when something has: then its process is to be asked. */
  cancelProgram(job: SubmittedJob): boolean {
    if (job.submitted) return false;
    job.fail(new FlinkError('JOB_CANCELED', `job ${job.jobId} was cancelled`), 'CANCELED');
    if (job.process) job.process.kill();
    else void this.end(job);
    return true;
  }

  /** Ends a job that waits: by itself where another one of its program has come to run, otherwise with the program. */
  cancelWaiting(job: SubmittedJob, jobId: string): void {
    if (this.cancelProgram(job)) return;
    const { slots } = this.options;
    if (slots.waits(jobId)) slots.release(jobId);
    job.process?.send({ type: 'slots-refused', jobId, error: { ...serializeError(new FlinkError('JOB_CANCELED', `job ${jobId} was cancelled`)) } });
  }

  /** Gives a job up for a cluster after this one: its process is told to end, and what becomes of it there is not its end. */
  suspend(job: SubmittedJob): void {
    job.suspended = true;
    job.process?.send({ type: 'suspend' });
  }

  /** Takes no more jobs. */
  refuse(): void {
    this.closing = true;
  }

  /** Ends the processes that are still there and forgets nothing that is to go on later. Where no job goes on later, they are CANCELED. */
  async close(): Promise<void> {
    this.refuse();
    this.options.slots.close();
    const jobs = this.jobs;
    for (const job of jobs) {
      job.backOff?.cancel();
      if (this.options.store.checkpoints === undefined) job.fail(new FlinkError('JOB_CANCELED', 'the cluster has ended, and the job with it'), 'CANCELED');
      else job.suspended = true;
      if (job.process) job.process.kill();
      else if (!job.suspended) await this.end(job);
    }
    await Promise.all(jobs.map(({ gone }) => gone));
    await this.options.store.close();
  }

  private bundlePath(jobId: string): string {
    return join(this.options.store.bundles, `${jobId}.mjs`);
  }

  private async recoverJob(stored: StoredJob, ended: readonly string[]): Promise<void> {
    const { clock, say } = this.options;
    const job = new SubmittedJob(stored.submission, stored.startTime);
    Object.assign(job, { name: stored.name, lossSettings: stored.lossSettings ?? {}, rescaled: stored.rescaled ?? {} });
    for (const jobId of ended) job.endedJobs.add(jobId);
    job.accepted.catch(() => undefined);
    job.accept();
    this.live.set(job.jobId, job);
    await oldProcessGone(stored, clock, say);
    if (!this.closing && !job.failure) this.launch(job, true);
  }

  private launch(job: SubmittedJob, recover: boolean): void {
    const { script, folder, logFolder, configuration, store, archive, say } = this.options;
    this.live.set(job.jobId, job);
    const merged = { ...(store.checkpoints === undefined ? {} : { [CHECKPOINT_DIRECTORY]: store.checkpoints }), ...configuration, ...job.submission.configuration };
    const order = {
      ...job.submission, configuration: merged, bundle: this.bundlePath(job.jobId), parent: folder, recover, endedJobs: store.endedFolder(job.jobId),
      purpose: 'run', diesWithParent: true, logFolder, lease: store.lease, rescaled: job.rescaled,
    } as const;
    const outputs = jobOutputs(logFolder, job.jobId);
    archive.begun(job.jobId);
    job.begin();
    job.process = startJobProcess({ script, order, outputs }, {
      message: (message) => void this.receive(job, message).catch((error: Error) => this.lost(job, error)),
      exited: (code, signal) => void this.exited(job, code, signal, outputs.log),
    });
    say(`Job ${job.jobId} (${job.submission.jobFile}) has process ${job.process.pid}; its output goes to ${outputs.out}`, { jobId: job.jobId });
  }

  private async receive(job: SubmittedJob, message: FromJobProcess): Promise<void> {
    switch (message.type) {
      case 'listening': job.socket = message.socket; return;
      case 'slots-needed': return this.slotsNeeded(job, message);
      case 'slots-wanted': return job.process?.send({ type: 'slots-extended', jobId: message.jobId, slots: this.options.slots.extend(message.jobId, message.most) });
      case 'slots-kept': return this.slotsKept(job, message);
      case 'requirements': return this.requirementsChanged(job, message);
      case 'submitted':
        job.submitted = true;
        job.taken.add(message.jobId);
        this.live.set(message.jobId, job);
        return;
      case 'suspended': return this.options.say(`Job "${job.name}" (${message.jobId}) is SUSPENDED: it goes on when the cluster starts again`, { jobId: message.jobId, jobName: job.name });
      case 'ended': return this.ended(job, message);
      case 'refused': return this.refused(job, deserializeError(message.error as SerializedError));
      case 'program-ended':
        job.ended = true;
        return;
      case 'planned': return;
    }
  }

  private async slotsNeeded(job: SubmittedJob, { jobId, name, slots, lossSettings }: Extract<FromJobProcess, { type: 'slots-needed' }>): Promise<void> {
    const { options } = this;
    this.live.set(jobId, job);
    job.names.set(jobId, name);
    job.lossSettings = lossSettings;
    if (jobId === job.jobId) Object.assign(job, { name, slotsNeeded: slots });
    job.accept();
    try {
      if (this.closing) throw new FlinkError('SLOTS_MISSING', 'the cluster is about to end and gives no more slots');
      await options.slots.request(jobId, name, slots);
      await this.remember(job);
      job.process?.send({ type: 'slots-granted', jobId });
    } catch (error) {
      options.say(`Job "${name}" (${jobId}): ${(error as Error).message}`, { jobId, jobName: name, level: 'ERROR' });
      job.process?.send({ type: 'slots-refused', jobId, error: { ...serializeError(error) } });
    }
  }

  private remember(job: SubmittedJob): Promise<void> {
    const { submission, name, startTime, process: live, socket, lossSettings, rescaled } = job;
    return this.options.store.put({ submission, name, startTime, process: { pid: live?.pid ?? 0, socket: socket ?? '' }, lossSettings, rescaled });
  }

  private async slotsKept(job: SubmittedJob, { jobId, slots }: Extract<FromJobProcess, { type: 'slots-kept' }>): Promise<void> {
    this.options.slots.keep(jobId, slots);
    const known = job.rescaled[jobId];
    if (!known || known.slots === slots) return;
    job.rescaled = { ...job.rescaled, [jobId]: { ...known, slots } };
    // Where that fails it goes on with as many as before.
    await this.remember(job).catch((error: Error) => this.options.say(`Job "${job.name}" (${jobId}): ${error.message}`, { jobId, jobName: job.name, level: 'WARN' }));
  }

  /** What the store cannot keep does not count. */
  private async requirementsChanged(job: SubmittedJob, { jobId, requirements, slots }: Extract<FromJobProcess, { type: 'requirements' }>): Promise<void> {
    const before = job.rescaled;
    job.rescaled = { ...before, [jobId]: { requirements, slots } };
    try {
      await this.remember(job);
      job.process?.send({ type: 'requirements-kept', jobId });
    } catch (error) {
      job.rescaled = before;
      job.process?.send({ type: 'requirements-lost', jobId, error: { ...serializeError(error) } });
    }
  }

  private async ended(job: SubmittedJob, { jobId, archived }: Extract<FromJobProcess, { type: 'ended' }>): Promise<void> {
    const { archive, slots, say } = this.options;
    slots.release(jobId);
    archive.add({ ...archived, answers: withLosses(archived.answers, job.losses) });
    job.endedJobs.add(jobId);
    say(`Job "${archived.overview.name}" (${jobId}) is ${archived.overview.state}`, { jobId, jobName: archived.overview.name });
  }

  /** One that has run before may go on later, when what keeps it from that has passed. */
  private refused(job: SubmittedJob, error: Error): void {
    if (job.wasAccepted && mayPass(error)) job.setback = error;
    else job.fail(error, 'FAILED');
  }

  private async forget(jobId: string): Promise<void> {
    await this.options.store.delete(jobId);
    rmSync(this.bundlePath(jobId), { force: true });
  }

  private lost(job: SubmittedJob, error: Error): void {
    this.options.say(`Job ${job.jobId}: ${error.message}`, { jobId: job.jobId, level: 'ERROR' });
    job.fail(error, 'FAILED');
    job.process?.kill();
  }

  private async exited(job: SubmittedJob, code: number | null, signal: string | null, log: string): Promise<void> {
    const unfinished = this.unfinished(job);
    for (const jobId of unfinished) this.options.slots.release(jobId);
    job.processEnded();
    // It has ended because another cluster may have its jobs, and what becomes of them is told there.
    if (this.options.store.held === false) job.suspended = true;
    // A program may end its process itself when its jobs have ended.
    const over = job.ended || (unfinished.length === 0 && signal === null) || job.suspended || job.failure !== undefined || !job.wasAccepted;
    if (over) await this.end(job, processLost(code, signal, log));
    else await this.afterLoss(job, job.setback ?? processLost(code, signal, log), log);
    job.over();
  }

  /** The process of a job that was to go on has gone. */
  private async afterLoss(job: SubmittedJob, error: Error, log: string): Promise<void> {
    const { clock, random, say, logIn } = this.options;
    const about = { jobId: job.jobId, jobName: job.name };
    const after = job.restarts ? { strategy: job.restarts } : afterLoss(job.lossSettings, random);
    const verdict = 'strategy' in after ? after.strategy.afterFailure(clock.now()) : undefined;
    if (verdict?.delayMs === undefined) {
      if ('lost' in after) say(`Job "${job.name}" (${job.jobId}) cannot go on without its process: ${after.lost}`, { ...about, level: 'ERROR' });
      return this.end(job, error);
    }
    const text = `Job "${job.name}" (${job.jobId}) starts again in ${formatDuration(verdict.delayMs)}: ${error.message}`;
    for (const tell of [say, logIn(log)]) tell(text, { ...about, level: 'WARN' });
    Object.assign(job, { restarts: verdict.next, losses: [...job.losses, { error, time: clock.now() }].slice(-LOSSES_MAX) });
    job.backOff = clock.schedule(verdict.delayMs, () => this.closing || this.launch(job, true));
  }

  /** Jobs of the program that are not in the archive. */
  unfinished(job: SubmittedJob): string[] {
    return [...this.live].filter(([jobId, live]) => live === job && !job.endedJobs.has(jobId)).map(([jobId]) => jobId);
  }

  /** @param error why its unfinished jobs have failed, when nothing else is known. */
  private async end(job: SubmittedJob, error?: Error): Promise<void> {
    const { archive, clock, say } = this.options;
    const unfinished = this.unfinished(job);
    job.backOff?.cancel();
    const failure = job.failure ?? (error && { error, status: 'FAILED' as const });
    if (!job.suspended && failure) {
      if (unfinished.length > 0 && failure.status === 'FAILED') say(`Job "${job.name}" (${job.jobId}): ${failure.error.message}`, { jobId: job.jobId, jobName: job.name, level: 'ERROR' });
      // One that nobody was told of was never a job.
      for (const jobId of job.wasAccepted ? unfinished : []) {
        const failed = failedJob(endedOverview({ jobId, name: job.names.get(jobId) ?? job.name, startTime: job.startTime }, failure.status, clock.now()), failure.error);
        archive.add({ ...failed, answers: withLosses(failed.answers, job.losses) });
      }
      job.fail(failure.error, failure.status);
    }
    for (const [jobId, live] of this.live) if (live === job) this.live.delete(jobId);
    if (!job.wasAccepted) archive.refused(job.jobId);
    if (!job.suspended && job.wasAccepted) await this.forget(job.jobId);
  }
}
