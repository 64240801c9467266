/**
 * When the part files of a bucket are put together (Flink: `FileCompactStrategy`).
 */
import { FlinkError } from '../../core/errors.js';

export class FileCompactStrategy {
  /** Use `FileCompactStrategy.newBuilder()`. */
  constructor(
    /** Bytes of a bucket's waiting files from which they are put together. */
    readonly sizeThreshold: number | undefined,
    /** Checkpoints after which they are, however small they are. */
    readonly checkpointsBeforeCompaction: number | undefined,
  ) {}

  static newBuilder(): FileCompactStrategyBuilder {
    return new FileCompactStrategyBuilder();
  }

  /** As Flink has it: `FileCompactStrategy.Builder.newBuilder()`. */
  static readonly Builder = { newBuilder: (): FileCompactStrategyBuilder => new FileCompactStrategyBuilder() } as const;

  /** Files in the order in which they came, cut wherever they have as many bytes as the threshold. Pure. */
  cut<FILE extends { readonly size: number }>(files: readonly FILE[]): { readonly groups: FILE[][]; readonly rest: FILE[] } {
    const groups: FILE[][] = [];
    let rest: FILE[] = [];
    let bytes = 0;
    for (const file of files) {
      rest.push(file);
      bytes += file.size;
      if (this.sizeThreshold === undefined || bytes < this.sizeThreshold) continue;
      groups.push(rest);
      rest = [];
      bytes = 0;
    }
    return { groups, rest };
  }

  /** Whether files that have waited for so many checkpoints are put together however small they are. Pure. */
  isDueAfter(checkpoints: number): boolean {
    return this.checkpointsBeforeCompaction !== undefined && checkpoints >= this.checkpointsBeforeCompaction;
  }
}

export class FileCompactStrategyBuilder {
  private size: number | undefined;
  private checkpoints: number | undefined;

  /** Together once they have as many bytes as this. */
  setSizeThreshold(bytes: number): this {
    if (!(bytes > 0)) throw new FlinkError('INVALID_ARGUMENT', `setSizeThreshold takes a number of bytes above 0; ${bytes} came`);
    this.size = bytes;
    return this;
  }

  /** Has no effect: files are put together in one subtask, between two records (Flink: threads that do so). */
  setNumCompactThreads(threads: number): this {
    if (!Number.isInteger(threads) || threads < 1) throw new FlinkError('INVALID_ARGUMENT', `setNumCompactThreads takes a whole number from 1; ${threads} came`);
    return this;
  }

  /** Together after this many checkpoints at the latest. */
  enableCompactionOnCheckpoint(numCheckpointsBeforeCompaction: number): this {
    if (!Number.isInteger(numCheckpointsBeforeCompaction) || numCheckpointsBeforeCompaction < 1) {
      throw new FlinkError('INVALID_ARGUMENT', `enableCompactionOnCheckpoint takes a whole number from 1; ${numCheckpointsBeforeCompaction} came`);
    }
    this.checkpoints = numCheckpointsBeforeCompaction;
    return this;
  }

  /** @throws FlinkError INVALID_ARGUMENT when nothing says when. */
  build(): FileCompactStrategy {
    if (this.size === undefined && this.checkpoints === undefined) {
      throw new FlinkError('INVALID_ARGUMENT', 'a FileCompactStrategy has to say when files are put together', { hint: 'Call setSizeThreshold, enableCompactionOnCheckpoint, or both.' });
    }
    return new FileCompactStrategy(this.size, this.checkpoints);
  }
}
