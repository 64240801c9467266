/**
 * Older logs beside a log: `x.log.1` is the newest of them.
 *
 * The file itself is copied and emptied: whoever writes to it, always at its end, goes on undisturbed. A line that is
 * written between the two is lost.
 */
import { copyFileSync, existsSync, readdirSync, renameSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { LogFileSize, LogFilesMax } from '../../core/options.js';

const LOOK_MS = 10_000;

/** Makes older ones of logs and outputs that have grown too large. @param ours which names of the folder. */
export function watchLogs(folder: string, ours: (name: string) => boolean, configuration: Configuration, clock: Pick<Clock, 'schedule'>): { close(): void } {
  let next: ScheduledCall;
  const look = (): void => {
    for (const name of readdirSync(folder)) {
      if (/\.(log|out)$/.test(name) && ours(name)) rotateLog(join(folder, name), configuration.get(LogFilesMax), configuration.get(LogFileSize));
    }
    next = clock.schedule(LOOK_MS, look);
  };
  next = clock.schedule(LOOK_MS, look);
  return { close: () => next.cancel() };
}


/** @param keep how many older ones there may be. */
export function rotateLog(path: string, keep: number, largerThan = 0): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= largerThan) return;
  for (let age = keep - 1; age >= 1; age--) if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`);
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}
