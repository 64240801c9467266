/**
 * Finds the checkpoint that a job which was killed can go on from, among those of all jobs that kept theirs in the same
 * directory.
 *
 * Invariants:
 * - Only complete checkpoints count; what a killed job left half-written is deleted from the folder of the job that is
 *   found, and from no other.
 * - Whoever goes on from the newest answers for the older ones that belonged to the same run, or that it had taken over:
 *   as long as one of them is there, so is a newer one, or a later search would find it and go back to it.
 * - Nothing is concluded from checkpoints that went while they were looked at: their job runs, and has newer ones.
 */
import { dirname } from 'node:path';
import { FlinkError } from '../core/errors.js';
import type { CompletedSnapshot } from './checkpoint-storage.js';
import type { FileStore } from './file-store.js';
import { localFiles } from './local-files.js';
import { absoluteFolder, checkpointFolder, checkpointIdOf, readSnapshot, recoveryFolder, sharedFolder } from './snapshot-path.js';
import { readReference, standsForSnapshot } from './snapshot-reference.js';

/**
 * The newest complete checkpoint of a job of this name, or the savepoint that it ended with or began with when there is
 * none since; undefined when there is nothing. Rejects when it is there and cannot be read: whoever went on from an older
 * one, or from nothing, would make visible again what is visible already.
 */
export async function findLatestCheckpoint(directory: string, jobName: string, files: FileStore = localFiles): Promise<CompletedSnapshot | undefined> {
  const root = absoluteFolder(directory);
  let latest: CompletedSnapshot | undefined;
  for (const jobId of await files.list(root)) {
    const found = await latestOf(`${root}/${jobId}`, jobName, files);
    if (found && (!latest || isNewer(found, latest))) latest = found;
  }
  return latest;
}

/** The newest complete checkpoint of one job; undefined and rejecting as `findLatestCheckpoint`. */
export function latestCheckpointOf(directory: string, { jobId, jobName }: { readonly jobId: string; readonly jobName: string }, files: FileStore = localFiles): Promise<CompletedSnapshot | undefined> {
  return latestOf(`${absoluteFolder(directory)}/${jobId}`, jobName, files);
}

/** Deletes checkpoints that were not completed from the folder of the job that a snapshot was found by. */
export async function sweepIncomplete(latest: CompletedSnapshot, files: FileStore = localFiles): Promise<void> {
  const place = recoveryFolder(latest);
  if (place === undefined) return;
  for (const path of await checkpointFoldersIn(dirname(place), files)) if (!(await standsForSnapshot(path, files))) await files.remove(path);
  await files.sweep?.(sharedFolder(dirname(place)));
}

/**
 * The complete checkpoints, oldest first, that the run which left `latest` would have deleted in time. What is damaged is
 * left out. Rejects with CHECKPOINT_STORAGE.
 */
export async function olderThan(latest: CompletedSnapshot, files: FileStore = localFiles): Promise<CompletedSnapshot[]> {
  const place = recoveryFolder(latest);
  if (place === undefined) return [];
  const folder = dirname(place);
  const taken = (latest.metadata.predecessors ?? []).map(({ jobId, checkpointId }) => checkpointFolder(`${dirname(folder)}/${jobId}`, checkpointId));
  const found: CompletedSnapshot[] = [];
  for (const path of new Set([...(await checkpointFoldersIn(folder, files)), ...taken])) {
    const snapshot = path === place ? undefined : await snapshotAt(path, files).catch(undefinedUnlessStorage);
    if (snapshot) found.push(snapshot);
  }
  return found.sort((one, other) => one.metadata.completedAt - other.metadata.completedAt);
}

/** One that is referred to belongs to its user, and is found twice when the user has left it among the checkpoints. */
function isNewer(found: CompletedSnapshot, than: CompletedSnapshot): boolean {
  const later = found.metadata.completedAt - than.metadata.completedAt;
  return later > 0 || (later === 0 && found.reference !== undefined);
}

async function latestOf(folder: string, jobName: string, files: FileStore): Promise<CompletedSnapshot | undefined> {
  let before: string | undefined;
  for (;;) {
    const paths = await checkpointFoldersIn(folder, files);
    const settled = paths.join() === before;
    before = paths.join();
    const found = await newestOf(paths, jobName, files).catch((error: FlinkError) => {
      if (settled) throw error;
      return undefined;
    });
    if (found) return found === ANOTHER_JOB ? undefined : found;
    if (settled) return undefined;
  }
}

const ANOTHER_JOB = 'another job';

async function newestOf(paths: readonly string[], jobName: string, files: FileStore): Promise<CompletedSnapshot | typeof ANOTHER_JOB | undefined> {
  let damage: FlinkError | undefined;
  for (const path of paths) {
    const found = await snapshotAt(path, files).catch((error: FlinkError) => {
      damage ??= error;
      return undefined;
    });
    const name = found?.metadata.jobName ?? (await readReference(path, files).catch(() => undefined))?.jobName;
    if (name !== undefined && name !== jobName) return ANOTHER_JOB;
    if (found && !damage) return found;
  }
  // Whose it is cannot be told where no other is beside it.
  if (damage) throw new FlinkError(damage.code, damage.message, { cause: damage, hint: 'To go on from an older snapshot name it with -s: what was made visible since then is made visible again.' });
  return undefined;
}

/** What there is to go on from by a checkpoint's folder; undefined when nothing was ever complete there. */
async function snapshotAt(path: string, files: FileStore): Promise<CompletedSnapshot | undefined> {
  const snapshot = await readSnapshot(path, files).catch((error: FlinkError) => {
    // What its process left when it was killed is no checkpoint.
    if (error.code === 'SNAPSHOT_MISSING') return undefined;
    throw error;
  });
  if (snapshot) return snapshot;
  const reference = await readReference(path, files);
  return reference && { ...(await readSnapshot(reference.path, files)), reference: path };
}

function undefinedUnlessStorage(error: FlinkError): undefined {
  if (error.code === 'CHECKPOINT_STORAGE') throw error;
  return undefined;
}

/** The newest first. */
async function checkpointFoldersIn(folder: string, files: FileStore): Promise<string[]> {
  const ids = (await files.list(folder)).flatMap((name) => checkpointIdOf(name) ?? []);
  return ids.sort((a, b) => b - a).map((id) => checkpointFolder(folder, id));
}
