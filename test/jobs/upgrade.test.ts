/**
 * What may change between the program that took a savepoint and the one that goes on from it, and what may not.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';
import { stopAfter, type StoppedJob } from './running.js';
import { removeFolder } from '../remove-folder.js';

const COUNT = 3_000;
const ENDING = ['--count', String(COUNT), '--rate', '100000'];

let folder: string;
let stopped: StoppedJob;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  stopped = await stopAfter(100, ['jobs/upgrade/first.ts', '--count', String(COUNT), '--rate', '500'], folder, folder);
});
afterAll(() => removeFolder(folder));

/** The last line of each digit, when everything has been counted. */
function totals(line: (digit: number, count: number, sum: number) => string): string[] {
  return Array.from({ length: 10 }, (_, digit) => {
    const values = Array.from({ length: COUNT / 10 }, (_, n) => n * 10 + digit);
    return line(digit, values.length, values.reduce((sum, value) => sum + value, 0));
  });
}

const lastOfEach = (lines: readonly string[]): string[] => [...new Map(lines.map((line) => [line.slice(0, 'digit 0'.length), line])).values()].sort();
const all = totals((digit, count, sum) => `digit ${digit}: ${count} numbers, sum ${sum}`);

async function goingOn(program: string, ...options: string[]): Promise<string[]> {
  return linesOf(flink(['run', '-q', ...options, '-s', stopped.savepoint, `jobs/upgrade/${program}.ts`, ...ENDING]));
}

describe('a program that goes on from a savepoint', () => {
  it('loses and repeats nothing', async () => {
    const rest = await goingOn('first');
    expect(stopped.lines.length + rest.length).toBe(COUNT);
    expect(lastOfEach(rest)).toEqual(all);
  });

  it('may have its operators in another order: they find their state by uid', async () => {
    expect(lastOfEach(await goingOn('reordered'))).toEqual(all);
  });

  it('may have new operators: those with state start empty', async () => {
    const lines = await goingOn('extended');
    expect(lastOfEach(lines.filter((line) => line.includes('sum')))).toEqual(all);
    const since = lines.filter((line) => line.includes('since the upgrade'));
    expect(since.length).toBe(COUNT - stopped.lines.length);
    expect(since[0]).toMatch(/: 1 numbers since the upgrade$/);
  });

  it('may not lack an operator with state, unless told to drop it', async () => {
    const refused = await flink(['run', '-q', '-s', stopped.savepoint, 'jobs/upgrade/reduced.ts', ...ENDING]);
    expect(refused.code).toBe(2);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(/Error \[STATE_UNMATCHED\] the snapshot holds state of an operator that the program does not have: "KeyedProcess" \(uid "sum", \d+ bytes\)/);
    expect(refused.stderr).toContain('-n (--allowNonRestoredState)');
    expect(lastOfEach(await goingOn('reduced', '-n'))).toEqual(totals((digit, count) => `digit ${digit}: ${count} numbers`));
  });

  it('shows beforehand what would become of which state', async () => {
    const { code, stdout, stderr } = await flink(['run', '--dry-run', '-s', stopped.savepoint, 'jobs/upgrade/reduced.ts']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^From savepoint \d+ of "Upgrade" .*:\n {2}restored {2}"Source: Numbers" \(uid numbers\), .*\n {2}restored {2}"KeyedProcess" \(uid count\), \d+ bytes: count.*\n {2}dropped {3}"KeyedProcess" \(uid sum\), \d+ bytes: sum.*: no operator of the program has it\n$/);
    expect(stderr).toContain('STATE_UNMATCHED');
    expect((await flink(['run', '--dry-run', '-s', stopped.savepoint, 'jobs/upgrade/reordered.ts'])).code).toBe(0);
  });

  it('without uids goes on as long as its graph stays as it was, and is refused when operators have shifted', async () => {
    const before = await stopAfter(100, ['jobs/upgrade/without-uids.ts', '--count', String(COUNT), '--rate', '500'], folder, folder);
    const job = ['-s', before.savepoint, 'jobs/upgrade/without-uids.ts', ...ENDING];
    expect(lastOfEach(await linesOf(flink(['run', '-q', ...job])))).toEqual(all);
    const shifted = await flink(['run', '-q', ...job, '--more']);
    expect(shifted.code).toBe(2);
    expect(shifted.stderr).toContain('STATE_UNMATCHED');
  });
});
