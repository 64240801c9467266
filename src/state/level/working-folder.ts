/**
 * The folders in which backends work: made for one process, deleted by it, or, when it was killed, by the next one.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { isAlive } from '../../core/process-alive.js';

/** Other machines, and containers, may use the same place: their processes have numbers of their own. */
const PREFIX = `flink-level-${hostname().replaceAll(/[^\w.]/g, '_')}-`;
/** Places that this thread has looked for folders of dead processes. */
const swept = new Set<string>();

/** The name of a folder of this process: it is deleted like its working folders when the process was killed. */
export function ownFolderName(rest: string): string {
  return `${PREFIX}${process.pid}-${rest}`;
}

/** A new empty folder. Rejects with STATE_STORE. */
export async function makeWorkingFolder(place: string = tmpdir()): Promise<string> {
  try {
    await mkdir(place, { recursive: true });
    if (!swept.has(place)) {
      swept.add(place);
      await sweep(place);
    }
    return await mkdtemp(join(place, ownFolderName('')));
  } catch (cause) {
    throw new FlinkError('STATE_STORE', `no working folder for the state backend could be made in ${place}: ${(cause as Error).message}`, {
      cause, hint: 'Set state.backend.level.localdir to a folder on a local disk with room.',
    });
  }
}

async function sweep(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (!name.startsWith(PREFIX)) continue;
    const owner = Number.parseInt(name.slice(PREFIX.length), 10);
    if (owner > 0 && !isAlive(owner)) await rm(join(place, name), { recursive: true, force: true }).catch(() => {});
  }
}
