/**
 * The pipe job: standard input in, tab-separated lines out, nothing else on standard output.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

it('prints the most frequent words of standard input, most frequent first', async () => {
  const input = 'The cat and the dog.\nThe END, and the end; don’t!\n';
  expect(await linesOf(flink(['run', 'jobs/top-words-pipeline.ts', '--top', '3'], input))).toEqual(['4\tthe', '2\tand', '2\tend']);
});

it.each(['1', '4'])('finds the same words of a book at parallelism %s', async (parallelism) => {
  const input = readFileSync('jobs/data/alice.txt', 'utf8');
  const lines = await linesOf(flink(['run', '-p', parallelism, 'jobs/top-words-pipeline.ts', '--top', '5'], input));
  expect(lines).toEqual(['1642\tthe', '872\tand', '729\tto', '632\ta', '540\tshe']);
});
