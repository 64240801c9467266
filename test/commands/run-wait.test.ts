/** `flink run -d --wait`: returns when a savepoint can be taken. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { job, workspace } from './flink.js';

const { file, flink, path } = workspace();

/** Its functions take a second to open. */
const slowToOpen = `import { StreamExecutionEnvironment, RichMapFunction } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
class Slow extends RichMapFunction {
  async open() { await new Promise((resolve) => setTimeout(resolve, 1000)); }
  map(n) { return n; }
}
env.fromSequence(1, 1e15).map(new Slow()).filter(() => false).print();
await env.execute('Slow to open');
`;

it('returns when all tasks of a detached job run', async () => {
  file('slow.ts', slowToOpen);
  const { code, stdout, stderr } = await flink(['run', '-d', '--wait', 'slow.ts']);
  const jobId = stdout.trim().split(' ').at(-1)!;
  expect([code, stderr]).toEqual([0, expect.stringContaining(`Job ${jobId} is RUNNING\n`)]);
  const taken = await flink(['savepoint', jobId, join(path, 'saves')]);
  expect([taken.code, taken.stdout]).toEqual([0, expect.stringMatching(/^Savepoint completed\./)]);
  expect((await flink(['cancel', '--wait', jobId])).code).toBe(0);
});

it('returns when the job has ended, with how it ended', async () => {
  file('short.ts', job('numbers.filter(() => false).print();'));
  file('fails.ts', slowToOpen.replace('async open() {', 'async open() { if (1) throw new RangeError("no room");'));
  const [short, fails] = [await flink(['run', '-d', '--wait', 'short.ts']), await flink(['run', '-d', '--wait', 'fails.ts'])];
  expect([short.code, short.stderr]).toEqual([0, expect.stringMatching(/Job [0-9a-f]{32} is (RUNNING|FINISHED)\n/)]);
  const jobId = fails.stdout.trim().split(' ').at(-1)!;
  expect([fails.code, fails.stderr]).toEqual([1, expect.stringContaining(`Job ${jobId} is FAILED\nError [CLUSTER_REFUSED] job ${jobId} ended before all of its tasks ran\n`)]);
  while ((await flink(['list'])).stdout.includes(jobId));
  expect((await flink(['why', jobId])).stdout).toMatch(/^The job failed \d+ s ago: .*RangeError: no room.*fails\.ts:4:\d+/);
});

it('gives up waiting after client.timeout; the job goes on', async () => {
  file('greedy.ts', slowToOpen);
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '--task-managers', '1', '--slots', '1']);
  expect(started.code).toBe(0);
  try {
    const { code, stdout, stderr } = await flink(['run', '-d', '--wait', '-p', '2', '-D', 'client.timeout=1s', 'greedy.ts']);
    const jobId = stdout.trim().split(' ').at(-1)!;
    expect([code, stderr]).toEqual([1, expect.stringContaining(`Error [TIMEOUT] job ${jobId} is CREATED after 1 s, and not all of its tasks run\n  hint     \`flink why ${jobId.slice(0, 8)}\` says what it waits for`)]);
    expect((await flink(['list', '-s'])).stdout).toContain(`${jobId} : Slow to open (CREATED)`);
  } finally {
    await flink(['cluster', 'stop']);
  }
});
