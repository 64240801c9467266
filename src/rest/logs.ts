/**
 * Log files as clients may read them.
 *
 * Invariant: a name that a client gives is only ever compared with the names of the files that there are: no path leaves
 * the folder.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { logFiles } from './answers/cluster-answers.js';
import { wholeNumber } from './query-texts.js';
import { RestError } from './rest-error.js';
import type { ServedProcess } from './served-process.js';

/** Which files a process shows. */
export type ShownLogs = Pick<ServedProcess, 'logFolder' | 'logPrefix'>;

/** `from=1000`: what stands behind the first thousand bytes. Not in Flink. */
export const logQuery = () => z.object({ from: z.optional(wholeNumber()) });

export function listLogs(shown: ShownLogs): z.input<ReturnType<typeof logFiles>> {
  return {
    logs: names(shown).map((name) => {
      const { size, mtimeMs } = statSync(join(shown.logFolder!, name));
      return { name, size, mtime: Math.round(mtimeMs) };
    }),
  };
}

/** @param from how many bytes to leave out. Throws what answers a request for a file that is not there. */
export function readLog(shown: ShownLogs, name: string, from = 0): string {
  if (!names(shown).includes(name)) throw new RestError(404, `There is no log file "${name}"; ${shown.logFolder === undefined ? 'this process writes none: it logs to standard error' : 'the list of logs has those that there are'}.`);
  const path = join(shown.logFolder!, name);
  const bytes = Buffer.alloc(Math.max(0, statSync(path).size - from));
  const file = openSync(path, 'r');
  try {
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

/** The newest file whose name ends so. */
export function newestLog(shown: ShownLogs, ending: string): string {
  const [newest] = listLogs(shown).logs.filter(({ name }) => name.endsWith(ending)).sort((a, b) => b.mtime - a.mtime);
  return readLog(shown, newest?.name ?? `*${ending}`);
}

function names({ logFolder, logPrefix = '' }: ShownLogs): string[] {
  if (logFolder === undefined) return [];
  return readdirSync(logFolder, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.startsWith(logPrefix)).map(({ name }) => name).sort();
}
