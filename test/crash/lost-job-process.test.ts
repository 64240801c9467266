/** Jobs of a session cluster whose processes end without a word: killed, out of memory, again and again. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { workspace } from '../commands/flink.js';

const { file, flink, path } = workspace();
const exactlyOnce = fileURLToPath(new URL('../../jobs/exactly-once-files.ts', import.meta.url));

interface Listed {
  readonly jid: string;
  readonly name: string;
  readonly state: string;
}

const store = join(path, 'store');
const HIGHLY_AVAILABLE = ['-D', 'high-availability.type=level', '-D', `high-availability.storageDir=${store}`];
const SOON = ['-D', 'restart-strategy.type=fixed-delay', '-D', 'restart-strategy.fixed-delay.attempts=5', '-D', 'restart-strategy.fixed-delay.delay=100 ms'];

const start = (...options: string[]): Promise<number> => startIn({}, ...options);

async function startIn(environment: Record<string, string>, ...options: string[]): Promise<number> {
  const { code, stdout, stderr } = await flink(['cluster', 'start', '--json', '--port', '0', ...options], { environment });
  expect([code, stderr]).toEqual([0, 'Starting cluster.\n']);
  return (JSON.parse(stdout) as { pid: number }).pid;
}

afterEach(() => flink(['cluster', 'stop']));

const listed = async (): Promise<Listed[]> => JSON.parse((await flink(['list', '-a', '--json'])).stdout) as Listed[];
const stateOf = async (jobId: string): Promise<string | undefined> => (await listed()).find(({ jid }) => jid === jobId)?.state;
const submitted = async (...words: string[]): Promise<string> => (JSON.parse((await flink(['run', '-d', '--json', ...words])).stdout) as { jobId: string }).jobId;
const log = (jobId: string): string => readFileSync(join(path, '.flink/log', `${jobId}.log`), 'utf8');
const times = (text: string, what: RegExp): number => [...text.matchAll(new RegExp(what, 'g'))].length;

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

function lines(folder: string): string[] {
  if (!existsSync(join(path, folder))) return [];
  return readdirSync(join(path, folder)).filter((name) => name.startsWith('part-')).flatMap((name) => readFileSync(join(path, folder, name), 'utf8').trim().split('\n'));
}

/** The processes of jobs that the cluster has. */
function jobProcesses(cluster: number): number[] {
  const children = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/));
  return children.filter(([, parent, ...words]) => Number(parent) === cluster && words.join(' ').includes('dist/job-process.js')).map(([pid]) => Number(pid));
}

describe('a job whose process is killed', () => {
  it.each([
    ['in a highly available cluster', HIGHLY_AVAILABLE, []],
    ['that keeps its checkpoints in a folder', [], ['-D', `execution.checkpointing.dir=${join(path, 'checkpoints')}`]],
  ])('goes on from its newest checkpoint under its id, %s', async (where, options, own) => {
    const cluster = await start(...options);
    const output = where.replaceAll(' ', '-');
    const jobId = await submitted(...SOON, ...own, exactlyOnce, '--output', join(path, output), '--count', '2000', '--rate', '400');
    for (let kill = 1; kill <= 2; kill++) {
      const before = lines(output).length;
      await until(() => lines(output).length > before);
      const [pid] = jobProcesses(cluster);
      process.kill(pid!, 'SIGKILL');
      await until(() => times(log(jobId), /It goes on from checkpoint/) === kill);
    }
    const { url } = JSON.parse((await flink(['cluster', 'status', '--json'])).stdout) as { url: string };
    const told = async (): Promise<string[]> => ((await (await fetch(`${url}/jobs/${jobId}/exceptions`)).json()) as { exceptionHistory: { entries: { stacktrace: string }[] } }).exceptionHistory.entries.map(({ stacktrace }) => stacktrace.split('\n')[0]!);
    const losses = [1, 2].map(() => expect.stringContaining('the process of the job was ended by SIGKILL') as string);
    expect(await told()).toEqual(losses);
    await until(async () => (await stateOf(jobId)) === 'FINISHED');
    expect(await told()).toEqual(losses);
    const written = lines(output);
    expect([written.length, new Set(written).size]).toEqual([2_000, 2_000]);
    expect(log(jobId)).toContain('starts again in 100 ms: the process of the job was ended by SIGKILL');
  });

  it('fails when its checkpoints were in memory only, and says why', async () => {
    const cluster = await start();
    const jobId = await submitted(exactlyOnce, '--output', join(path, 'lost'), '--count', '100000');
    await until(async () => (await stateOf(jobId)) === 'RUNNING');
    process.kill(jobProcesses(cluster)[0]!, 'SIGKILL');
    await until(async () => (await stateOf(jobId)) === 'FAILED');
    expect(readFileSync(join(path, '.flink/log', readdirSync(join(path, '.flink/log')).find((name) => name.includes('-session-'))!), 'utf8')).toContain('cannot go on without its process: its checkpoints were in the memory of that process');
  });

  it('can be cancelled while it waits to start again', async () => {
    const cluster = await start(...HIGHLY_AVAILABLE);
    const jobId = await submitted('-D', 'restart-strategy.type=fixed-delay', '-D', 'restart-strategy.fixed-delay.delay=1 h', exactlyOnce, '--output', join(path, 'waits'), '--count', '100000');
    await until(async () => (await stateOf(jobId)) === 'RUNNING');
    process.kill(jobProcesses(cluster)[0]!, 'SIGKILL');
    await until(async () => (await stateOf(jobId)) === 'RESTARTING');
    expect((await flink(['cancel', jobId])).code).toBe(0);
    expect([await stateOf(jobId), readdirSync(join(store, 'default/bundles'))]).toEqual(['CANCELED', []]);
  });
});

