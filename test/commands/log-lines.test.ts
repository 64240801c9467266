/** The lines of logs: of a run for programs, of a session cluster and its jobs for people. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ended, job, workspace } from './flink.js';
import { eventually } from '../eventually.js';

const { file, flink, path, start } = workspace();

interface Line {
  readonly time: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly jobId?: string;
  readonly vertex?: string;
  readonly subtask?: number;
}

const parsed = (text: string): Line[] => text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line);

it('a run whose log is for programs says everything in objects with job, vertex and subtask, errors included', async () => {
  file('numbers.ts', job('numbers.rebalance().map((n) => n).setParallelism(2).print();'));
  const run = await flink(['run', '-D', 'env.log.format=json', 'numbers.ts']);
  const lines = parsed(run.stderr);
  expect(run.code).toBe(0);
  expect(lines).toContainEqual(expect.objectContaining({ level: 'INFO', logger: 'Client', message: expect.stringMatching(/^Job has been submitted with JobID [0-9a-f]{32}$/) }));
  const finished = lines.filter(({ message }) => message.startsWith('Map (2/2)#0 is FINISHED') || message.includes('-> Sink') && message.includes('(2/2)#0 is FINISHED'));
  expect(finished).toEqual([expect.objectContaining({ level: 'INFO', logger: 'JobManager', jobName: 'Numbers', jobId: expect.stringMatching(/^[0-9a-f]{32}$/), subtask: 1, attempt: 0, vertex: expect.any(String) })]);
  expect(lines.every(({ time }) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time))).toBe(true);
  file('broken.ts', job('numbers.map((n) => { throw new Error("no\\nnumber"); }).print();'));
  const failed = await flink(['run', '-D', 'env.log.format=json', '-D', 'env.log.level=WARN', '--json', 'broken.ts']);
  const [last, ...before] = failed.stderr.trimEnd().split('\n').reverse();
  expect(JSON.parse(last!)).toMatchObject({ status: 'FAILED' });
  expect(new Set(parsed(before.join('\n')).map(({ level }) => level))).toEqual(new Set(['ERROR', 'WARN']));
});

it('a session cluster and the processes of its jobs write lines with time and level, and what can be asked of nobody any more is deleted', async () => {
  file('numbers.ts', job('numbers.print();'));
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '-D', 'jobstore.max-capacity=1']);
  const { log } = JSON.parse(started.stdout) as { log: string };
  const of = (jobId: string, ending: string): string => readFileSync(join(dirname(log), `${jobId}.${ending}`), 'utf8');
  try {
    const submit = async (): Promise<string> => /JobID ([0-9a-f]{32})/.exec((await flink(['run', '-t', 'remote', 'numbers.ts'])).stderr)![1]!;
    const first = await submit();
    // The command hears of the end from the job's process, not from the one that writes this.
    await eventually(() => expect(readFileSync(log, 'utf8')).toMatch(new RegExp(`^\\d{4}-\\S+Z INFO  Dispatcher \\[Numbers\\] - Job "Numbers" \\(${first}\\) is FINISHED$`, 'm')));
    expect(of(first, 'log')).toMatch(/^\d{4}-\S+Z INFO {2}JobManager \[Numbers, Source: .* 0#0\] - Source: .* \(1\/1\)#0 is FINISHED$/m);
    expect(of(first, 'out')).toContain('10\n');
    const second = await submit();
    expect(of(second, 'log')).toContain('INFO  JobManager [Numbers] - Job "Numbers" is FINISHED');
    await eventually(() => expect(() => of(first, 'log')).toThrow('ENOENT'));
    await eventually(() => expect(() => of(first, 'out')).toThrow('ENOENT'));
  } finally {
    await flink(['cluster', 'stop', '-q']);
  }
});

it('a run whose configuration names a folder for logs writes there what it says, also with -q, what becomes of its job, and errors; others read it', async () => {
  file('endless.ts', job('env.fromSequence(1, Number.MAX_SAFE_INTEGER).filter(() => false).name("None").print();'));
  const folder = join(path, 'logs');
  const run = start(['run', '-q', '-D', 'env.log.dir=logs', '-D', 'rest.port=-1', 'endless.ts']);
  const end = ended(run);
  const log = (): string => readFileSync(join(folder, readdirSync(folder).find((name) => /^flink-.*-client-.*\.log$/.test(name))!), 'utf8');
  try {
    await eventually(() => expect(log()).toMatch(/^\d{4}-\S+Z INFO {2}JobManager \[Numbers\] - Job "Numbers" is RUNNING$/m));
    await eventually(async () => expect((await flink(['logs', 'Numbers'])).stdout).toContain('Job "Numbers" is RUNNING'));
  } finally {
    run.kill('SIGINT');
  }
  expect((await end).stderr).toBe('');
  expect(log()).toMatch(/^\S+ INFO {2}Client - Job with JobID [0-9a-f]{32} has been cancelled\.$/m);
  file('broken.ts', job('numbers.map((n) => { throw new Error("no number"); }).print();'));
  expect((await flink(['run', '-D', 'env.log.dir=logs', 'broken.ts'])).code).toBe(1);
  expect(log()).toMatch(/^\S+ ERROR Client - Error \[.*no number/m);
  file('not-a-folder', '');
  const without = await flink(['run', '-D', 'env.log.dir=not-a-folder', 'broken.ts']);
  expect([without.code, without.stderr.split('\n')[0]]).toEqual([1, expect.stringMatching(/^Warning: no log is written: /)]);
});

it('what a session cluster wrote of programs that it refused is deleted as that of ended jobs is', async () => {
  // The command itself builds the program, too, and has no parent that it speaks with.
  file('refused.ts', job('numbers.print(); if (process.connected) throw new Error("not today");'));
  const { log } = JSON.parse((await flink(['cluster', 'start', '--json', '--port', '0', '-D', 'jobstore.max-capacity=1'])).stdout) as { log: string };
  const logs = (): string[] => readdirSync(dirname(log)).filter((name) => /^[0-9a-f]{32}\.log$/.test(name));
  const before = new Set(logs());
  const news = (): string[] => logs().filter((name) => !before.has(name));
  try {
    expect((await flink(['run', '-t', 'remote', 'refused.ts'])).code).toBe(2);
    const [first] = news();
    await eventually(() => expect(readFileSync(join(dirname(log), first!), 'utf8')).toContain('not today'));
    expect((await flink(['run', '-t', 'remote', 'refused.ts'])).code).toBe(2);
    await eventually(() => expect(news()).toEqual([expect.not.stringContaining(first!)]));
  } finally {
    await flink(['cluster', 'stop', '-q']);
  }
});
