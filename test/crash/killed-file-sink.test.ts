/** A job whose running counts go into files, killed again and again: every line is there once. */
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killAgainAndAgain } from './kill-again-and-again.js';
import { removeFolder } from '../remove-folder.js';

const COUNT = 20_000;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'killed-files-'))));
afterAll(() => removeFolder(folder));

const all = Array.from({ length: COUNT }, (_, at) => `${at % 10},${Math.floor(at / 10) + 1}`).sort();

it('with unaligned checkpoints, killed 17 times', async () => {
  const job = { file: 'jobs/exactly-once-files.ts', folder: join(folder, 'unaligned'), count: COUNT, parallelism: 2, options: ['-D', 'execution.checkpointing.unaligned.enabled=true'] };
  const { lines, killedInTheMiddle } = await killAgainAndAgain(job, 17);
  expect(lines).toEqual(all);
  expect(killedInTheMiddle).toBeGreaterThan(4);
}, 300_000);

it('put together from those of several checkpoints, killed 12 times; what has been put together is deleted', async () => {
  const job = { file: 'jobs/exactly-once-files.ts', folder: join(folder, 'together'), count: COUNT, parallelism: 2, options: [], words: ['--compact', '3'] };
  const { lines, killedInTheMiddle } = await killAgainAndAgain(job, 12);
  expect(lines).toEqual(all);
  expect(killedInTheMiddle).toBeGreaterThan(3);
  const names = readdirSync(join(folder, 'together/out'));
  expect(names.filter((name) => name.startsWith('compacted-')).length).toBeGreaterThan(3);
}, 300_000);
