/**
 * Checkpoints and savepoints as folders (Flink: `FileSystemCheckpointStorage`); `snapshot-path.ts` says how they lie.
 *
 * Invariant: `_metadata` is written last, and deleted first: a folder without it is nothing.
 */
import { basename, dirname } from 'node:path';
import { FlinkError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import type { CheckpointStorage, CompletedSnapshot, PendingSnapshot } from './checkpoint-storage.js';
import type { FileStore } from './file-store.js';
import { encodeMetadata } from './metadata-file.js';
import type { SnapshotMetadata } from './snapshot-metadata.js';
import { removeReference, standsForSnapshot, writeReference } from './snapshot-reference.js';
import { checkpointFolder, checkpointIdOf, jobFolder, METADATA_FILE, savepointFolder, sharedFolder, snapshotIn, taskOwnedFolder } from './snapshot-path.js';

/** The name of a job's folder is the job's id. */
const JOB_FOLDER = /^[0-9a-f]{32}$/;

export interface DirectoryStorageOptions {
  readonly files: FileStore;
  /** `execution.checkpointing.dir`: a path, a `file:` URL, or an address in S3. */
  readonly directory: string;
  /** `execution.checkpointing.savepoint-dir`. */
  readonly savepointDirectory: string | undefined;
  readonly jobId: string;
  readonly random: Random;
  /** `execution.checkpointing.data-inline-threshold`, in bytes. */
  readonly inlineBytesMax: number;
}

export class DirectoryStorage implements CheckpointStorage {
  readonly name = 'filesystem';
  readonly folder: string;
  private commonFolders: Promise<void> | undefined;

  constructor(private readonly options: DirectoryStorageOptions) {
    this.folder = jobFolder(options.directory, options.jobId);
  }

  prepare(): Promise<void> {
    return (this.commonFolders ??= this.makeCommonFolders());
  }

  async beginCheckpoint(checkpointId: number): Promise<PendingSnapshot> {
    const { files, inlineBytesMax } = this.options;
    const exclusive = checkpointFolder(this.folder, checkpointId);
    await this.prepare();
    await files.remove(exclusive);
    await files.makeFolder(exclusive);
    const location = { storage: 'directory', exclusive, shared: sharedFolder(this.folder), taskOwned: taskOwnedFolder(this.folder), inlineBytesMax } as const;
    return { location, folder: exclusive };
  }

  beginSavepoint(directory: string | undefined): Promise<PendingSnapshot> {
    return beginSavepoint(this.options, directory);
  }

  complete(pending: PendingSnapshot, metadata: SnapshotMetadata): Promise<CompletedSnapshot> {
    return writeMetadata(this.options.files, pending, metadata);
  }

  async discard(snapshot: PendingSnapshot | CompletedSnapshot): Promise<void> {
    await discardFolder(this.options.files, snapshot);
    const folder = 'folders' in snapshot && snapshot.metadata.kind === 'checkpoint' ? snapshot.folders.exclusive : undefined;
    if (folder !== undefined) await this.removeForeign(dirname(folder));
  }

  async refer(checkpointId: number, snapshot: CompletedSnapshot): Promise<CompletedSnapshot> {
    const { path, metadata: { jobName } } = snapshot;
    if (path === undefined) return snapshot;
    const reference = checkpointFolder(this.folder, checkpointId);
    await writeReference(reference, { path, jobName }, this.options.files);
    return { ...snapshot, reference };
  }

  async forget(reference: string): Promise<void> {
    await removeReference(reference, this.options.files);
    await this.removeForeign(dirname(reference));
  }

  async discardShared(paths: Iterable<string>): Promise<void> {
    const folders = new Set<string>();
    for (const path of paths) {
      await this.options.files.remove(path);
      folders.add(dirname(dirname(path)));
    }
    for (const folder of folders) await this.removeForeign(folder);
  }

  /** The folder of another job, whose last checkpoint was claimed by this one: it goes when nothing is left in it. */
  private async removeForeign(folder: string): Promise<void> {
    const { files } = this.options;
    if (folder === this.folder || !JOB_FOLDER.test(basename(folder))) return;
    const common = [sharedFolder(folder), taskOwnedFolder(folder)];
    for (const name of await files.list(folder)) {
      if (!common.includes(`${folder}/${name}`) || (await files.list(`${folder}/${name}`)).length > 0) return;
    }
    await files.remove(folder);
  }

  async close(): Promise<void> {
    const { files } = this.options;
    let complete = 0;
    for (const name of (await files.list(this.folder)).filter((entry) => checkpointIdOf(entry) !== undefined)) {
      const path = `${this.folder}/${name}`;
      if (await standsForSnapshot(path, files)) complete += 1;
      else await files.remove(path);
    }
    if (complete === 0) await files.remove(this.folder);
    else await files.sweep?.(sharedFolder(this.folder));
  }

  private async makeCommonFolders(): Promise<void> {
    try {
      for (const folder of [sharedFolder(this.folder), taskOwnedFolder(this.folder)]) await this.options.files.makeFolder(folder);
    } catch (error) {
      this.commonFolders = undefined;
      throw error;
    }
  }
}

/** @throws FlinkError CONFIGURATION where there is neither. */
export function chosenSavepointDirectory(given: string | undefined, configured: string | undefined): string {
  const target = given ?? configured;
  if (target !== undefined) return target;
  throw new FlinkError('CONFIGURATION', 'a savepoint needs a directory, but none was given and execution.checkpointing.savepoint-dir is not set', {
    hint: 'Name a directory, or set execution.checkpointing.savepoint-dir.',
  });
}

/** A savepoint is a folder, whatever checkpoints are. */
export async function beginSavepoint(options: Omit<DirectoryStorageOptions, 'directory'>, directory: string | undefined): Promise<PendingSnapshot> {
  const { files, jobId, random, inlineBytesMax, savepointDirectory } = options;
  const target = chosenSavepointDirectory(directory, savepointDirectory);
  const exclusive = savepointFolder(target, jobId, random);
  await files.makeFolder(exclusive);
  return { location: { storage: 'directory', exclusive, inlineBytesMax }, folder: exclusive };
}

export async function writeMetadata(files: FileStore, pending: PendingSnapshot, metadata: SnapshotMetadata): Promise<CompletedSnapshot> {
  const folder = pending.folder!;
  const upload = await files.create(`${folder}/${METADATA_FILE}`);
  try {
    await upload.append(encodeMetadata(metadata));
    await upload.publish();
  } catch (error) {
    await upload.discard();
    throw error;
  }
  return snapshotIn(folder, metadata);
}

/** The metadata goes first: what is half deleted is not taken for a snapshot. */
export async function discardFolder(files: FileStore, snapshot: PendingSnapshot | CompletedSnapshot): Promise<void> {
  const folder = 'folder' in snapshot ? snapshot.folder : snapshot.folders.exclusive;
  if (folder === undefined) return;
  await files.remove(`${folder}/${METADATA_FILE}`);
  await files.remove(folder);
}
