/** `flink top` and `flink metrics` of a job in another terminal. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ended, workspace } from './flink.js';

const { file, flink, start } = workspace();
let child: ChildProcessWithoutNullStreams;

beforeAll(async () => {
  file('ticks.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(50);
class Ticks {
  run(ctx) {
    return new Promise((resolve) => {
      const timer = setInterval(() => ctx.collect(1), 5);
      this.stop = () => { clearInterval(timer); resolve(); };
    });
  }
  cancel() { this.stop?.(); }
}
env.addSource(new Ticks()).rebalance().map((n) => n).setParallelism(2).filter(() => false).print();
await env.execute('Ticks');`);
  child = start(['run', '-q', 'ticks.ts']);
  child.stdout.resume();
  while (!(await flink(['list', '-r'])).stdout.includes('Ticks (RUNNING)'));
});
afterAll(async () => {
  const over = ended(child);
  child.kill('SIGKILL');
  await over;
});

it('flink top prints one picture where nobody watches', async () => {
  const { code, stdout, stderr } = await flink(['top']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^flink top {2}\S+ {2}1 job, \d subtasks\n\nTicks {2}RUNNING .*checkpoint \d+ \d+ s ago, in \d+ m?s\n {2}Vertex +State +Par +In\/s +Out\/s +Busy +Back pressure +Watermark\n {2}Source: .* RUNNING +1 +- +\d+ /);
  const { jobs } = JSON.parse((await flink(['top', '--json'])).stdout) as { jobs: { name: string; vertices: { source: boolean; outPerSecond: number }[] }[] };
  expect([jobs.length, jobs[0]!.name]).toEqual([1, 'Ticks']);
  expect(jobs[0]!.vertices[0]).toMatchObject({ source: true, outPerSecond: expect.any(Number) as number });
  expect(jobs[0]!.vertices[0]!.outPerSecond).toBeGreaterThan(10);
});

it('flink metrics prints metrics of the job and of each subtask, those that are named', async () => {
  const all = JSON.parse((await flink(['metrics', 'Ticks', '--json'])).stdout) as { metrics: Record<string, unknown>; vertices: { parallelism: number; subtasks: { metrics: Record<string, unknown> }[] }[] };
  expect(all.metrics).toMatchObject({ numRestarts: 0, numberOfFailedCheckpoints: 0 });
  expect(all.vertices.map(({ parallelism, subtasks }) => [parallelism, subtasks.length])).toEqual(all.vertices.map(({ parallelism }) => [parallelism, parallelism]));
  expect(all.vertices[0]!.subtasks[0]!.metrics['numRecordsOut']).toBeGreaterThan(0);
  const { code, stdout } = await flink(['metrics', 'Ticks', 'numRecordsIn', '*restarts']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^"Ticks" \([0-9a-f]{32}\) is RUNNING\n {2}(fullRestarts +0\n {2})?numRestarts +0\nSource: /);
  expect(stdout).toMatch(/ #0 +#1\n(?: {2}\S+numRecordsIn\S* +\d.*\n)* {2}numRecordsIn +\d+ +\d+\n/);
  expect(stdout).not.toContain('numBytes');
  expect(await flink(['metrics', 'Ticks', 'numRecordIn'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/no metric of job "Ticks" has "numRecordIn" in its name\n {2}hint {5}Close are numRecordsIn/) as string });
});
