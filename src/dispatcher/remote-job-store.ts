/**
 * A job store in S3, for clusters that take over from each other on any machine: an object for each program, its bundle
 * beside it, and how its jobs ended.
 *
 * Invariants:
 * - One cluster at a time: the one that has the lease. Without it nothing is written any more.
 * - A program's bundle is there before its object is, and goes after it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { FileStore } from '../checkpoint/file-store.js';
import { FlinkError } from '../core/errors.js';
import { EndedJobs } from './ended-jobs.js';
import { guarded, type JobStore, readable, storedJob, type StoredJob } from './job-store.js';
import type { LeaderLease } from './leader-lease.js';
import type { LeaseWatch } from './lease-file.js';
import { readWhole, writeWhole } from './whole-files.js';

/** Of the objects. Another one is needed when versions of the engine before would misunderstand them. */
const VERSION = 1;
const storedVersion = z.object({ version: z.number() });

export interface RemoteJobStoreOptions {
  /** `s3://…`: of this cluster alone. */
  readonly root: string;
  readonly files: FileStore;
  /** On this machine: for the bundles of jobs that run. */
  readonly folder: string;
  readonly lease: Pick<LeaderLease, 'release' | 'held'>;
  /** Tells the processes of jobs how long it is ours. */
  readonly leaseWatch?: LeaseWatch;
}

export function remoteJobStore(options: RemoteJobStoreOptions): JobStore {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  return new RemoteJobStore(options);
}

class RemoteJobStore implements JobStore {
  readonly bundles: string;
  readonly checkpoints: string;
  private readonly uploaded = new Set<string>();

  constructor(private readonly options: RemoteJobStoreOptions) {
    this.bundles = options.folder;
    this.checkpoints = `${options.root}/checkpoints`;
  }

  get lease(): LeaseWatch | undefined {
    return this.options.leaseWatch;
  }

  get held(): boolean {
    return this.options.lease.held;
  }

  put(job: StoredJob): Promise<void> {
    const { files } = this.options;
    const { jobId } = job.submission;
    return this.writing(async () => {
      if (!this.uploaded.has(jobId)) await writeWhole(files, this.bundle(jobId), readFileSync(join(this.bundles, `${jobId}.mjs`)));
      this.uploaded.add(jobId);
      await writeWhole(files, this.entry(jobId), Buffer.from(JSON.stringify({ version: VERSION, ...job })));
    });
  }

  delete(jobId: string): Promise<void> {
    const { files } = this.options;
    this.uploaded.delete(jobId);
    return this.writing(async () => {
      await files.remove(this.entry(jobId));
      await Promise.all([files.remove(this.bundle(jobId)), new EndedJobs(this.endedFolder(jobId), files).delete()]);
    });
  }

  async all(): Promise<readonly StoredJob[]> {
    const names = await guarded(() => this.options.files.list(`${this.options.root}/jobs`));
    return Promise.all(names.flatMap((name) => /^([0-9a-f]{32})\.json$/.exec(name)?.[1] ?? []).map((jobId) => this.read(jobId)));
  }

  endedFolder(jobId: string): string {
    return `${this.options.root}/results/${jobId}`;
  }

  async ended(jobId: string): ReturnType<JobStore['ended']> {
    const ended = new EndedJobs(this.endedFolder(jobId), this.options.files);
    return { jobs: await ended.all(), over: await ended.isOver() };
  }

  close(): Promise<void> {
    return this.options.lease.release();
  }

  /** Rejects with JOB_STORE where another cluster may have the store by now. */
  private writing(work: () => Promise<void>): Promise<void> {
    return guarded(async () => {
      if (!this.held) throw new Error('another cluster may have it by now');
      await work();
    });
  }

  /** With its bundle, which its process needs here. */
  private async read(jobId: string): Promise<StoredJob> {
    const { files, root } = this.options;
    const [entry, bundle] = await guarded(() => Promise.all([readWhole(files, this.entry(jobId)), readWhole(files, this.bundle(jobId))]));
    if (!bundle) throw new FlinkError('JOB_STORE', `the job store in ${root} has job ${jobId}, but not its bundle`);
    writeFileSync(join(this.bundles, `${jobId}.mjs`), bundle, { mode: 0o600 });
    this.uploaded.add(jobId);
    const document: unknown = JSON.parse(entry?.toString('utf8') ?? 'null');
    const { version } = readable(storedVersion, document, `job ${jobId}`);
    if (version === VERSION) return readable(storedJob, document, `job ${jobId}`);
    throw new FlinkError('JOB_STORE', `job ${jobId} in the job store in ${root} has version ${version}, this engine reads version ${VERSION}`, { hint: 'Start the cluster with the version of flink-ts that wrote it, or one after that.' });
  }

  private entry(jobId: string): string {
    return `${this.options.root}/jobs/${jobId}.json`;
  }

  private bundle(jobId: string): string {
    return `${this.options.root}/bundles/${jobId}.mjs`;
  }
}
