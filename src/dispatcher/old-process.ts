/**
 * Waits until nothing is left of the process that ran a job under a cluster before this one.
 */
import { type Clock, sleep } from '../core/clock.js';
import type { StoredJob } from './job-store.js';
import { isHeld } from './socket-exchange.js';

/** How long the process of a cluster that was killed may take to notice. */
const OLD_PROCESS_MS = 15_000;
const OLD_PROCESS_LOOK_MS = 100;

/** Its socket is held until it has gone; one that does not notice that it is to end is killed. */
export async function oldProcessGone({ process: { pid, socket } }: StoredJob, clock: Clock, say: (line: string) => void): Promise<void> {
  for (let waited = 0; await isHeld(socket); waited += OLD_PROCESS_LOOK_MS) {
    if (waited >= OLD_PROCESS_MS && waited % OLD_PROCESS_MS === 0) {
      say(`Process ${pid} of the cluster before does not end by itself and is killed`);
      killProcess(pid);
    }
    await sleep(clock, OLD_PROCESS_LOOK_MS);
  }
}

function killProcess(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone.
  }
}
