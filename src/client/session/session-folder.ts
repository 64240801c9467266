/**
 * Where the session cluster of a user keeps what outlives its process: below `~/.flink`, or the folder that the
 * environment variable FLINK_TS_HOME names.
 */
import { readFileSync, rmSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Configuration } from '../../core/configuration.js';
import { LogDirectory } from '../../core/options.js';
import { isHeld } from '../../dispatcher/socket-exchange.js';

/** What other processes are told of a session cluster that runs. */
const sessionState = z.object({
  pid: z.number(),
  socket: z.string(),
  /** Over TCP, if it listens there. */
  url: z.optional(z.string()),
  /** Epoch milliseconds. */
  startTime: z.number(),
  log: z.string(),
  version: z.string(),
  taskManagers: z.number(),
  slotsPerTaskManager: z.number(),
  highAvailability: z.boolean(),
});
export type SessionState = z.infer<typeof sessionState>;

export interface SessionFolder {
  readonly cluster: string;
  readonly pidFile: string;
  readonly stateFile: string;
  readonly jars: string;
  /** Of ended jobs; detached jobs without a cluster are told of here, too. */
  readonly archive: string;
  readonly logs: string;
  /** The log of the cluster's process. */
  readonly log: string;
}

export function sessionFolder(configuration: Configuration): SessionFolder {
  const home = resolve(process.env['FLINK_TS_HOME'] || join(homedir(), '.flink'));
  const cluster = join(home, 'cluster');
  const logs = resolve(configuration.get(LogDirectory) ?? join(home, 'log'));
  return {
    cluster, pidFile: join(cluster, 'cluster.pid'), stateFile: join(cluster, 'cluster.json'), jars: join(cluster, 'jars'), archive: join(home, 'archive'),
    logs, log: join(logs, `flink-${userInfo().username}-session-${hostname()}.log`),
  };
}

/** The session cluster of this user, if it runs. */
export async function runningSession({ stateFile }: SessionFolder): Promise<SessionState | undefined> {
  const state = readState(stateFile);
  return state && (await isHeld(state.socket)) ? state : undefined;
}

/** Clears away what a cluster that was killed has left. To be called when none runs. */
export function sweepDeadSession({ stateFile, pidFile }: SessionFolder): void {
  const state = readState(stateFile);
  // Its jobs' processes may still be about to end, and have their folders there.
  if (state) rmSync(state.socket, { force: true });
  for (const file of [stateFile, pidFile]) rmSync(file, { force: true });
}

function readState(file: string): SessionState | undefined {
  try {
    const read = sessionState.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
