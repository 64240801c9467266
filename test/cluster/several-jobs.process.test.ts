import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'several-jobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program and answers what it printed, sorted, and how it ended. */
async function flinkRun(name: string, program: string, ...options: string[]): Promise<{ lines: string[]; code: number | null; errors: string }> {
  const path = join(folder, `${name}.ts`);
  writeFileSync(path, `import { StreamExecutionEnvironment } from 'flink-ts';\n${program}`);
  const child = spawn(process.execPath, [new URL('../../bin/run.js', import.meta.url).pathname, 'run', '-q', ...options, path], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (chunk: string) => (text[stream] += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { lines: text.stdout.split('\n').filter((line) => line !== '').map((line) => line.replace(/^\d+> /, '')).sort(), code, errors: text.stderr };
}

describe('a program with several jobs', () => {
  it.each([['one TaskManager', '1'], ['several TaskManagers', '3']])('goes on to one that needs more slots than the one before, on %s', async (_, taskManagers) => {
    const { lines, code, errors } = await flinkRun(`wider-${taskManagers}`, `
      const narrow = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(1);
      narrow.fromElements(1, 2).print();
      const first = await narrow.execute('first');
      const wide = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(3);
      wide.fromElements(10, 20, 30).rebalance().map((n: number) => first.getJobName() + ' ' + n).print();
      await wide.execute('second');
    `, '-D', `local.number-taskmanager=${taskManagers}`);
    expect([lines, code, errors]).toEqual([['1', '2', 'first 10', 'first 20', 'first 30'], 0, '']);
  });

  it('runs two of different width at the same time', async () => {
    const { lines, code, errors } = await flinkRun('both', `
      const jobs = [];
      for (const parallelism of [3, 1]) {
        const env = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(parallelism);
        env.fromSequence(1, 300).rebalance().map((n: number) => n * parallelism).keyBy((n: number) => n % 2).reduce((a: number, b: number) => Math.max(a, b)).filter((n: number) => n >= 299 * parallelism).print();
        jobs.push(await env.executeAsync('job of ' + parallelism));
      }
      for (const job of jobs) await job.getJobExecutionResult();
    `, '-D', 'local.number-taskmanager=3');
    expect([code, errors]).toEqual([0, '']);
    expect(new Set(lines)).toEqual(new Set(['299', '300', '897', '900']));
  });

  it('goes on after a job that failed, if it catches the error', async () => {
    const { lines, code } = await flinkRun('caught', `
      const failing = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(1);
      failing.fromElements(1).map((): number => { throw new Error('bad'); }).print();
      try { await failing.execute('failing'); } catch { /* the second job makes up for it */ }
      const env = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(2);
      env.fromElements(7, 8).rebalance().print();
      await env.execute('second');
    `);
    // The run tells of the job that failed by its exit code.
    expect([lines, code]).toEqual([['7', '8'], 1]);
  });

  it('goes on after a job whose TaskManager was lost, on a new one', async () => {
    const { lines, code } = await flinkRun('lost', `
      const failing = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(1);
      failing.fromElements(1).map((): number => process.exit(3)).print();
      try { await failing.execute('failing'); } catch { /* the second job makes up for it */ }
      const env = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(1);
      env.fromElements(7).print();
      await env.execute('second');
    `);
    expect([lines, code]).toEqual([['7'], 1]);
  });
});
