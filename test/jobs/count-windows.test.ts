/**
 * Count windows: full ones fire, those that the end of the input finds half full do not.
 */
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

it.each(['1', '3'])('averages every 3 readings of a sensor and finds the highest of its last 4 every 2, at parallelism %s', async (parallelism) => {
  const lines = await linesOf(flink(['run', '-q', '-p', parallelism, 'jobs/count-windows.ts']));
  const of = (start: string): string[] => lines.filter((line) => line.startsWith(start));
  expect(of('attic average')).toEqual(['attic average of 3: 24', 'attic average of 3: 19']);
  expect(of('cellar average')).toEqual(['cellar average of 3: 10']);
  expect(of('attic highest')).toEqual([24, 27, 27].map((degrees) => `attic highest of the last 4: ${degrees}`));
  expect(of('cellar highest')).toEqual([12, 12].map((degrees) => `cellar highest of the last 4: ${degrees}`));
  expect(lines).toHaveLength(8);
});
