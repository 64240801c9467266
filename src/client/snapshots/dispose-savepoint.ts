/**
 * `flink savepoint -d`: deletes a savepoint, which the engine never does by itself.
 */
import { discardFolder } from '../../checkpoint/directory-storage.js';
import { readSnapshot } from '../../checkpoint/snapshot-path.js';
import { FlinkError } from '../../core/errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { snapshotFiles } from './snapshot-files.js';

/** @param dynamic `-D` values as given. */
export async function disposeSavepoint(path: string, dynamic: readonly string[], reporter: Reporter): Promise<ExitCode> {
  reporter.say(`Disposing savepoint '${path}'.`);
  const files = await snapshotFiles([path], dynamic);
  const snapshot = await readSnapshot(path, files);
  if (snapshot.metadata.kind !== 'savepoint') {
    throw new FlinkError('USAGE', `${path} is a checkpoint: the job that took it deletes it, and may need it`, { hint: 'Once no job needs it, delete its folder.' });
  }
  await discardFolder(files, snapshot);
  if (reporter.manners.json) reporter.answer({ path: snapshot.path });
  else reporter.say(`Savepoint '${path}' disposed.`);
  return EXIT.finished;
}
