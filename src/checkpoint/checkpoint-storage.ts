/**
 * Where the checkpoints and savepoints of one job are kept (Flink: `CheckpointStorage`).
 *
 * Every implementation passes test/checkpoint/checkpoint-storage-conformance.ts. All methods reject with
 * CHECKPOINT_STORAGE when the place cannot be used.
 */
import type { CheckpointLocation } from '../core/checkpoint.js';
import type { SnapshotFolders } from './snapshot-input.js';
import type { SnapshotMetadata } from './snapshot-metadata.js';

/** A place for a snapshot that is being taken. */
export interface PendingSnapshot {
  /** For the tasks. */
  readonly location: CheckpointLocation;
  /** The snapshot's own folder; undefined when it is kept in memory. */
  readonly folder: string | undefined;
}

/** A complete snapshot, ready to be restored. */
export interface CompletedSnapshot {
  readonly metadata: SnapshotMetadata;
  readonly folders: SnapshotFolders;
  /** The folder that people pass on to restore it; undefined when it ends with the process. */
  readonly path: string | undefined;
  /** The folder, among the job's checkpoints, that refers to it: a recovery finds it there. */
  readonly reference?: string;
}

export interface CheckpointStorage {
  /** As in the configuration key `execution.checkpointing.storage`. */
  readonly name: 'jobmanager' | 'filesystem';
  /** The job's own folder, for messages; undefined when there is none. */
  readonly folder: string | undefined;
  /** Makes sure, before a job starts, that checkpoints can be kept. */
  prepare(): Promise<void>;
  /** Makes a place for a checkpoint. What an earlier run left under the same number is deleted. */
  beginCheckpoint(checkpointId: number): Promise<PendingSnapshot>;
  /** Makes a new folder for a savepoint below `directory`, or below the default one. Rejects with CONFIGURATION when neither is there. */
  beginSavepoint(directory: string | undefined): Promise<PendingSnapshot>;
  /** Makes the snapshot complete, in one step: whoever looks before sees none, whoever looks after sees all of it. */
  complete(pending: PendingSnapshot, metadata: SnapshotMetadata): Promise<CompletedSnapshot>;
  /** Deletes the snapshot's own files, complete or not, its metadata first. Shared files stay. Idempotent. */
  discard(snapshot: PendingSnapshot | CompletedSnapshot): Promise<void>;
  /** Leaves word of a snapshot that lies elsewhere where a recovery looks for checkpoints, under that number. Where there is no such place nothing happens. */
  refer(checkpointId: number, snapshot: CompletedSnapshot): Promise<CompletedSnapshot>;
  /** Deletes such a reference, by its folder. Idempotent. */
  forget(reference: string): Promise<void>;
  /** Deletes files, named by their absolute paths, that no snapshot refers to any more. Idempotent. */
  discardShared(paths: Iterable<string>): Promise<void>;
  /** The job has ended: deletes what checkpoints left that were never completed, and the job's folder when it holds none. */
  close(): Promise<void>;
}
