/**
 * A cluster that is there and does not answer: which process it is, and what can be done.
 */
import { readFileSync } from 'node:fs';
import { FlinkError } from '../../core/errors.js';
import { formatDuration } from '../../core/time.js';
import { pidOfSocket } from '../run-folder.js';
import type { ClusterAddress } from './rest-client.js';

/** What was asked has not been answered in time. */
export class ClusterSilent extends FlinkError {
  constructor(address: ClusterAddress, waitedMs: number) {
    const pid = 'socket' in address ? pidOfSocket(address.socket) : undefined;
    const who = 'url' in address ? `the cluster at ${address.url}` : `process ${pid ?? `at ${address.socket}`}`;
    super('TIMEOUT', `${who} has not answered for ${formatDuration(waitedMs)}`, { hint: pid === undefined ? 'Try again, or allow more time with --timeout (client.timeout).' : hintFor(pid) });
  }
}

function hintFor(pid: number): string {
  const ends = `\`kill -9 ${pid}\` ends it, and its jobs with it`;
  if (isStopped(pid)) return `It is stopped (as by Ctrl-Z): \`kill -CONT ${pid}\` lets it go on; ${ends}.`;
  return `It may be busy or stuck: try again, or allow more time with --timeout (client.timeout); ${ends}.`;
}

/** Whether the process was told to stand still; false where the system does not say. */
function isStopped(pid: number): boolean {
  try {
    // The name, in brackets, may hold anything.
    return /^.*\) [Tt] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
