/**
 * Finds the checkpoint that a job which was killed can go on from, among those of all jobs that kept theirs in the same
 * directory.
 *
 * Invariant: only complete checkpoints count; what a killed job left half-written is deleted from the folder of the job
 * that is found, and from no other.
 */
import { FlinkError } from '../core/errors.js';
import type { CompletedSnapshot } from './checkpoint-storage.js';
import type { FileStore } from './file-store.js';
import { localFiles } from './local-files.js';
import { absoluteFolder, checkpointFolder, checkpointIdOf, METADATA_FILE, readSnapshot, sharedFolder } from './snapshot-path.js';

/**
 * The newest complete checkpoint of a job of this name; undefined when there is none. Rejects when it is there and cannot
 * be read: whoever went on from an older one, or from nothing, would make visible again what is visible already.
 */
export async function findLatestCheckpoint(directory: string, jobName: string, files: FileStore = localFiles): Promise<CompletedSnapshot | undefined> {
  const root = absoluteFolder(directory);
  let latest: CompletedSnapshot | undefined;
  for (const jobId of await files.list(root)) {
    const found = await latestOf(`${root}/${jobId}`, jobName, files);
    if (found && (!latest || found.metadata.completedAt > latest.metadata.completedAt)) latest = found;
  }
  return latest;
}

/** The newest complete checkpoint of one job; undefined and rejecting as `findLatestCheckpoint`. */
export function latestCheckpointOf(directory: string, { jobId, jobName }: { readonly jobId: string; readonly jobName: string }, files: FileStore = localFiles): Promise<CompletedSnapshot | undefined> {
  return latestOf(`${absoluteFolder(directory)}/${jobId}`, jobName, files);
}

/** Deletes checkpoints that were not completed from the folder that a snapshot lies in. */
export async function sweepIncomplete({ folders: { exclusive } }: CompletedSnapshot, files: FileStore = localFiles): Promise<void> {
  const folder = exclusive?.slice(0, exclusive.lastIndexOf('/'));
  if (folder === undefined) return;
  for (const id of await checkpointsIn(folder, files)) {
    const path = checkpointFolder(folder, id);
    if ((await files.size(`${path}/${METADATA_FILE}`)) === undefined) await files.remove(path);
  }
  await files.sweep?.(sharedFolder(folder));
}

async function latestOf(folder: string, jobName: string, files: FileStore): Promise<CompletedSnapshot | undefined> {
  let damage: FlinkError | undefined;
  for (const id of (await checkpointsIn(folder, files)).sort((a, b) => b - a)) {
    const snapshot = await readSnapshot(checkpointFolder(folder, id), files).catch((error: FlinkError) => {
      // What its process left when it was killed is no checkpoint.
      if (error.code === 'SNAPSHOT_MISSING') return undefined;
      damage ??= error;
      return undefined;
    });
    if (!snapshot) continue;
    if (snapshot.metadata.jobName !== jobName) return undefined;
    if (!damage) return snapshot;
  }
  // Whose it is cannot be told where no other is beside it.
  if (damage) throw new FlinkError(damage.code, damage.message, { cause: damage, hint: 'To go on from an older snapshot name it with -s: what was made visible since then is made visible again.' });
  return undefined;
}

async function checkpointsIn(folder: string, files: FileStore): Promise<number[]> {
  return (await files.list(folder)).flatMap((name) => checkpointIdOf(name) ?? []);
}
