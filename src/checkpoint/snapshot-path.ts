/**
 * The layout of snapshots on disk, which is Flink's, and the ways in which people name a snapshot:
 *
 *     <directory>/<job id>/chk-<n>/_metadata      a checkpoint
 *     <directory>/<job id>/shared/                files that several checkpoints refer to
 *     <directory>/<job id>/taskowned/             files that checkpoints refer to but never delete
 *     <directory>/savepoint-<job>-<random>/       a savepoint; it can be moved as a folder
 */
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlinkError } from '../core/errors.js';
import { type Random, randomInt } from '../core/random.js';
import { isS3Path, s3LocationOf, s3Path } from '../s3/s3-location.js';
import type { CompletedSnapshot } from './checkpoint-storage.js';
import type { FileStore } from './file-store.js';
import { localFiles } from './local-files.js';
import { decodeMetadata } from './metadata-file.js';
import { checkSnapshotFile } from './snapshot-input.js';
import { type CheckpointName, filesOfSnapshot, type SnapshotMetadata } from './snapshot-metadata.js';

export const METADATA_FILE = '_metadata';
const SHARED_FOLDER = 'shared';
const TASK_OWNED_FOLDER = 'taskowned';

/** The absolute path of a folder given as a path, as a `file:` URL or as an address in S3. @throws FlinkError CONFIGURATION for other URLs. */
export function absoluteFolder(given: string): string {
  if (isS3Path(given)) return s3Folder(given);
  if (/^file:/i.test(given)) return resolve(fileURLToPath(given));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(given)?.[1];
  if (scheme === undefined) return resolve(given);
  throw new FlinkError('CONFIGURATION', `snapshots can be kept in a local directory or in S3, but "${given}" asks for ${scheme}`, { hint: 'Give a path, a file:// URL, or s3://bucket/folder.' });
}

function s3Folder(given: string): string {
  const location = s3LocationOf(given);
  if (location) return s3Path(location.bucket, location.key);
  throw new FlinkError('CONFIGURATION', `"${given}" is not an address in S3`, { hint: 'Write s3://bucket/folder; a bucket’s name has 3 to 255 letters, digits, dots and hyphens.' });
}

/** The folder of a job's checkpoints. */
export function jobFolder(directory: string, jobId: string): string {
  return `${absoluteFolder(directory)}/${jobId}`;
}

export function checkpointFolder(folder: string, checkpointId: number): string {
  return `${folder}/chk-${checkpointId}`;
}

/** The number of a checkpoint's folder by its name; undefined for other names. */
export function checkpointIdOf(name: string): number | undefined {
  const digits = /^chk-(\d+)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The name of a checkpoint, by its folder; undefined when that does not lie in the directory of checkpoints. */
export function checkpointNameIn(directory: string, folder: string): CheckpointName | undefined {
  const [checkpointId, job] = [checkpointIdOf(basename(folder)), dirname(folder)];
  return checkpointId === undefined || dirname(job) !== directory ? undefined : { jobId: basename(job), checkpointId };
}

/** The folder of a checkpoint, or of the reference to a savepoint. */
export function recoveryFolder({ reference, folders }: CompletedSnapshot): string | undefined {
  return reference ?? folders.exclusive;
}

export function sharedFolder(folder: string): string {
  return `${folder}/${SHARED_FOLDER}`;
}

export function taskOwnedFolder(folder: string): string {
  return `${folder}/${TASK_OWNED_FOLDER}`;
}

const RANDOM_DIGITS = 12;

/** A new name for a savepoint's folder. */
export function savepointFolder(directory: string, jobId: string, random: Random): string {
  const digits = Array.from({ length: RANDOM_DIGITS }, () => randomInt(random, 16).toString(16)).join('');
  return `${absoluteFolder(directory)}/savepoint-${jobId.slice(0, 6)}-${digits}`;
}

/** A complete snapshot in the folder it lies in now. */
export function snapshotIn(folder: string, metadata: SnapshotMetadata): CompletedSnapshot {
  const shared = metadata.kind === 'checkpoint' ? sharedFolder(dirname(folder)) : undefined;
  return { metadata, folders: { exclusive: folder, shared }, path: folder };
}

/**
 * Reads the snapshot that a person names: its folder, or the file `_metadata` in it.
 *
 * Rejects with SNAPSHOT_MISSING, SNAPSHOT_FOREIGN, SNAPSHOT_VERSION, SNAPSHOT_TRUNCATED, SNAPSHOT_CORRUPT or
 * CHECKPOINT_STORAGE.
 */
export async function readSnapshot(given: string, files: FileStore = localFiles): Promise<CompletedSnapshot> {
  const named = absoluteFolder(given);
  const folder = basename(named) === METADATA_FILE ? dirname(named) : named;
  const path = `${folder}/${METADATA_FILE}`;
  const size = await files.size(path);
  if (size === undefined) throw await missing(given, folder, files);
  return snapshotIn(folder, await decodeMetadata(await files.read(path, 0, size), path));
}

/** Reads every file of a snapshot to its end: rejects as `openSnapshotReader` does for the first that is not as it was written. */
export async function verifySnapshot(snapshot: CompletedSnapshot, files: FileStore = localFiles): Promise<void> {
  const checked = new Set<string>();
  for (const file of filesOfSnapshot(snapshot.metadata)) {
    if (file.kind === 'inline' || checked.has(`${file.scope}/${file.name}`)) continue;
    checked.add(`${file.scope}/${file.name}`);
    await checkSnapshotFile(snapshot.folders, file, files);
  }
}

/** What is there instead tells people what they did. */
async function missing(given: string, folder: string, files: FileStore): Promise<FlinkError> {
  const isFile = (await files.size(folder)) !== undefined;
  const names = isFile ? [] : await files.list(folder);
  const checkpoints = names.filter((name) => checkpointIdOf(name) !== undefined);
  const found = isFile ? 'it is a file' : names.length === 0 ? 'there is no such folder, or it is empty' : `the folder holds no ${METADATA_FILE}`;
  const hint = checkpoints.length > 0
    ? `It is the folder of a job: name one of its checkpoints (${checkpoints.join(', ')}).`
    : checkpointIdOf(basename(folder)) !== undefined && names.length > 0
      ? 'The checkpoint was not completed; name another one.'
      : `Check the path; a snapshot is a folder with a file ${METADATA_FILE} in it.`;
  return new FlinkError('SNAPSHOT_MISSING', `there is no snapshot at ${given}: ${found}`, { hint });
}
