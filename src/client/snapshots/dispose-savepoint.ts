/**
 * `flink savepoint -d`: deletes a savepoint.
 */
import { disposeSavepoint as dispose } from '../../checkpoint/dispose-savepoint.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { snapshotFiles } from './snapshot-files.js';

/** @param dynamic `-D` values as given. */
export async function disposeSavepoint(given: string, dynamic: readonly string[], reporter: Reporter): Promise<ExitCode> {
  reporter.say(`Disposing savepoint '${given}'.`);
  const path = await dispose(given, await snapshotFiles([given], dynamic));
  if (reporter.manners.json) reporter.answer({ path });
  else reporter.say(`Savepoint '${given}' disposed.`);
  return EXIT.finished;
}
