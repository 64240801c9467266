import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Reporter } from '../../src/client/reporter.js';
import { spinWhileWaiting } from '../../src/client/spinner.js';
import type { Terminal } from '../../src/client/terminal.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

async function spin(live: boolean, quiet: boolean, waitMs: number): Promise<string> {
  const stream = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true, cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
  let written = '';
  stream.on('data', (chunk: Buffer) => (written += String(chunk)));
  const terminal: Terminal = { live, colour: false, screens: [stream as unknown as NodeJS.WriteStream], columns: () => 80, rows: () => 24, say: () => undefined, print: () => undefined, closed: () => false };
  const clock = new ManualClock();
  const stop = spinWhileWaiting('Preparing job.ts', new Reporter(terminal, { quiet, verbose: false, json: false }), clock);
  clock.advance(waitMs);
  await import('ora');
  await sleep(systemClock, 50);
  stop();
  expect(clock.scheduled).toBe(0);
  return written;
}

describe('a spinner', () => {
  it('is shown to a person who has waited for a moment', async () => expect(await spin(true, false, 400)).toContain('Preparing job.ts'));
  it.each([[true, false, 399], [false, false, 400], [true, true, 400]])('is not shown on a terminal %s, quiet %s, after %d ms', async (live, quiet, waitMs) => expect(await spin(live, quiet, waitMs)).toBe(''));
});
