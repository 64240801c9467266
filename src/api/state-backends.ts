/**
 * Where a program wants its keyed state while it runs (Flink: `StateBackend`). The older classes say where checkpoints
 * are kept as well.
 */
import type { Configuration } from '../core/configuration.js';
import { IncrementalCheckpoints, SavepointDirectory, StateBackendType } from '../core/options.js';
import { type CheckpointStorage, FileSystemCheckpointStorage, JobManagerCheckpointStorage } from './checkpoint-storage.js';

export abstract class StateBackend {
  /** Sets what this stands for. */
  abstract configure(configuration: Configuration): void;
}

/** State in the heap of the TaskManagers' threads: the default. */
export class HashMapStateBackend extends StateBackend {
  configure(configuration: Configuration): void {
    configuration.set(StateBackendType, 'hashmap');
  }
}

/** State in LevelDB on disk: for more state than the heap holds. */
export class LevelStateBackend extends StateBackend {
  /** @param incremental whether a checkpoint writes only what changed since the one before; as configured unless given. */
  constructor(private readonly incremental?: boolean) {
    super();
  }

  isIncrementalCheckpointsEnabled(): boolean {
    return this.incremental ?? IncrementalCheckpoints.defaultValue;
  }

  configure(configuration: Configuration): void {
    configuration.set(StateBackendType, 'level');
    if (this.incremental !== undefined) configuration.set(IncrementalCheckpoints, this.incremental);
  }
}

/** Flink's name for state on disk; here it is in LevelDB. */
export class EmbeddedRocksDBStateBackend extends LevelStateBackend {
  override configure(configuration: Configuration): void {
    super.configure(configuration);
    configuration.set(StateBackendType, 'rocksdb');
  }
}

/** State on disk and checkpoints in a folder (Flink before 1.13). */
export class RocksDBStateBackend extends EmbeddedRocksDBStateBackend {
  private readonly storage: CheckpointStorage;

  /**
   * @param checkpointDirectory a path or a `file:` URL.
   * @param incremental whether a checkpoint writes only what changed since the one before; as configured unless given.
   */
  constructor(checkpointDirectory: string | URL, incremental?: boolean) {
    super(incremental);
    this.storage = new FileSystemCheckpointStorage(checkpointDirectory);
  }

  override configure(configuration: Configuration): void {
    super.configure(configuration);
    this.storage.configure(configuration);
  }
}

/** State in the heap and checkpoints in memory (Flink before 1.13). */
export class MemoryStateBackend extends HashMapStateBackend {
  private readonly storage: JobManagerCheckpointStorage;

  /**
   * @param maxStateSize bytes that one operator in one subtask may have; 5 MB unless given.
   * @param _asynchronousSnapshots snapshots never stop the stream here, whatever is said.
   */
  constructor(maxStateSize?: number, _asynchronousSnapshots?: boolean) {
    super();
    this.storage = new JobManagerCheckpointStorage(maxStateSize);
  }

  getMaxStateSize(): number {
    return this.storage.getMaxStateSize();
  }

  override configure(configuration: Configuration): void {
    super.configure(configuration);
    this.storage.configure(configuration);
  }
}

/** State in the heap and checkpoints in a folder (Flink before 1.13). */
export class FsStateBackend extends HashMapStateBackend {
  private readonly storage: FileSystemCheckpointStorage;
  private readonly savepoints: string | undefined;

  /**
   * @param checkpointDirectory a path or a `file:` URL.
   * @param second a folder for savepoints, or bytes up to which state is written into the metadata of the checkpoint, or
   *   (without effect: snapshots never stop the stream here) whether snapshots are asynchronous.
   */
  constructor(checkpointDirectory: string | URL, second?: string | URL | number | boolean) {
    super();
    this.storage = new FileSystemCheckpointStorage(checkpointDirectory, typeof second === 'number' ? second : undefined);
    this.savepoints = second instanceof URL ? second.href : typeof second === 'string' ? second : undefined;
  }

  getCheckpointPath(): string {
    return this.storage.getCheckpointPath();
  }

  override configure(configuration: Configuration): void {
    super.configure(configuration);
    this.storage.configure(configuration);
    if (this.savepoints !== undefined) configuration.set(SavepointDirectory, this.savepoints);
  }
}
