/**
 * Where the part files of a sink are written: the seam between the sink and a file system (Flink: `RecoverableWriter`).
 *
 * Invariants of every implementation:
 * - Nobody sees a part before it is committed.
 * - What `persist` and `finish` answer is enough to go on, and to commit, in another process.
 */
import type { S3Completion, S3WriterState } from '../../s3/s3-object-writer.js';

/** Paths relative to the sink's folder: what a part is called while it is written, where it has a name then, and in the end. */
export interface PartName {
  readonly pending: string;
  readonly final: string;
}

/** What it takes to go on with a part beyond its name and length; plain data. */
export interface PartProgress {
  /** Of a part in S3. */
  readonly unfinished?: S3WriterState;
}

/** What it takes to make a part visible beyond its name and length; plain data. */
export interface PartCompletion {
  /** Of a part in S3. */
  readonly upload?: S3Completion;
}

/** A part that goes on after a restart. */
export interface UnfinishedPart extends PartName, PartProgress {
  /** Bytes. */
  readonly length: number;
}

/** A part that waits for its checkpoint (Flink: `FileSinkCommittable`). */
export interface PendingFile extends PartName, PartCompletion {
  /** Bytes. */
  readonly size: number;
  /** What has been put together in it, relative to the sink's folder: goes when it has been committed. */
  readonly replaces?: readonly string[];
}

export interface Part {
  /** Bytes so far. */
  readonly size: number;
  writeText(text: string): void;
  write(bytes: Uint8Array): void;
  /** Hands what is buffered to the file system. */
  flush(): void;
  /** Set while more waits to be written than should: resolves when there is room. */
  readonly backlog: Promise<void> | undefined;
  /** Everything written so far is safe. */
  persist(): PartProgress | Promise<PartProgress>;
  /** Everything is safe, and nothing more comes. */
  finish(): PartCompletion | Promise<PartCompletion>;
  /** Lets go of the part, and of everything written for it that no snapshot can need. Idempotent. */
  close(): void | Promise<void>;
}

export interface PartFiles {
  create(name: PartName): Part;
  /** Goes on with a part of a snapshot. */
  resume(part: UnfinishedPart): Part;
}
