/**
 * Orders and their shipments: both ends of the 4 hours count, and nothing else does.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

describe.each(['1', '3'])('the job of orders and shipments at parallelism %s', (parallelism) => {
  const run = (...args: string[]): Promise<string[]> => linesOf(flink(['run', '-q', '-p', parallelism, 'jobs/interval-join.ts', ...args]));

  it('pairs each order with what was sent within 4 hours of it', async () => {
    expect((await run()).sort()).toEqual([
      '1001 chair: by van after 35 min',
      '1002 lamp: by bike after 240 min',
      '1003 table: by truck after 25 min',
      '1003 table: by truck after 50 min',
      '1007 chair: by bike after 0 min',
    ]);
  });

  it('pairs the orders of every key, in every subtask', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orders-'));
    try {
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      const lines = (minute: number, what: string): string => numbers.map((number) => `2024-05-01T09:${minute}:00Z,${number},${what}\n`).join('');
      writeFileSync(join(folder, 'orders.csv'), lines(10, 'lamp'));
      writeFileSync(join(folder, 'sent.csv'), lines(40, 'van'));
      const paired = await run('--orders', join(folder, 'orders.csv'), '--shipments', join(folder, 'sent.csv'));
      expect(paired.sort()).toEqual(numbers.map((number) => `${number} lamp: by van after 30 min`).sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
