/**
 * The bench runs its cases and says what it measured; how fast anything is, is none of a test's business.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repository } from '../jobs/flink.js';

function bench(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.js', ...args], { cwd: repository, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('npm run bench', () => {
  it('prints medians and targets of the cases asked for and writes every time to a file', () => {
    const { code, stdout } = bench('--quick', 'start-version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/node -e 0 \(peer\) +\d+ ms.*\n +flink --version +\d+ ms.*\n +(reached|missed) +milliseconds, under 150: \d+/);
    const file = /written to (.*\.json)/.exec(stdout)?.[1] ?? '';
    const { quick, results } = JSON.parse(readFileSync(file, 'utf8')) as { quick: boolean; results: { name: string; times: Record<string, number[]> }[] };
    expect(quick).toBe(true);
    expect(results.map(({ name }) => name)).toEqual(['start-version']);
    expect(results[0]?.times['flink --version']).toHaveLength(1);
  });

  it.each(['chain', 'keyed-count', 'keyed-state', 'checkpoint', 'restore', 'timers', 'windows', 'join', 'exchange', 'async-calls'])('%s: every contestant finishes', (filter) => {
    const { code, stderr } = bench('--quick', filter);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('names the cases there are when none matches', () => {
    const { code, stderr } = bench('no-such-case');
    expect(code).toBe(2);
    expect(stderr).toContain('start-version');
  });
});
