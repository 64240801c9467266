/**
 * The records of one stream, kept on this machine from one job of a program to the next (Flink: a cluster dataset).
 *
 * Invariants:
 * - They count as kept when the program has waited for a job that wrote them all; every copy of the program then knows.
 * - The folder is this process's, for its user alone, and goes with it: a process that is killed leaves it behind, and a
 *   later one removes it.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { isAlive } from '../../core/process-alive.js';

let goesWithProcess = false;

export class CachedResult {
  private filled: { readonly jobId: string; readonly isCopy: boolean } | undefined;

  /** @param id the same in every copy of the program. */
  constructor(readonly id: string) {}

  /** Not when somebody else has deleted them, or a process before this one wrote them. */
  get isFilled(): boolean {
    return this.folder !== undefined && existsSync(this.folder);
  }

  /** Where the records are. */
  get folder(): string | undefined {
    return this.filled && cacheFolder(this.filled.jobId, this.id);
  }

  /** A job has written them all. @param isCopy the program is a copy, which deletes nothing. */
  fill(jobId: string, isCopy: boolean): void {
    this.filled = { jobId, isCopy };
  }

  /** Forgets them, and deletes them. */
  clear(): void {
    const { filled } = this;
    this.filled = undefined;
    if (filled?.isCopy === false) this.discard(filled.jobId);
  }

  /** Deletes what a job has written. */
  discard(jobId: string): void {
    rmSync(cacheFolder(jobId, this.id), { recursive: true, force: true });
    try {
      rmdirSync(ownFolder());
    } catch {
      // Something else is kept there, or nothing ever was.
    }
  }
}

/** Where a job writes what is to be kept. */
export function cacheFolder(jobId: string, id: string): string {
  return join(ownFolder(), `${jobId}-${id}`);
}

/** Makes the folder. Throws `OUTPUT_UNWRITABLE` when somebody else has made one of that name. */
export function makeCacheFolder(jobId: string, id: string): string {
  const own = ownFolder();
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const { uid } = userInfo();
  const there = lstatSync(own);
  if (!there.isDirectory() || (uid >= 0 && there.uid !== uid)) throw new FlinkError('OUTPUT_UNWRITABLE', `cannot keep records in ${own}: it belongs to somebody else`, { hint: 'Delete it, or set TMPDIR to another folder.' });
  const folder = cacheFolder(jobId, id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function ownFolder(): string {
  return join(tmpdir(), `${prefix()}${process.pid}`);
}

function prefix(): string {
  const { uid, username } = userInfo();
  return `flink-ts-cache-${uid >= 0 ? uid : username}-`;
}

/** What jobs of this process keep goes when it exits, and what processes that were killed have left goes now. Not for copies. */
export function removeCachesAtExit(): void {
  if (goesWithProcess) return;
  goesWithProcess = true;
  process.once('exit', () => rmSync(ownFolder(), { recursive: true, force: true }));
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix()) ? Number(name.slice(prefix().length)) : Number.NaN;
    if (pid > 0 && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
