/**
 * Copies of a subtask's checkpoints on the local disk: a restart in the same process goes on from one without reading
 * checkpoint storage (Flink: local recovery).
 *
 * A copy is the folder of links that a checkpoint was stored from, so it costs no writing; what it holds of tables that
 * the database has compacted away takes room until a newer checkpoint is complete.
 * Invariants:
 * - A copy is used only when every byte of it is what the checkpoint says; otherwise the checkpoint itself is read.
 * - The newest copy of a complete checkpoint stays; older ones go. All go with the job, or with the process that follows
 *   one that was killed.
 */
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BackendFile, NativeKeyedState } from '../operator-snapshot.js';
import type { SnapshotFile } from '../snapshot-files.js';
import { bytesOf } from './level-files.js';
import { ownFolderName } from './working-folder.js';

const READ_BYTES = 1024 * 1024;

/** Whose copies they are. */
export interface LocalCopiesOwner {
  readonly jobId: string;
  readonly operatorId: string;
  readonly subtask: number;
}

export class LocalCopies {
  private readonly folder: string;

  /** @param place where working folders are made; the system's folder for temporary files unless given. */
  constructor({ jobId, operatorId, subtask }: LocalCopiesOwner, place?: string) {
    this.folder = join(folderOfJob(jobId, place), `${operatorId}-${subtask}`);
  }

  /** Takes over the folder that a checkpoint was stored from. Rejects when it cannot be moved. */
  async keep(checkpointId: number, folder: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const target = join(this.folder, String(checkpointId));
    await rm(target, { recursive: true, force: true });
    await rename(folder, target);
  }

  /** The checkpoint is complete: nobody goes back to one before it. Never rejects. */
  async completed(checkpointId: number): Promise<void> {
    const kept = await this.kept();
    const newest = kept.find((id) => id <= checkpointId);
    for (const id of kept) if (newest !== undefined && id < newest) await rm(join(this.folder, String(id)), { recursive: true, force: true }).catch(() => {});
  }

  /** Makes a database in a new folder out of the copy that has just these files. False when there is none. */
  async restore({ files }: NativeKeyedState, folder: string): Promise<boolean> {
    for (const id of await this.kept()) {
      const copy = join(this.folder, String(id));
      try {
        if (!(await isCopyOf(files, copy))) continue;
        await mkdir(folder, { recursive: true });
        for (const { name } of files) await (name.endsWith('.ldb') ? link : copyFile)(join(copy, name), join(folder, name));
        return true;
      } catch {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return false;
  }

  /** Checkpoints of which there are copies, the newest first. */
  private async kept(): Promise<number[]> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    return names.map(Number).sort((a, b) => b - a);
  }
}

/** The job has ended, and every task of it. Never rejects. */
export async function removeLocalCopies(jobId: string, place?: string): Promise<void> {
  await rm(folderOfJob(jobId, place), { recursive: true, force: true }).catch(() => {});
}

function folderOfJob(jobId: string, place: string = tmpdir()): string {
  return join(place, ownFolderName(`job-${jobId}`));
}

/** Whether all files are there as they were stored; the small ones, which tell checkpoints apart, are looked at first. */
async function isCopyOf(files: NativeKeyedState['files'], copy: string): Promise<boolean> {
  for (const each of files) if ((await stat(join(copy, each.name))).size !== bytesOf(each).length) return false;
  const stored = new Map<unknown, BackendFile[]>();
  for (const each of files) {
    const id = each.file.kind === 'inline' ? each.file : each.file.name;
    stored.set(id, [...(stored.get(id) ?? []), each]);
  }
  for (const parts of [...stored.values()].sort(([a], [b]) => sizeOf(a!.file) - sizeOf(b!.file))) {
    const inOrder = parts.sort((a, b) => bytesOf(a).offset - bytesOf(b).offset);
    if (!(await isWhole(inOrder.map(({ name }) => join(copy, name)), parts[0]!.file))) return false;
  }
  return true;
}

/** Whether these files, one behind the other, are what was stored as one. */
async function isWhole(paths: readonly string[], file: SnapshotFile): Promise<boolean> {
  if (file.kind === 'inline') return (await readFile(paths[0]!)).equals(file.bytes);
  let checksum = 0;
  for (const path of paths) for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) checksum = crc32(chunk as Uint8Array, checksum);
  return checksum === file.checksum;
}

function sizeOf(file: SnapshotFile): number {
  return file.kind === 'inline' ? file.bytes.length : file.size;
}
