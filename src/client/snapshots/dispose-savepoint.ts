/**
 * `flink savepoint -d`: deletes a savepoint, by oneself or by the cluster that was named.
 */
import { disposeSavepoint as dispose } from '../../checkpoint/dispose-savepoint.js';
import type { Clock } from '../../core/clock.js';
import { nothing } from '../control/answers.js';
import { type ClusterAddress, RestClient } from '../control/rest-client.js';
import { absoluteFolder } from '../control/take-snapshot.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { snapshotFiles } from './snapshot-files.js';

export interface DisposeOrder {
  readonly path: string;
  /** `-D` values as given. */
  readonly dynamic: readonly string[];
  /** Who is to delete it; without it this process does. */
  readonly cluster?: ClusterAddress | undefined;
  readonly timeoutMs: number;
}

export async function disposeSavepoint({ path, dynamic, cluster, timeoutMs }: DisposeOrder, reporter: Reporter, clock: Clock): Promise<ExitCode> {
  reporter.say(`Disposing savepoint '${path}'.`);
  reporter.say('Waiting for response...');
  let disposed: string | undefined;
  if (cluster) await new RestClient(cluster, clock, timeoutMs).operate({ method: 'POST', path: '/savepoint-disposal', body: { 'savepoint-path': absoluteFolder(path) } }, '/savepoint-disposal', nothing);
  else disposed = await dispose(path, await snapshotFiles([path], dynamic));
  if (reporter.manners.json) reporter.answer({ path: disposed ?? path });
  else reporter.say(`Savepoint '${path}' disposed.`);
  return EXIT.finished;
}
