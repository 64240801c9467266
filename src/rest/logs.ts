/**
 * Log files as clients may read them.
 *
 * Invariant: a name that a client gives is only ever compared with the names of the files that there are: no path leaves
 * the folder.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod/mini';
import type { logFiles } from './answers/cluster-answers.js';
import { RestError } from './rest-error.js';

export function listLogs(folder: string | undefined): z.input<ReturnType<typeof logFiles>> {
  return {
    logs: names(folder).map((name) => {
      const { size, mtimeMs } = statSync(join(folder!, name));
      return { name, size, mtime: Math.round(mtimeMs) };
    }),
  };
}

/** Throws what answers a request for a file that is not there. */
export function readLog(folder: string | undefined, name: string): string {
  if (!names(folder).includes(name)) throw new RestError(404, `There is no log file "${name}"; ${folder === undefined ? 'this process writes none: it logs to standard error' : 'the list of logs has those that there are'}.`);
  return readFileSync(join(folder!, name), 'utf8');
}

/** The newest file whose name ends so. */
export function newestLog(folder: string | undefined, ending: string): string {
  const [newest] = listLogs(folder).logs.filter(({ name }) => name.endsWith(ending)).sort((a, b) => b.mtime - a.mtime);
  return readLog(folder, newest?.name ?? `*${ending}`);
}

function names(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name).sort();
}
