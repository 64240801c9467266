/**
 * The most viewed pages of every 5 minutes, ranked by a timer.
 */
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

it.each(['1', '3'])('ranks the pages of each window once, at parallelism %s', async (parallelism) => {
  const lines = await linesOf(flink(['run', '-q', '-p', parallelism, 'jobs/top-n.ts']));
  expect(lines.sort()).toEqual([
    '09:05 1. /hats 3', '09:05 2. / 2', '09:05 3. /sport 2',
    '09:10 1. / 2', '09:10 2. /sport 2',
    '09:15 1. / 2', '09:15 2. /cart 2', '09:15 3. /hats 1',
    '09:25 1. / 2', '09:25 2. /sport 1',
  ]);
});

it('ranks as many as it is asked for', async () => {
  const lines = await linesOf(flink(['run', '-q', 'jobs/top-n.ts', '--top', '1']));
  expect(lines).toEqual(['09:05 1. /hats 3', '09:10 1. / 2', '09:15 1. / 2', '09:25 1. / 2']);
});
