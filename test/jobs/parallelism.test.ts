/**
 * Flink's precedence of the four levels of parallelism: operator, environment, client, system.
 */
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

interface Case {
  readonly says: string;
  readonly options: readonly string[];
  readonly program: readonly string[];
  readonly inherited: number;
  readonly own: number;
}

const CASES: readonly Case[] = [
  { says: 'nobody', options: [], program: [], inherited: 1, own: 1 },
  { says: 'the system', options: ['-D', 'parallelism.default=2'], program: [], inherited: 2, own: 2 },
  { says: 'the client over the system', options: ['-D', 'parallelism.default=2', '-p', '3'], program: [], inherited: 3, own: 3 },
  { says: 'the environment over the client', options: ['-p', '3'], program: ['--environment', '2'], inherited: 2, own: 2 },
  { says: 'the operator over all', options: ['-D', 'parallelism.default=5', '-p', '3'], program: ['--environment', '2', '--operator', '4'], inherited: 2, own: 4 },
];

it.each(CASES)('parallelism is set by $says', async ({ options, program, inherited, own }) => {
  const lines = await linesOf(flink(['run', ...options, 'jobs/parallelism.ts', ...program]));
  expect(lines.sort()).toEqual([`no level of its own: ${inherited}`, `operator level: ${own}`]);
});
