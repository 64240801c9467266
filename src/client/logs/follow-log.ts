/**
 * Hands out the lines of a log, also those that are still to come.
 *
 * Invariants:
 * - Every line is handed out once and whole; what stands behind the last line break waits for the rest of it, until
 *   nothing more is to come.
 * - A log that has become shorter was emptied (rotated): it is read from its beginning.
 */
import { type Clock, sleep } from '../../core/clock.js';
import type { LogSource } from './log-source.js';

const LOOK_MS = 300;

export interface Following {
  /** Whether more is to come; asked before each look. */
  readonly goesOn: () => Promise<boolean>;
  /** Resolves when nobody wants more. */
  readonly enough: Promise<void>;
}

/** @param following without it only what is there now. Resolves when there is no more, or enough. */
export async function readLines(log: LogSource, line: (text: string) => void, clock: Clock, following?: Following): Promise<void> {
  let read = 0;
  let stopped = false;
  void following?.enough.then(() => (stopped = true));
  for (;;) {
    const goesOn = !stopped && ((await following?.goesOn()) ?? false);
    const size = await log.size();
    if (size !== undefined && size < read) read = 0;
    if (size !== undefined && size > read) {
      const text = await log.read(read);
      const whole = goesOn ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
      read += Buffer.byteLength(whole);
      for (const one of whole.replace(/\n$/, '').split('\n')) if (whole !== '' && !stopped) line(one);
    }
    if (!goesOn || stopped) return;
    await Promise.race([sleep(clock, LOOK_MS), following!.enough]);
  }
}
