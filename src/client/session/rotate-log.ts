/**
 * Older logs beside a log: `x.log.1` is the newest of them.
 *
 * The file itself is copied and emptied: whoever writes to it, always at its end, goes on undisturbed. A line that is
 * written between the two is lost.
 */
import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from 'node:fs';

/** @param keep how many older ones there may be. */
export function rotateLog(path: string, keep: number, largerThan = 0): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= largerThan) return;
  for (let age = keep - 1; age >= 1; age--) if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`);
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}
