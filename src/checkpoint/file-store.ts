/**
 * Where the files of snapshots are kept: the few operations that checkpoints need, each with its guarantee. Paths are
 * absolute, or URLs of places elsewhere (`s3://bucket/key`), their parts divided by `/`.
 *
 * Every implementation passes test/checkpoint/file-store-conformance.ts.
 */

/** A file that is being written. Nobody else sees it before it is whole. */
export interface FileUpload {
  /** Resolves when the bytes are taken; the caller may then reuse them. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when the file is under its name, whole and stored for good: it is there also after the machine lost power. */
  publish(): Promise<void>;
  /** Forgets the file. Idempotent; after `publish` it has no effect. Never rejects. */
  discard(): Promise<void>;
}

/** @throws FlinkError CHECKPOINT_STORAGE from every method, naming the path, unless said otherwise. */
export interface FileStore {
  /** Begins a file, whose folder is made if need be. A file that was there is replaced when the new one is published, in one step. */
  create(path: string): Promise<FileUpload>;
  /** The file's size in bytes; undefined when there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Bytes `offset..offset + length`, fewer where the file ends earlier. What was published before can be read. Rejects when there is no such file. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Makes a folder, and those above it. Idempotent. Rejects when no file can be made in it. */
  makeFolder(path: string): Promise<void>;
  /** Names of what is directly in a folder, sorted, files that are not published yet left out; empty when there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Deletes a file, or a folder with everything in it. Idempotent. */
  remove(path: string): Promise<void>;
  /** Deletes what uploads that nobody goes on with have left in a folder. Only where nobody writes. Absent where they leave nothing. */
  sweep?(folder: string): Promise<void>;
}
