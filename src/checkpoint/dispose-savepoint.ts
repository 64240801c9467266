/**
 * Deletes a savepoint, which the engine never does by itself.
 */
import { FlinkError } from '../core/errors.js';
import { discardFolder } from './directory-storage.js';
import type { FileStore } from './file-store.js';
import { readSnapshot } from './snapshot-path.js';

/** Resolves with the folder that is gone. Rejects with USAGE for a checkpoint, and when there is no snapshot at `path`. */
export async function disposeSavepoint(path: string, files: FileStore): Promise<string | undefined> {
  const snapshot = await readSnapshot(path, files);
  if (snapshot.metadata.kind !== 'savepoint') {
    throw new FlinkError('USAGE', `${path} is a checkpoint: the job that took it deletes it, and may need it`, { hint: 'Once no job needs it, delete its folder.' });
  }
  await discardFolder(files, snapshot);
  return snapshot.path;
}
