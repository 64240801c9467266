/**
 * Windows of a job that is stopped at parallelism 1, goes on at 4, is stopped again and ends at 3, against the same sums
 * made by hand.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flink, linesOf, withoutSubtask } from './flink.js';
import { stopAfter } from './running.js';
import { removeFolder } from '../remove-folder.js';

const COUNT = 6_000;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'rescale-'))));
afterAll(() => removeFolder(folder));

function sumsByHand(): string[] {
  const sums = new Map<string, number>();
  for (let value = 0; value < COUNT; value++) {
    const window = `${Math.floor(value / 100) * 100} ${value % 7}`;
    sums.set(window, (sums.get(window) ?? 0) + value);
  }
  return [...sums].map(([window, sum]) => `${window} ${sum}`).sort();
}

it('comes out whole over changes of parallelism', async () => {
  const job = ['jobs/rescale.ts', '--count', String(COUNT)];
  const first = await stopAfter(40, ['-p', '1', ...job, '--rate', '1000'], folder, folder);
  const second = await stopAfter(10, ['-p', '4', '-s', first.savepoint, ...job, '--rate', '1000'], folder, folder);
  const last = await linesOf(flink(['run', '-q', '-p', '3', '-s', second.savepoint, ...job, '--rate', '100000']));
  const lines = withoutSubtask([...first.lines, ...second.lines, ...last]);
  expect(lines.sort()).toEqual(sumsByHand());
});
