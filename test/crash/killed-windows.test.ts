/** A job with keyed windows that is killed again and again: its files hold what they hold when nobody kills it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KilledJob, killAgainAndAgain, uninterrupted } from './kill-again-and-again.js';
import { removeFolder } from '../remove-folder.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'killed-windows-'))));
afterAll(() => removeFolder(folder));

const option = (key: string, value: string): string[] => ['-D', `${key}=${value}`];

it.each([
  ['unaligned checkpoints', 17, option('execution.checkpointing.unaligned.enabled', 'true')],
  ['state on disk and incremental checkpoints', 16, [...option('state.backend.type', 'level'), ...option('execution.checkpointing.incremental', 'true')]],
])('with %s, killed %i times', async (name, kills, options) => {
  const job = (part: string): KilledJob => ({ file: 'test/crash/window-job.ts', folder: join(folder, name, part), count: 30_000, parallelism: 2, options });
  const expected = await uninterrupted(job('whole'));
  const { lines, killedInTheMiddle } = await killAgainAndAgain(job('killed'), kills);
  expect(expected.length).toBe(7 * 300);
  expect(lines).toEqual(expected);
  expect(killedInTheMiddle).toBeGreaterThan(kills / 4);
}, 300_000);
