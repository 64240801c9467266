/**
 * The lock that the one process has which is the session cluster of its folder.
 *
 * Invariant: the system gives it back when the process ends, however that happens, and hands it to no other process: a file
 * that says who has it could be left behind, or be cleared away by two at once. LevelDB holds such a lock of the system, which
 * Node itself does not offer.
 */
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';

export interface ClusterLock {
  release(): Promise<void>;
}

/** Undefined: another process has it. Rejects with CONFIGURATION when the folder cannot be written to. */
export async function takeClusterLock(folder: string): Promise<ClusterLock | undefined> {
  const { Level } = await import('level');
  const database = new Level(join(folder, 'lock'));
  try {
    await database.open();
  } catch (error) {
    const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
    if (cause?.code === 'LEVEL_LOCKED') return undefined;
    throw new FlinkError('CONFIGURATION', `the folder of the session cluster, ${folder}, cannot be used: ${cause?.message ?? (error as Error).message}`, { cause: error, hint: 'It is below ~/.flink, or the folder that FLINK_TS_HOME names.' });
  }
  return { release: () => database.close() };
}
