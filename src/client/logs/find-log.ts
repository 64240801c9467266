/**
 * Finds the log of a job: on this machine, at its cluster, or the file that a run in a terminal was told to write to.
 */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { FlinkError } from '../../core/errors.js';
import type { ListedJob } from '../control/job-directory.js';
import type { RestClient } from '../control/rest-client.js';
import { pidOfSocket } from '../run-folder.js';
import { clusterLog, fileLog, logList, type LogSource } from './log-source.js';

export interface LogRequest {
  /** What the job prints, rather than what is said of it. */
  readonly out: boolean;
  /** Of this TaskManager: its number, from 0, or its id. */
  readonly taskManager?: string | undefined;
}

/** Where the output of a process goes that writes no log. */
export interface TerminalOutput {
  readonly pid: number | undefined;
  /** A path, or what the system calls it; undefined where it does not say. */
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
}

export async function findLog({ overview: { jid }, cluster }: ListedJob, { out, taskManager }: LogRequest): Promise<LogSource | TerminalOutput> {
  const folder = taskManager === undefined ? '/jobmanager/logs' : `/taskmanagers/${encodeURIComponent(await taskManagerId(cluster, jid, taskManager))}/logs`;
  const { logs } = await cluster.ask({ method: 'GET', path: folder }, logList);
  const ending = out ? '.out' : '.log';
  const own = logs.find(({ name }) => name === `${jid}${ending}`);
  if (own) return clusterLog(cluster, folder, own.name);
  if ('url' in cluster.address) {
    const [newest] = logs.filter(({ name }) => name.endsWith(ending)).sort((a, b) => (b.mtime ?? 0) - (a.mtime ?? 0));
    if (newest) return clusterLog(cluster, folder, newest.name);
  }
  // A run in a terminal whose configuration names a folder for logs.
  const written = logs.find(({ name }) => !out && taskManager === undefined && /-client-.*\.log$/.test(name));
  if (written && 'socket' in cluster.address) return clusterLog(cluster, folder, written.name);
  return terminalOutput('socket' in cluster.address ? pidOfSocket(cluster.address.socket) : undefined, out);
}

/** The log of a job as it lies on this machine; undefined when it does not. @param logs folder of such logs. */
export function logFile(logs: string, jid: string, out: boolean): LogSource | undefined {
  const path = join(logs, `${jid}${out ? '.out' : '.log'}`);
  return isFile(path) ? fileLog(path) : undefined;
}

/** A file where the shell was told to write to one. */
function terminalOutput(pid: number | undefined, out: boolean): LogSource | TerminalOutput {
  const [stdout, stderr] = [1, 2].map((number) => goesTo(pid, number));
  const wanted = out ? stdout : stderr;
  return wanted !== undefined && isFile(wanted) ? fileLog(wanted) : { pid, stdout, stderr };
}

function goesTo(pid: number | undefined, number: number): string | undefined {
  try {
    return pid === undefined ? undefined : readlinkSync(`/proc/${pid}/fd/${number}`);
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return path.startsWith('/') && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

const taskManagers = z.object({ taskmanagers: z.array(z.object({ id: z.string() })) });

async function taskManagerId(cluster: RestClient, jid: string, given: string): Promise<string> {
  const all = (await cluster.ask({ method: 'GET', path: '/taskmanagers' }, taskManagers)).taskmanagers.map(({ id }) => id);
  const own = all.some((id) => id.startsWith(`${jid}-`)) ? all.filter((id) => id.startsWith(`${jid}-`)) : all;
  const found = own.find((id) => id === given) ?? (/^\d+$/.test(given) ? (own.find((id) => id.endsWith(`-${given}`)) ?? own[Number(given)]) : undefined);
  if (found === undefined) throw new FlinkError('USAGE', `there is no TaskManager ${given}`, { hint: own.length === 0 ? 'The job has none at the moment.' : `The job has ${own.join(', ')}.` });
  return found;
}
