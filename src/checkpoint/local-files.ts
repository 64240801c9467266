/**
 * Files of this machine's file system.
 *
 * Invariants:
 * - A file is written under a temporary name beside its place, synced, renamed, and its folder synced: after a crash
 *   at any moment it is there whole or not at all.
 * - Names that begin with `TEMPORARY` are never listed.
 */
import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FlinkError } from '../core/errors.js';
import type { FileStore, FileUpload } from './file-store.js';

const TEMPORARY = '.part-';
/** Numbers what this thread has written. */
let uploads = 0;

export const localFiles: FileStore = {
  create: (path) => attempt(`write ${path}`, () => beginUpload(path)),

  size: (path) => attempt(`read ${path}`, async () => {
    const found = await stat(path).catch(undefinedIfMissing);
    return found?.isFile() ? found.size : undefined;
  }),

  read: (path, offset, length) => attempt(`read ${path}`, async () => {
    const handle = await open(path, 'r');
    try {
      return await readFully(handle, offset, length);
    } finally {
      await handle.close();
    }
  }),

  makeFolder: (path) => attempt(`write into ${path}`, async () => {
    await makeDurableFolder(path);
    await access(path, constants.W_OK);
  }),

  list: (folder) => attempt(`list ${folder}`, async () => {
    const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
    return names.filter((name) => !name.startsWith(TEMPORARY)).sort();
  }),

  remove: (path) => attempt(`delete ${path}`, () => rm(path, { recursive: true, force: true })),

  sweep: (folder) => attempt(`delete in ${folder}`, async () => {
    const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
    for (const name of names.filter((each) => each.startsWith(TEMPORARY))) await rm(join(folder, name), { force: true });
  }),
};

async function beginUpload(path: string): Promise<FileUpload> {
  await makeDurableFolder(dirname(path));
  return new LocalUpload(path);
}

class LocalUpload implements FileUpload {
  private readonly temporary: string;
  private handle: Promise<FileHandle> | undefined;
  private over = false;

  constructor(private readonly path: string) {
    this.temporary = join(dirname(path), `${TEMPORARY}${process.pid}-${uploads++}-${basename(path)}`);
  }

  append(bytes: Uint8Array): Promise<void> {
    return attempt(`write ${this.path}`, async () => {
      const handle = await this.open();
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
    });
  }

  publish(): Promise<void> {
    return attempt(`write ${this.path}`, async () => {
      const handle = await this.open();
      await handle.sync();
      await handle.close();
      await rename(this.temporary, this.path);
      this.over = true;
      await syncFolder(dirname(this.path));
    });
  }

  async discard(): Promise<void> {
    if (this.over) return;
    this.over = true;
    await this.handle?.then((handle) => handle.close()).catch(() => {});
    await rm(this.temporary, { force: true }).catch(() => {});
  }

  private open(): Promise<FileHandle> {
    return (this.handle ??= open(this.temporary, 'w'));
  }
}

async function readFully(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const size = (await handle.stat()).size;
  const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, offset + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/**
 * Each folder that is new is synced into the one above it. One by one: Node's own recursion never ends in a file system
 * that takes no folders and says that the path is missing, as /proc does.
 */
async function makeDurableFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = path; !(await isFolder(folder)); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) {
    await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else may have made it meanwhile.
      if (error.code !== 'EEXIST' || !(await isFolder(folder))) throw error;
    });
    await syncFolder(dirname(folder));
  }
}

/** Rejects where something else is in the way. */
async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw Object.assign(new Error(`ENOTDIR: not a folder, ${path}`), { code: 'ENOTDIR' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** A rename counts after a crash only when the folder is on the disk, too. Not every system lets folders be synced. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EINVAL' && error.code !== 'EPERM' && error.code !== 'EISDIR') throw error;
    });
  } finally {
    await handle.close();
  }
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space, or keep checkpoints elsewhere (execution.checkpointing.dir).',
  EROFS: 'The file system is read-only: keep checkpoints elsewhere (execution.checkpointing.dir).',
  EACCES: 'Give this user the right to write there, or keep checkpoints elsewhere (execution.checkpointing.dir).',
  ENOENT: 'It is not there: somebody may have deleted it, or nothing can be made there (as in /proc).',
};

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const hint = HINTS[(cause as NodeJS.ErrnoException).code ?? ''];
    throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not ${what}: ${(cause as Error).message}`, { cause, ...(hint ? { hint } : {}) });
  }
}
