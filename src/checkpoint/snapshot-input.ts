/**
 * Reads the files of a snapshot and checks each against its size and checksum before anything of it is used.
 *
 * Invariant: no byte of a file is handed out before the whole file has been found as it was written.
 */
import { crc32 } from 'node:zlib';
import { FlinkError } from '../core/errors.js';
import type { SnapshotFile, SnapshotReader } from '../state/snapshot-files.js';
import type { FileStore } from './file-store.js';
import { localFiles } from './local-files.js';

const CHUNK_BYTES = 1024 * 1024;

/** The folders of a snapshot, as absolute paths; undefined where all state is inline. */
export interface SnapshotFolders {
  readonly exclusive: string | undefined;
  readonly shared: string | undefined;
}

type StoredFile = Extract<SnapshotFile, { kind: 'file' }>;

/**
 * Opens a snapshot for reading. What is read rejects with SNAPSHOT_FILE_MISSING, SNAPSHOT_TRUNCATED or SNAPSHOT_CORRUPT
 * naming the file, or with CHECKPOINT_STORAGE.
 */
export function openSnapshotReader(folders: SnapshotFolders, files: FileStore = localFiles): SnapshotReader {
  const checked = new Map<string, Promise<void>>();
  return {
    async read(file, offset = 0, length) {
      if (file.kind === 'inline') return file.bytes.subarray(offset, length === undefined ? undefined : offset + length);
      const path = pathOf(folders, file);
      let check = checked.get(path);
      if (!check) checked.set(path, (check = checkFile(path, file, files)));
      await check;
      const wanted = length ?? file.size - offset;
      const bytes = await files.read(path, offset, wanted);
      if (bytes.length !== wanted) throw truncated(path, file.size, offset + bytes.length);
      return bytes;
    },
  };
}

/** Reads a file to its end and compares it with what was written; rejects as `openSnapshotReader` says. */
export async function checkSnapshotFile(folders: SnapshotFolders, file: SnapshotFile, files: FileStore): Promise<void> {
  if (file.kind === 'file') await checkFile(pathOf(folders, file), file, files);
}

/** The absolute path of a stored file. */
export function pathOf(folders: SnapshotFolders, file: StoredFile): string {
  const folder = folders[file.scope];
  if (folder === undefined) throw new FlinkError('SNAPSHOT_CORRUPT', `the snapshot names a file ${file.name} in its ${file.scope} folder, but has no such folder`);
  return `${folder}/${file.name}`;
}

async function checkFile(path: string, file: StoredFile, files: FileStore): Promise<void> {
  const size = await files.size(path);
  if (size === undefined) {
    throw new FlinkError('SNAPSHOT_FILE_MISSING', `the snapshot needs the file ${path} of ${file.size} bytes, but it is not there`, {
      hint: 'It was moved or deleted: a savepoint moves as a whole folder, a checkpoint also needs the folder shared/ beside it.',
    });
  }
  if (size < file.size) throw truncated(path, file.size, size);
  if (size > file.size) throw changed(path, `it has ${size} bytes, ${file.size} were written`);
  let checksum = 0;
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const bytes = await files.read(path, at, Math.min(CHUNK_BYTES, size - at));
    checksum = crc32(bytes, checksum);
  }
  if (checksum !== file.checksum) throw changed(path, `its checksum is ${hex(checksum)}, ${hex(file.checksum)} was written`);
}

function truncated(path: string, expected: number, found: number): FlinkError {
  return new FlinkError('SNAPSHOT_TRUNCATED', `the snapshot's file ${path} is cut off: ${expected} bytes were written, ${found} are there`);
}

function changed(path: string, how: string): FlinkError {
  return new FlinkError('SNAPSHOT_CORRUPT', `the snapshot's file ${path} is not as it was written: ${how}`);
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
