/**
 * What is left of jobs that have ended: one file a job, in a folder that outlives the cluster.
 *
 * Invariants:
 * - A file appears whole (written beside and renamed); one that cannot be read is as good as none. Of another version's
 *   files it can be asked how many there are.
 * - Jobs that ended longer ago than `expirationMs`, and the oldest beyond `capacity`, are gone for whoever asks, and
 *   deleted when the next one is added or somebody sweeps; their logs and outputs with them. The same goes for the logs of
 *   those that were refused, of which nothing else is kept.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { JobStoreCapacity, JobStoreExpiration } from '../core/options.js';
import { ARCHIVE_VERSION, type ArchivedJob, archivedJob } from './job-order.js';

const archiveVersion = z.object({ version: z.number() });

const NAME = /^([0-9a-f]{32})\.json$/;
/** Says by its time when a job was refused. */
const REFUSED_NAME = /^([0-9a-f]{32})\.refused$/;
/** Older ones have numbers behind. */
const LOG_NAME = /^([0-9a-f]{32})\.(?:log|out)(?:\.\d+)?$/;

export class JobArchive {
  private readonly expirationMs: number;
  private readonly capacity: number;

  /** @param logs folder of the logs and outputs of jobs, which begin with their ids. */
  constructor(private readonly folder: string, configuration: Configuration, private readonly clock: Clock, private readonly logs?: string) {
    this.expirationMs = configuration.get(JobStoreExpiration) * 1_000;
    this.capacity = configuration.get(JobStoreCapacity);
  }

  add(job: ArchivedJob): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const path = this.path(job.overview.jid);
    writeFileSync(`${path}.new`, JSON.stringify({ ...job, version: ARCHIVE_VERSION }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    this.sweep();
  }

  /** Of a job that never came to be there are only logs. */
  refused(jobId: string): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, `${jobId}.refused`), String(this.clock.now()), { mode: 0o600 });
    this.sweep();
  }

  /** One that was refused before is submitted again: its logs are in use. */
  begun(jobId: string): void {
    rmSync(join(this.folder, `${jobId}.refused`), { force: true });
  }

  /** Deletes what is left of jobs that nobody can ask for any more. */
  sweep(): void {
    const kept = new Set(this.kept().map(({ overview }) => overview.jid));
    const dropped = new Set([...this.ids().filter((jobId) => !kept.has(jobId) && !this.isForeign(jobId)), ...this.refusedBefore()]);
    if (dropped.size === 0) return;
    for (const jobId of dropped) for (const path of [this.path(jobId), join(this.folder, `${jobId}.refused`)]) rmSync(path, { force: true });
    if (this.logs === undefined || !existsSync(this.logs)) return;
    for (const name of readdirSync(this.logs)) if (dropped.has(LOG_NAME.exec(name)?.[1] ?? '')) rmSync(join(this.logs, name), { force: true });
  }

  get(jobId: string): ArchivedJob | undefined {
    const job = this.read(jobId);
    return job && !this.expired(job) ? job : undefined;
  }

  /** In the order of their end. */
  all(): readonly ArchivedJob[] {
    return this.kept();
  }

  /** Jobs that another version of the engine has put here and that this one cannot read: how many of which version. */
  foreign(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const jobId of this.ids()) {
      const version = this.versionOf(jobId);
      if (version !== ARCHIVE_VERSION) counts.set(version, (counts.get(version) ?? 0) + 1);
    }
    return counts;
  }

  private kept(): ArchivedJob[] {
    const jobs = this.ids().flatMap((jobId) => this.get(jobId) ?? []).sort((a, b) => a.overview['end-time'] - b.overview['end-time']);
    return jobs.slice(Math.max(0, jobs.length - this.capacity));
  }

  /** Those that expire as jobs do, and the oldest that are too many. */
  private refusedBefore(): string[] {
    const times = this.names(REFUSED_NAME).map((jobId) => ({ jobId, time: Number(readFileSync(join(this.folder, `${jobId}.refused`), 'utf8')) })).sort((a, b) => a.time - b.time);
    return times.filter(({ time }, at) => time + this.expirationMs < this.clock.now() || at < times.length - this.capacity).map(({ jobId }) => jobId);
  }

  private expired({ overview }: ArchivedJob): boolean {
    return overview['end-time'] + this.expirationMs < this.clock.now();
  }

  private ids(): string[] {
    return this.names(NAME);
  }

  private names(pattern: RegExp): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).flatMap((name) => pattern.exec(name)?.[1] ?? []) : [];
  }

  private path(jobId: string): string {
    return join(this.folder, `${jobId}.json`);
  }

  private read(jobId: string): ArchivedJob | undefined {
    const read = archivedJob.safeParse(this.document(jobId));
    return read.success ? read.data : undefined;
  }

  /** What the first version wrote does not say so. */
  private versionOf(jobId: string): number {
    const read = archiveVersion.safeParse(this.document(jobId));
    return read.success ? read.data.version : ARCHIVE_VERSION;
  }

  private isForeign(jobId: string): boolean {
    return this.versionOf(jobId) !== ARCHIVE_VERSION;
  }

  private document(jobId: string): unknown {
    try {
      return JSON.parse(readFileSync(this.path(jobId), 'utf8'));
    } catch {
      return undefined;
    }
  }
}
