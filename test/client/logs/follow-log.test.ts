/** How lines of a log come out, now and later. */
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/client/logs/follow-log.js';
import type { LogSource } from '../../../src/client/logs/log-source.js';
import type { Clock } from '../../../src/core/clock.js';

/** Every wait is over at once. */
const clock: Clock = {
  now: () => 0,
  monotonic: () => 0,
  schedule(_, call) {
    queueMicrotask(call);
    return { cancel: () => undefined };
  },
};

/** A log that is so at each look. */
async function linesOf(looks: readonly (string | undefined)[], follow = true): Promise<string[]> {
  let look = -1;
  const log: LogSource = {
    name: 'a.log',
    size() {
      look = Math.min(look + 1, looks.length - 1);
      const text = looks[look];
      return Promise.resolve(text === undefined ? undefined : Buffer.byteLength(text));
    },
    read: (from) => Promise.resolve(Buffer.from(looks[look]!).subarray(from).toString('utf8')),
  };
  const lines: string[] = [];
  const goesOn = (): Promise<boolean> => Promise.resolve(look < looks.length - 2);
  await readLines(log, (line) => lines.push(line), clock, follow ? { goesOn, enough: new Promise(() => undefined) } : undefined);
  return lines;
}

describe('the lines of a log', () => {
  it('are those that are there, the last one without its end too', async () => expect(await linesOf(['a\nb\nc'], false)).toEqual(['a', 'b', 'c']));
  it('are none of an empty log or of one that is not there', async () => expect([await linesOf([''], false), await linesOf([undefined], false)]).toEqual([[], []]));
  it('keep empty ones', async () => expect(await linesOf(['a\n\nb\n'], false)).toEqual(['a', '', 'b']));
});

describe('a log that is followed', () => {
  it('gives each line once, and whole', async () => expect(await linesOf(['a\nb', 'a\nbc\n', 'a\nbc\n', 'a\nbc\nd'])).toEqual(['a', 'bc', 'd']));
  it('counts bytes, not letters', async () => expect(await linesOf(['ä€\nx', 'ä€\nxy\n', 'ä€\nxy\nz\n'])).toEqual(['ä€', 'xy', 'z']));
  it('is read from its beginning when it was emptied', async () => expect(await linesOf(['one\ntwo\n', 'new\n', 'new\nnext\n'])).toEqual(['one', 'two', 'new', 'next']));
  it('may come and go', async () => expect(await linesOf([undefined, 'a\n', undefined, 'a\nb\n'])).toEqual(['a', 'b']));

  it('ends when nobody wants more', async () => {
    let stop = (): void => undefined;
    const enough = new Promise<void>((resolve) => (stop = resolve));
    const lines: string[] = [];
    const log: LogSource = { name: 'a.log', size: () => Promise.resolve(6), read: () => Promise.resolve('a\nb\nc\n') };
    await readLines(log, (line) => (lines.push(line), stop()), clock, { enough, goesOn: () => Promise.resolve(true) });
    expect(lines[0]).toBe('a');
  });
});
