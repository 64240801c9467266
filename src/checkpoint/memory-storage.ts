/**
 * Checkpoints in the JobManager's memory (Flink: `JobManagerCheckpointStorage`): they survive failures of tasks, not
 * the end of the process. Savepoints go into a directory all the same.
 */
import type { CheckpointStorage, CompletedSnapshot, PendingSnapshot } from './checkpoint-storage.js';
import { beginSavepoint, type DirectoryStorageOptions, discardFolder, writeMetadata } from './directory-storage.js';
import type { SnapshotMetadata } from './snapshot-metadata.js';

export interface MemoryStorageOptions extends Omit<DirectoryStorageOptions, 'directory'> {
  /** The most bytes one state may have. */
  readonly maxStateBytes: number;
}

export class MemoryStorage implements CheckpointStorage {
  readonly name = 'jobmanager';
  readonly folder = undefined;

  constructor(private readonly options: MemoryStorageOptions) {}

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  beginCheckpoint(): Promise<PendingSnapshot> {
    return Promise.resolve({ location: { storage: 'memory', maxStateBytes: this.options.maxStateBytes }, folder: undefined });
  }

  beginSavepoint(directory: string | undefined): Promise<PendingSnapshot> {
    return beginSavepoint(this.options, directory);
  }

  complete(pending: PendingSnapshot, metadata: SnapshotMetadata): Promise<CompletedSnapshot> {
    if (pending.folder !== undefined) return writeMetadata(this.options.files, pending, metadata);
    return Promise.resolve({ metadata, folders: { exclusive: undefined, shared: undefined }, path: undefined });
  }

  discard(snapshot: PendingSnapshot | CompletedSnapshot): Promise<void> {
    return discardFolder(this.options.files, snapshot);
  }

  refer(_checkpointId: number, snapshot: CompletedSnapshot): Promise<CompletedSnapshot> {
    return Promise.resolve(snapshot);
  }

  forget(): Promise<void> {
    return Promise.resolve();
  }

  discardShared(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
