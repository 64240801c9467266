/**
 * Broadcast rules: each payment is judged by the rules of its time, in whatever order the two inputs are read.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

describe.each(['1', '3'])('the fraud job at parallelism %s', (parallelism) => {
  const run = (...args: string[]): Promise<string[]> => linesOf(flink(['run', '-q', '-p', parallelism, 'jobs/fraud-rules.ts', ...args]));

  it('finds single large payments and several in a row, and forgets a rule that was replaced', async () => {
    expect((await run()).sort()).toEqual(['ann 1200: large (1 above 1000)', 'ben 220: repeated (3 above 200)', 'cid 6000: large (1 above 5000)']);
  });

  it('applies a rule from its own millisecond on, in every subtask', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fraud-'));
    try {
      const users = Array.from({ length: 20 }, (_, index) => `user${index}`);
      const second = (ms: string): string => `2024-05-01T10:00:00.${ms}Z`;
      writeFileSync(join(folder, 'rules.csv'), `${second('500')},any,0,1\n`);
      writeFileSync(join(folder, 'payments.csv'), ['499', '500'].flatMap((ms) => users.map((user) => `${second(ms)},${user},${ms}\n`)).join(''));
      const lines = await run('--payments', join(folder, 'payments.csv'), '--rules', join(folder, 'rules.csv'));
      expect(lines.sort()).toEqual(users.map((user) => `${user} 500: any (1 above 0)`).sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
