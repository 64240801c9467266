/**
 * Threads of TaskManagers that really die or hang, on the built command line: each job does it once, when it finds no
 * marker file, and then has to come to the same end as one that nothing happened to.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Run, workspace } from '../commands/flink.js';

const { file, flink, path } = workspace();

/** Two maps beside each other; the one that meets 60 does `harm` the first time. */
const JOB = file('harm.ts', `import { existsSync, writeFileSync } from 'node:fs';
import { DataGeneratorSource, StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
const [marker, harm] = process.argv.slice(2) as [string, string];
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const harms: Record<string, () => void> = {
  throw() {
    throw new Error('bad record');
  },
  exit() {
    process.exit(3);
  },
  stray() {
    setTimeout(() => {
      throw new Error('nobody catches this');
    });
  },
  rejection() {
    void Promise.reject(new Error('nobody awaits this'));
  },
  memory() {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(1000).fill({}));
  },
  loop() {
    for (;;);
  },
  await() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};
// Slow enough for the harm to strike before the end.
const numbers = new DataGeneratorSource((index) => index + 1, 100, 500);
env.fromSource(numbers, WatermarkStrategy.noWatermarks(), 'Numbers').rebalance().map((n) => {
  if (n === 60 && !existsSync(marker)) {
    writeFileSync(marker, '');
    harms[harm]!();
  }
  return [n % 2, n] as [number, number];
}).setParallelism(2).name('Harmed').keyBy(0).sum(1).map(([parity, sum]) => parity + ':' + sum).print();
await env.execute('Harm');
`);

const LOOP_LINE = readFileSync(join(path, JOB), 'utf8').split('\n').indexOf('    for (;;);') + 1;

let runs = 0;
const run = (harm: string, ...settings: string[]): Promise<Run> => {
  const marker = join(path, `marker-${++runs}`);
  return flink(['run', ...settings.map((setting) => `-D${setting}`), '-Dtaskmanager.memory.heap.size=64mb', '-Dheartbeat.timeout=2 s', JOB, marker, harm]);
};
const RESTART = ['restart-strategy.type=fixed-delay', 'restart-strategy.fixed-delay.delay=10 ms'];
/** Whether each key came to its sum; as the state begins anew with a restart, it may do so twice. */
const sums = ({ stdout }: Run): boolean[] => ['1:2500', '0:2550'].map((sum) => stdout.split('\n').includes(sum));

