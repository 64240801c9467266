/**
 * The folders in which backends work: made for one process, deleted by it, or, when it was killed, by the next one.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';

const NAME = /^flink-level-(\d+)-/;
/** Places that this thread has looked for folders of dead processes. */
const swept = new Set<string>();

/** A new empty folder. Rejects with STATE_STORE. */
export async function makeWorkingFolder(place: string = tmpdir()): Promise<string> {
  try {
    await mkdir(place, { recursive: true });
    if (!swept.has(place)) {
      swept.add(place);
      await sweep(place);
    }
    return await mkdtemp(join(place, `flink-level-${process.pid}-`));
  } catch (cause) {
    throw new FlinkError('STATE_STORE', `no working folder for the state backend could be made in ${place}: ${(cause as Error).message}`, {
      cause, hint: 'Set state.backend.level.localdir to a folder on a local disk with room.',
    });
  }
}

async function sweep(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !alive(Number(owner))) await rm(join(place, name), { recursive: true, force: true }).catch(() => {});
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
