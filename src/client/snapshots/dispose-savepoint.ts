/**
 * `flink savepoint -d`: deletes a savepoint, which the engine never does by itself.
 */
import { discardFolder } from '../../checkpoint/directory-storage.js';
import { localFiles } from '../../checkpoint/local-files.js';
import { readSnapshot } from '../../checkpoint/snapshot-path.js';
import { FlinkError } from '../../core/errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';

export async function disposeSavepoint(path: string, reporter: Reporter): Promise<ExitCode> {
  reporter.say(`Disposing savepoint '${path}'.`);
  const snapshot = await readSnapshot(path);
  if (snapshot.metadata.kind !== 'savepoint') {
    throw new FlinkError('USAGE', `${path} is a checkpoint: the job that took it deletes it, and may need it`, { hint: 'Once no job needs it, delete its folder.' });
  }
  await discardFolder(localFiles, snapshot);
  if (reporter.manners.json) reporter.answer({ path: snapshot.path });
  else reporter.say(`Savepoint '${path}' disposed.`);
  return EXIT.finished;
}