const HARMS = [
  ['throw', 'USER_FUNCTION', /bad record/],
  ['exit', 'TASK_MANAGER_LOST', /ended with exit code 3/],
  ['stray', 'TASK_MANAGER_LOST', /that nobody caught: nobody catches this/],
  ['rejection', 'TASK_MANAGER_LOST', /that nobody caught: nobody awaits this/],
  ['memory', 'OUT_OF_MEMORY', /ran out of memory with a heap of 64 MB/],
  ['loop', 'TASK_MANAGER_LOST', /has not answered for 2 s and was stopped in a turn of subtask [12] of "Harmed/],
  ['await', 'TASK_MANAGER_LOST', /has not answered for 2 s/],
] as const;

describe('a function that does harm once', () => {
  it.each(HARMS)('(%s) costs the job a restart, after which it comes to its end', async (harm, _code, message) => {
    const ended = await run(harm, ...RESTART);
    expect(ended.stderr).toMatch(/Job "Harm" is RESTARTING\n(.*\n)* {2}\d+ tasks will start again in 10 ms: /);
    expect(ended.stderr).toMatch(message);
    if (harm === 'throw' || harm === 'stray') expect(ended.stderr).toMatch(/again in 10 ms: .*\(harm\.ts:\d+:\d+\)/);
    if (harm === 'loop') expect(ended.stderr).toContain(`, stuck in loop (harm.ts:${LOOP_LINE}:5)\n`);
    if (harm === 'await') expect(ended.stderr).toMatch(/, stuck in await \(harm\.ts:\d+:\d+\)\n/);
    expect([ended.code, sums(ended), existsSync(join(path, `marker-${runs}`))]).toEqual([0, [true, true], true]);
  });

  it.each(HARMS)('(%s) costs a job with checkpoints no record and counts none twice, in two sums over two threads', async (harm) => {
    const ended = await run(harm, 'execution.checkpointing.interval=20 ms', 'restart-strategy.exponential-delay.initial-backoff=10 ms');
    expect(ended.stderr).toContain('Restarts: 1');
    const printed = ended.stdout.trim().split('\n');
    const last = ['1:', '0:'].map((parity) => printed.filter((line) => line.startsWith(parity)).at(-1));
    expect([ended.code, last]).toEqual([0, ['1:2500', '0:2550']]);
  });

  it.each(HARMS.filter(([harm]) => ['exit', 'stray', 'loop'].includes(harm)))('(%s) fails a job that may not restart, which says why', async (harm, code, message) => {
    const ended = await run(harm);
    expect(ended.stderr).toContain(`[${code}]`);
    expect(ended.stderr).toMatch(message);
    expect(ended.code).toBe(1);
  });
});

describe('a thread that is lost in batch mode', () => {
  it('costs what ran in it, and not what the tasks before have read', async () => {
    const job = file('batch.ts', `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment().setRuntimeMode('BATCH').setParallelism(2);
env.fromSequence(1, 100).map((n) => {
  appendFileSync('read', n + '\\n');
  return n;
}).keyBy((n) => n % 4).map((n) => {
  if (n === 60 && !existsSync('lost')) {
    writeFileSync('lost', '');
    process.exit(3);
  }
  return [n % 2, n] as [number, number];
}).keyBy(0).sum(1).map(([parity, sum]) => parity + ':' + sum).print().setParallelism(1);
await env.execute('Batch');
`);
    const ended = await flink(['run', ...RESTART.map((setting) => `-D${setting}`), job]);
    expect(ended.stderr).toMatch(/TaskManager \d was lost|ended with exit code 3/);
    expect([ended.code, sums(ended)]).toEqual([0, [true, true]]);
    const read = readFileSync(join(path, 'read'), 'utf8').trim().split('\n').map(Number);
    expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(existsSync(join(path, 'lost'))).toBe(true);
  });
});

describe('a function that never returns, in a job that may not restart', () => {
  it('is shown with the line it was at, also without a name', async () => {
    const job = file('stuck.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromElements(1, 2, 3).map((n) => {
  while (n === 2) n = Math.max(n, 1);
  return n;
}).print();
await env.execute('Stuck');
`);
    const { code, stderr } = await flink(['run', '-q', '-Dheartbeat.timeout=1 s', job]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/has not answered for 1 s and was stopped in a turn of [^\n]*Std\. Out"\n\s+at\s+stuck\.ts:4:\d+\n\s+4 \| {3}while \(n === 2\)/)]);
  });

  it('is told of without a line where it blocks outside of JavaScript', async () => {
    const job = file('child.ts', `import { spawnSync } from 'node:child_process';
import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromElements(1).map((n) => spawnSync('sleep', ['4']).status ?? n).print();
await env.execute('Waiting for a child');
`);
    const { code, stderr } = await flink(['run', '-q', '-Dheartbeat.timeout=500 ms', job]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/was stopped in a turn of [^\n]*Std\. Out"\n\s+hint /)]);
  });

  it('is named in the log of a job that has a process of its own', async () => {
    const job = file('detached.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
function hang(n: number): number {
  for (;;) n++;
}
env.fromElements(1).map(hang).print();
await env.execute('Hanging');
`);
    const settings = ['-Dheartbeat.timeout=1 s', '-Drestart-strategy.type=fixed-delay', '-Drestart-strategy.fixed-delay.delay=1 h'];
    const { stdout } = await flink(['run', '-d', '-Drest.port=0', ...settings, job]);
    const jobId = /JobID ([0-9a-f]{32})/.exec(stdout)![1]!;
    const log = join(path, '.flink', 'log', `${jobId}.log`);
    while (!readFileSync(log, 'utf8').includes('will start again')) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readFileSync(log, 'utf8')).toContain(', stuck in hang (detached.ts:4:');
    expect((await flink(['cancel', jobId])).code).toBe(0);
  });
});
