/**
 * A small file in a job's folder that stands for a snapshot elsewhere: the savepoint that the job ends with, or the one
 * that it was started from. It lies where a checkpoint of that number would, so that a recovery finds it among them:
 *
 *     <directory>/<job id>/chk-<n>/_reference
 *
 * Invariant: it is there whole or not at all, and names a folder that was complete when it was written.
 */
import { FlinkError } from '../core/errors.js';
import type { FileStore } from './file-store.js';
import { metadataSchema } from './metadata-file.js';
import { METADATA_FILE } from './snapshot-path.js';

const REFERENCE_FILE = '_reference';
/** No reference is larger. */
const BYTES_MAX = 64 * 1024;

export interface SnapshotReference {
  /** The folder of the snapshot. */
  readonly path: string;
  /** Of the job that it was taken of, also when the snapshot is gone. */
  readonly jobName: string;
}

/** Rejects with CHECKPOINT_STORAGE; the file may be there all the same then. */
export async function writeReference(folder: string, reference: SnapshotReference, files: FileStore): Promise<void> {
  const upload = await files.create(referenceFile(folder));
  try {
    await upload.append(Buffer.from(`${JSON.stringify(reference)}\n`));
    await upload.publish();
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

/** Undefined when there is no reference. Rejects with SNAPSHOT_FOREIGN or CHECKPOINT_STORAGE. */
export async function readReference(folder: string, files: FileStore): Promise<SnapshotReference | undefined> {
  const file = referenceFile(folder);
  if ((await files.size(file)) === undefined) return undefined;
  const text = Buffer.from(await files.read(file, 0, BYTES_MAX)).toString();
  const { SnapshotReferenceSchema } = await metadataSchema();
  try {
    return SnapshotReferenceSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FlinkError('SNAPSHOT_FOREIGN', `${file} was not written by this engine: expected the path of a snapshot and the name of its job, got ${JSON.stringify(text.slice(0, 80))}`, { cause });
  }
}

/** Idempotent. */
export async function removeReference(folder: string, files: FileStore): Promise<void> {
  await files.remove(referenceFile(folder));
  await files.remove(folder);
}

/** Whether a recovery finds something in a checkpoint's folder. */
export async function standsForSnapshot(folder: string, files: FileStore): Promise<boolean> {
  return (await files.size(`${folder}/${METADATA_FILE}`)) !== undefined || (await files.size(referenceFile(folder))) !== undefined;
}

function referenceFile(folder: string): string {
  return `${folder}/${REFERENCE_FILE}`;
}