it('a job whose process runs out of memory starts again as often as its restart strategy allows', async () => {
  // The main thread, not a TaskManager's: that would cost a thread only.
  const program = `import { StreamExecutionEnvironment } from 'flink-ts';
import { isMainThread } from 'node:worker_threads';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(100);
env.fromSequence(1, 1e9).filter((n) => n < 0).print();
if (isMainThread && !process.env.FLINK_TEST_SUBMITTING) setTimeout(() => { const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length)); }, 1_500);
await env.execute('Hungry');
`;
  file('hungry.ts', program);
  await startIn({ NODE_OPTIONS: '--max-old-space-size=128' }, ...HIGHLY_AVAILABLE);
  const submission = await flink(['run', '-d', '--json', '-D', 'restart-strategy.type=fixed-delay', '-D', 'restart-strategy.fixed-delay.attempts=1', '-D', 'restart-strategy.fixed-delay.delay=100 ms', 'hungry.ts'], { environment: { FLINK_TEST_SUBMITTING: '1' } });
  const { jobId } = JSON.parse(submission.stdout) as { jobId: string };
  await until(async () => (await stateOf(jobId)) === 'FAILED');
  expect([times(log(jobId), /starts again in/), times(log(jobId), /Job has been submitted/), times(log(jobId), /heap out of memory/)]).toEqual([1, 2, 2]);
}, 120_000);

describe('a program with several jobs', () => {
  /** The first counts, the second goes on from what the first found out. */
  const program = (output: string): string => `import { DataGeneratorSource, FileSink, OnCheckpointRollingPolicy, BasePathBucketAssigner, RichMapFunction, IntCounter, StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
class Counted extends RichMapFunction {
  open() { this.getRuntimeContext().addAccumulator('seen', (this.seen = new IntCounter())); }
  map(n) { this.seen.add(1); return String(n); }
}
const sink = (name) => FileSink.forRowFormat(${JSON.stringify(output)} + '/' + name, (line) => line + '\\n').withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();
const first = StreamExecutionEnvironment.getExecutionEnvironment();
first.enableCheckpointing(100);
first.fromSequence(1, 50).map(new Counted()).sinkTo(sink('first'));
const result = await first.execute('First');
const second = StreamExecutionEnvironment.getExecutionEnvironment();
second.enableCheckpointing(100);
second.fromSource(new DataGeneratorSource((n) => n, 1500, 300), WatermarkStrategy.noWatermarks(), 'Numbers').map((n) => result.getAccumulatorResult('seen') + ' ' + n).sinkTo(sink('second'));
await second.execute('Second');
`;

  it.each([['process', false], ['cluster', true]])('does not run those that have finished once more when its %s is killed', async (_, whole) => {
    const output = join(path, `several-${whole}`);
    file('several.ts', program(output));
    const cluster = await start(...HIGHLY_AVAILABLE);
    const first = await submitted(...SOON, 'several.ts');
    await until(() => lines(`several-${whole}/second`).length > 0);
    process.kill(whole ? cluster : jobProcesses(cluster)[0]!, 'SIGKILL');
    if (whole) await start(...HIGHLY_AVAILABLE);
    await until(async () => (await listed()).some(({ name, state, jid }) => name === 'Second' && state === 'FINISHED' && jid !== first) && readdirSync(join(store, 'default/bundles')).length === 0);
    const [one, two] = [lines(`several-${whole}/first`), lines(`several-${whole}/second`)];
    expect([one.length, new Set(one).size, two.length, new Set(two).size]).toEqual([50, 50, 1_500, 1_500]);
    expect(two.every((line) => line.startsWith('50 '))).toBe(true);
    expect(log(first)).toContain(`Job "First" (${first}) has ended before and does not run again`);
    expect(log(first)).toContain('It goes on from checkpoint');
    expect((await listed()).filter(({ jid }) => jid === first)).toEqual([expect.objectContaining({ name: 'First', state: 'FINISHED' })]);
  });
});
