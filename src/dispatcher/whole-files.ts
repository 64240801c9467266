/**
 * Small files of a job store, read and written whole, on this machine or in S3.
 */
import type { FileStore } from '../checkpoint/file-store.js';

/** Resolves when the file is there, whole, for good. Rejects with CHECKPOINT_STORAGE. */
export async function writeWhole(files: FileStore, path: string, content: Uint8Array): Promise<void> {
  const upload = await files.create(path);
  try {
    await upload.append(content);
    await upload.publish();
  } finally {
    await upload.discard();
  }
}

/** Undefined when there is no such file. */
export async function readWhole(files: FileStore, path: string): Promise<Buffer | undefined> {
  const size = await files.size(path);
  return size === undefined ? undefined : Buffer.from(await files.read(path, 0, size));
}
