/**
 * What is left of jobs that have ended: one file a job, in a folder that outlives the cluster.
 *
 * Invariants:
 * - A file appears whole (written beside and renamed); one that cannot be read is as good as none.
 * - Jobs that ended longer ago than `expirationMs`, and the oldest beyond `capacity`, are gone for whoever asks, and
 *   deleted when the next one is added.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { JobStoreCapacity, JobStoreExpiration } from '../core/options.js';
import { type ArchivedJob, archivedJob } from './job-order.js';

const NAME = /^([0-9a-f]{32})\.json$/;

export class JobArchive {
  private readonly expirationMs: number;
  private readonly capacity: number;

  constructor(private readonly folder: string, configuration: Configuration, private readonly clock: Clock) {
    this.expirationMs = configuration.get(JobStoreExpiration) * 1_000;
    this.capacity = configuration.get(JobStoreCapacity);
  }

  add(job: ArchivedJob): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const path = this.path(job.overview.jid);
    writeFileSync(`${path}.new`, JSON.stringify(job), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    const kept = new Set(this.kept().map(({ overview }) => overview.jid));
    for (const jobId of this.ids()) if (!kept.has(jobId)) rmSync(this.path(jobId), { force: true });
  }

  get(jobId: string): ArchivedJob | undefined {
    const job = this.read(jobId);
    return job && !this.expired(job) ? job : undefined;
  }

  /** In the order of their end. */
  all(): readonly ArchivedJob[] {
    return this.kept();
  }

  private kept(): ArchivedJob[] {
    const jobs = this.ids().flatMap((jobId) => this.get(jobId) ?? []).sort((a, b) => a.overview['end-time'] - b.overview['end-time']);
    return jobs.slice(Math.max(0, jobs.length - this.capacity));
  }

  private expired({ overview }: ArchivedJob): boolean {
    return overview['end-time'] + this.expirationMs < this.clock.now();
  }

  private ids(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).flatMap((name) => NAME.exec(name)?.[1] ?? []) : [];
  }

  private path(jobId: string): string {
    return join(this.folder, `${jobId}.json`);
  }

  private read(jobId: string): ArchivedJob | undefined {
    try {
      const read = archivedJob.safeParse(JSON.parse(readFileSync(this.path(jobId), 'utf8')));
      return read.success ? read.data : undefined;
    } catch {
      return undefined;
    }
  }
}
