/** /metrics of a session cluster: one target for all of its jobs. */
import { expect, it } from 'vitest';
import { promtool } from '../metrics/promtool.js';
import { workspace } from './flink.js';

const { file, flink } = workspace();

const endless = (name: string): string => `import { RichMapFunction, StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
class Counting extends RichMapFunction {
  open() {
    this.seen = this.getRuntimeContext().getMetricGroup().addGroup('kind', 'number').counter('seen');
  }
  map(n) {
    this.seen.inc();
    return n;
  }
}
env.fromSequence(1, Number.MAX_SAFE_INTEGER).map(new Counting()).filter(() => false).print();
await env.execute(${JSON.stringify(name)});
`;

it('a session cluster answers Prometheus for all of its jobs, those of authors included', async () => {
  file('one.ts', endless('One'));
  file('two.ts', endless('Two'));
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '--task-managers', '2', '--slots', '2']);
  const { url } = JSON.parse(started.stdout) as { url: string };
  try {
    for (const name of ['one.ts', 'two.ts']) await flink(['run', '-d', name]);
    let text = '';
    while (!/seen\{[^}]*job_name="One"[^}]*kind="number"\} [1-9]/.test(text) || !/seen\{[^}]*job_name="Two"[^}]*kind="number"\} [1-9]/.test(text)) text = await (await fetch(`${url}/metrics`)).text();
    expect(await promtool(text)).toBe('read');
    expect(/^flink_jobmanager_taskSlotsAvailable\{.*\} (.*)$/m.exec(text)?.[1]).toBe('2');
    const jobs = (await (await fetch(`${url}/jobs/metrics?get=numRestarts,uptime&agg=max`)).json()) as { id: string; max: number }[];
    expect(jobs).toEqual([{ id: 'numRestarts', max: 0 }, { id: 'uptime', max: expect.any(Number) as number }]);
    const ids = ((await (await fetch(`${url}/taskmanagers`)).json()) as { taskmanagers: { id: string }[] }).taskmanagers.map(({ id }) => id);
    expect(ids.every((id) => text.includes(`tm_id="${id.replaceAll('-', '_')}"`))).toBe(true);
  } finally {
    await flink(['cluster', 'stop', '-q']);
  }
});
