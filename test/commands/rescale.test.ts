/** Running jobs that are given another parallelism from another terminal. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../jobs/flink.js';
import { ended, workspace } from './flink.js';
import { TICKS } from './ticks.js';

const { file, flink, start, path } = workspace();
const PATIENCE_MS = 120_000;

const ADAPTIVE = ['-D', 'jobmanager.scheduler=adaptive'];

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 20));
}

interface Rescaled {
  readonly jobId: string;
  readonly vertices: readonly { readonly name: string; readonly parallelism: number; readonly upperBound: number }[];
}

/** What the command answers, which must have succeeded. */
async function rescale(...words: string[]): Promise<Rescaled> {
  const { code, stdout, stderr } = await flink(['rescale', '--json', ...words]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Rescaled;
}

const widths = ({ vertices }: Rescaled): number[] => vertices.map(({ parallelism }) => parallelism);

describe('a job that counts into files', () => {
  const COUNT = 200_000;
  const output = join(path, 'numbers');
  const finished = (): string[] => (existsSync(output) ? readdirSync(output).filter((name) => name.startsWith('part-')) : []);
  const lines = (): string[] => finished().flatMap((name) => readFileSync(join(output, name), 'utf8').split('\n').filter(Boolean));
  const words = (rate: number): string[] => [join(repository, 'jobs/exactly-once-files.ts'), '--output', output, '--count', String(COUNT), '--rate', String(rate)];

  it('goes from 1 to 3 to 2 subtasks, and its finished files hold each result once', async () => {
    const run = start(['run', '-q', ...ADAPTIVE, '-D', 'execution.checkpointing.dir=checkpoints', ...words(1000)]);
    const over = ended(run);
    try {
      await until(() => finished().length > 2);
      const wider = await rescale('Exactly-once files', '-p', '3');
      expect(wider.vertices.map(({ name, parallelism, upperBound }) => [name, parallelism, upperBound])).toEqual([['Source: Numbers', 3, 3], [expect.stringContaining('KeyedProcess'), 3, 3]]);
      const before = finished().length;
      await until(() => finished().length > before + 2);
      const { code, stderr } = await flink(['modify', wider.jobId.slice(0, 8), '-p', '2', '--vertex', 'KeyedProcess']);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^Rescaling job [0-9a-f]{32}\.\nJob [0-9a-f]{32} runs with another parallelism: "KeyedProcess.*" 2 instead of 3\.\n$/)]);
      expect((await flink(['rescale', wider.jobId, '-p', '2', '--vertex', 'KeyedProcess'])).stderr).toContain('runs with that parallelism already.');
      const stopped = await flink(['stop', '--json', '-p', 'savepoints', wider.jobId]);
      expect(stopped.code, stopped.stderr).toBe(0);
      const { location } = JSON.parse(stopped.stdout) as { location: string };
      expect(await over).toMatchObject({ code: 0 });
      expect(lines().length).toBeLessThan(COUNT);
      expect(await flink(['run', '-q', '-s', location, ...words(1_000_000)])).toMatchObject({ code: 0 });
    } finally {
      run.kill('SIGKILL');
    }
    expect(lines().sort()).toEqual(Array.from({ length: COUNT }, (_, at) => `${at % 10},${Math.floor(at / 10) + 1}`).sort());
  }, PATIENCE_MS);
});

/** Counts numbers by key until it is cancelled. */
const endless = (name: string): string => `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(100);
${TICKS}
env.addSource(new Ticks(), 'Ticks').uid('ticks').keyBy((n) => n % 5).reduce((a, b) => a + b).name('Sums').uid('sums').addSink(() => {}).name('Nowhere').uid('nowhere');
await env.execute(${JSON.stringify(name)});
`;

describe('a job of a session cluster', () => {
  const HA = ['-D', 'high-availability.type=level', '-D', `high-availability.storageDir=${path}/ha`];
  const startCluster = async (): Promise<{ pid: number }> => {
    const { code, stdout, stderr } = await flink(['cluster', 'start', '--json', '--port', '0', '--task-managers', '1', '--slots', '3', ...HA]);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { pid: number };
  };
  const free = async (): Promise<number> => (JSON.parse((await flink(['cluster', 'status', '--json'])).stdout) as { 'slots-available': number })['slots-available'];

  it('gets the slots that there are, and still has its parallelism when the cluster was killed', async () => {
    const { pid } = await startCluster();
    try {
      file('sums.ts', endless('Sums of ticks'));
      const { stdout, stderr } = await flink(['run', '-d', '--json', ...ADAPTIVE, 'sums.ts']);
      const { jobId } = JSON.parse(stdout || stderr) as { jobId: string };
      expect(widths(await rescale(jobId, '-p', '5'))).toEqual([1, 3]);
      expect(await free()).toBe(0);
      expect(await flink(['rescale', jobId, '-p', '5', '--least', '4'])).toMatchObject({ code: 1, stderr: expect.stringContaining('the lower bounds take 4 slots, of which 1 is missing: the job keeps its parallelism') });
      expect(await flink(['rescale', jobId, '-p', '6'])).toMatchObject({ code: 1, stderr: expect.stringContaining('the upper bounds take 6 slots, and the job has all 3 that it can get: the job keeps its parallelism') });
      expect(widths(await rescale(jobId, '-p', '2'))).toEqual([1, 2]);
      await until(async () => (await free()) === 1);
      process.kill(pid, 'SIGKILL');
      await startCluster();
      await until(async () => (JSON.parse((await flink(['list', '--json', '-r'])).stdout) as { jid: string; state: string; tasks: { running: number } }[]).some(({ jid, state, tasks }) => jid === jobId && state === 'RUNNING' && tasks.running === 3));
      expect(await free()).toBe(1);
      // It has them already: nothing is to be done.
      expect((await flink(['rescale', jobId, '-p', '2'])).stderr).toContain('runs with that parallelism already.');
    } finally {
      await flink(['cluster', 'stop']);
    }
  }, PATIENCE_MS);
});

describe('a job that keeps its parallelism', () => {
  it('says what else there is to do, and which vertices it has', async () => {
    file('fixed.ts', endless('Fixed'));
    const run = start(['run', '-q', 'fixed.ts']);
    const over = ended(run);
    try {
      await until(async () => (JSON.parse((await flink(['list', '--json', '-r'])).stdout) as { name: string; tasks: { running: number; total: number } }[]).some(({ name, tasks }) => name === 'Fixed' && tasks.running === tasks.total));
      for (const least of [[], ['--least', '2']]) expect(await flink(['rescale', 'Fixed', '-p', '2', ...least])).toMatchObject({ code: 2, stderr: expect.stringContaining('Run it with `jobmanager.scheduler: adaptive`, or stop it with a savepoint') });
      expect(await flink(['rescale', 'Fixed', '-p', '2', '--vertex', 'Sum'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/the job has no vertex "Sum"[\s\S]*\(Source: Ticks\)/) });
      expect(await flink(['rescale', 'Fixed', '-p', '0'])).toMatchObject({ code: 2, stderr: expect.stringContaining('The parallelism must be a positive number: 0') });
    } finally {
      await flink(['cancel', 'Fixed']);
      await over;
    }
  }, PATIENCE_MS);
});
