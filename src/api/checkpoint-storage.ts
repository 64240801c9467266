/**
 * Where a program wants its checkpoints kept (Flink: `CheckpointStorage`): in memory or in a folder.
 */
import type { Configuration } from '../core/configuration.js';
import { CheckpointDirectory, CheckpointInlineThreshold, CheckpointStorageOption, MaxMemoryStateSize } from '../core/options.js';
import { nameArgument, wholeNumber } from './arguments.js';

const MEGABYTE = 1024 * 1024;
/** Flink's largest threshold. */
const THRESHOLD_MAX = MEGABYTE;

export abstract class CheckpointStorage {
  /** Sets what this stands for. */
  abstract configure(configuration: Configuration): void;
}

/** In the memory of the JobManager: gone when the process ends. */
export class JobManagerCheckpointStorage extends CheckpointStorage {
  private readonly maxStateSize: number;

  /** @param maxStateSize bytes that one operator in one subtask may have; 5 MB unless given. */
  constructor(maxStateSize: number = 5 * MEGABYTE) {
    super();
    this.maxStateSize = wholeNumber('new JobManagerCheckpointStorage', maxStateSize, 1, Number.MAX_SAFE_INTEGER, 'a number of bytes');
  }

  getMaxStateSize(): number {
    return this.maxStateSize;
  }

  configure(configuration: Configuration): void {
    configuration.set(CheckpointStorageOption, 'jobmanager').set(MaxMemoryStateSize, this.maxStateSize);
  }
}

/** In a folder. */
export class FileSystemCheckpointStorage extends CheckpointStorage {
  private readonly directory: string;

  /**
   * @param directory a path or a `file:` URL.
   * @param fileStateThreshold bytes up to which state is written into the metadata of the checkpoint instead of a file.
   */
  constructor(directory: string | URL, private readonly fileStateThreshold?: number) {
    super();
    this.directory = nameArgument('new FileSystemCheckpointStorage', directory instanceof URL ? directory.href : directory, 'a folder');
    if (fileStateThreshold !== undefined) wholeNumber('new FileSystemCheckpointStorage', fileStateThreshold, 0, THRESHOLD_MAX, 'a number of bytes');
  }

  getCheckpointPath(): string {
    return this.directory;
  }

  configure(configuration: Configuration): void {
    configuration.set(CheckpointStorageOption, 'filesystem').set(CheckpointDirectory, this.directory);
    if (this.fileStateThreshold !== undefined) configuration.set(CheckpointInlineThreshold, this.fileStateThreshold);
  }
}
