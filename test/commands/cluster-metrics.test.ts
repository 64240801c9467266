/** Metrics of jobs as others get them: one target for a session cluster, reports of a run. */
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { promtool } from '../metrics/promtool.js';
import { ended, job, type Run, workspace } from './flink.js';
import { eventually } from '../eventually.js';

const { file, flink, path, start } = workspace();

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
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '--task-managers', '2', '--slots', '2', '-D', 'metrics.reporters=prom', '-D', 'metrics.reporter.prom.port=0', '-D', 'metrics.reporter.prom.filter.includes=*:seen']);
  const { url, log } = JSON.parse(started.stdout) as { url: string; log: string };
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
    const [, port] = /The metrics reporter "prom" answers Prometheus at (\S+)/.exec(readFileSync(log, 'utf8'))!;
    const reported = (await (await fetch(port!)).text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(reported.map((line) => [/^\w+/.exec(line)![0], /job_name="(\w+)"/.exec(line)![1]])).toEqual(['One', 'Two'].map((name) => ['flink_taskmanager_job_task_operator_kind_seen', name]));
  } finally {
    await flink(['cluster', 'stop', '-q']);
  }
});

it('a run reports its metrics where the configuration says, and refuses a reporter that there is none of before it starts', async () => {
  file('ticks.ts', endless('Ticks'));
  const datagrams: string[] = [];
  const socket = createSocket('udp4').on('message', (message) => void datagrams.push(message.toString('utf8')));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const reporter = ['metrics.reporters=statsd', 'metrics.reporter.statsd.host=127.0.0.1', `metrics.reporter.statsd.port=${socket.address().port}`, 'metrics.reporter.statsd.interval=50ms', 'metrics.scope.operator=<operator_name>'].flatMap((one) => ['-D', one]);
  const run = start(['run', '-q', '-D', 'rest.port=-1', ...reporter, 'ticks.ts']);
  const end = ended(run);
  try {
    await eventually(() => expect(datagrams.join('\n')).toMatch(/^Map\.kind\.number\.seen:[1-9]\d*\|g$/m));
  } finally {
    run.kill('SIGINT');
    socket.close();
  }
  expect((await end).stderr).not.toContain('Warning');
  const refused = await flink(['run', '-D', 'metrics.reporter.mine.factory.class=statds', 'ticks.ts']);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain('metrics.reporter.mine.factory.class is "statds", but must be prometheus, statsd, otel or slf4j');
});

it('a run that is over at once has reported what its tasks have counted', async () => {
  file('short.ts', job('numbers.map((n) => n).disableChaining().print();'));
  const run = await flink(['run', '-D', 'metrics.reporters=slf4j', '-D', 'metrics.scope.task=<task_name>', 'short.ts']);
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(/^Map\.numRecordsIn: 10$/m);
  // What became of the job stands below.
  expect(run.stderr.indexOf('numRecordsIn')).toBeLessThan(run.stderr.indexOf('has finished'));
  const detached = await flink(['run', '-d', '-q', '-D', 'metrics.reporters=slf4j', '-D', 'metrics.scope.task=<task_name>', '-D', 'rest.port=-1', '-D', `env.log.dir=${path}/logs`, 'short.ts']);
  expect(detached.code).toBe(0);
  await eventually(() => expect(readdirSync(`${path}/logs`).map((name) => readFileSync(`${path}/logs/${name}`, 'utf8')).join('')).toMatch(/Map\.numRecordsIn: 10$/m));
});

it('a run that is over at once has told an OpenTelemetry collector, and waits for none that does not answer', async () => {
  file('short.ts', job('numbers.map((n) => n).disableChaining().print();'));
  const bodies: string[] = [];
  let answers = true;
  const collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (more: string) => (body += more)).on('end', () => {
      bodies.push(body);
      if (answers) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  const run = (): Promise<Run> => flink(['run', '-q', '-D', 'metrics.reporters=otel', '-D', `metrics.reporter.otel.exporter.endpoint=http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/metrics`, 'short.ts']);
  try {
    expect(await run()).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') });
    expect(bodies.join('\n')).toContain('flink.taskmanager.job.task.numRecordsIn');
    answers = false;
    const heard = bodies.length;
    expect((await run()).code).toBe(0);
    expect(bodies.length).toBeGreaterThan(heard);
  } finally {
    collector.closeAllConnections();
    collector.close();
  }
});
