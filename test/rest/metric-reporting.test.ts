/** Reporters against whoever listens: UDP, HTTP, a log, and Prometheus on a port of its own. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { optionOf } from '../../src/core/options.js';
import type { ScopedMetrics } from '../../src/metrics/metric-sample.js';
import { type MetricReporting, startReporting } from '../../src/rest/metric-reporting.js';
import { promtool } from '../metrics/promtool.js';
import { eventually } from '../eventually.js';

const distribution = { count: 5, min: 1, max: 9, mean: 4, stddev: 2, quantiles: [4, 5, 6, 7, 8, 8.5, 9] };
const METRICS: ScopedMetrics[] = [
  { scope: 'jm', variables: { host: 'here' }, metrics: [{ name: 'numRunningJobs', groups: [], values: {}, kind: 'gauge', value: 2 }] },
  {
    scope: 'operator', variables: { host: 'here', tm_id: 'tm', job_name: 'Words', task_name: 'Map', operator_name: 'Map: all', subtask_index: '0' },
    metrics: [
      { name: 'seen', groups: ['topic'], values: { topic: 'a' }, kind: 'counter', value: 7 }, { name: 'speed', groups: [], values: {}, kind: 'meter', value: 0.5, count: 9 },
      { name: 'change', groups: [], values: {}, kind: 'gauge', value: -3 }, { name: 'state', groups: [], values: {}, kind: 'gauge', value: 'text' }, { name: 'busy', groups: [], values: {}, kind: 'gauge', value: true },
      { name: 'sizes', groups: [], values: {}, kind: 'histogram', distribution },
    ],
  },
];

const said: string[] = [];
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  // What they reported last is of no test.
  said.length = 0;
});

async function report(values: Record<string, string>, sample = (_last: boolean): Promise<ScopedMetrics[]> => Promise.resolve(METRICS)): Promise<MetricReporting> {
  const configuration = new Configuration();
  for (const [key, value] of Object.entries(values)) configuration.setRaw(optionOf(key, 'the test'), value, 'the test', key);
  const reporting = await startReporting({ configuration, version: '1.2.3', clock: systemClock, sample, say: (line) => said.push(line) });
  open.unshift(reporting);
  return reporting;
}

const until = (so: () => boolean): Promise<void> => eventually(() => {
  if (!so()) throw new Error(`it never came to ${so.toString()}`);
});

describe('the StatsD reporter', () => {
  it('sends gauges in datagrams, negative ones after a zero', async () => {
    const datagrams: string[] = [];
    const socket = createSocket('udp4').on('message', (message) => void datagrams.push(message.toString('utf8')));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    await report({ 'metrics.reporter.s.factory.class': 'statsd', 'metrics.reporter.s.host': '127.0.0.1', 'metrics.reporter.s.port': String(socket.address().port), 'metrics.reporter.s.interval': '20 ms', 'metrics.scope.operator': '<job_name>.<operator_name>' });
    await until(() => datagrams.length > 1);
    socket.close();
    expect(datagrams[0]!.split('\n')).toEqual([
      'here.jobmanager.numRunningJobs:2|g', 'Words.Map--all.topic.a.seen:7|g', 'Words.Map--all.speed.rate:0.5|g', 'Words.Map--all.speed.count:9|g', 'Words.Map--all.change:0|g', 'Words.Map--all.change:-3|g', 'Words.Map--all.busy:1|g',
      ...[['count', 5], ['min', 1], ['max', 9], ['mean', 4], ['stddev', 2], ['p50', 4], ['p75', 5], ['p95', 7], ['p98', 8], ['p99', 8.5], ['p999', 9]].map(([figure, value]) => `Words.Map--all.sizes.${figure}:${value}|g`),
    ]);
  });

  it('sends no datagram that networks would cut', async () => {
    const sizes: number[] = [];
    const socket = createSocket('udp4').on('message', (message) => void sizes.push(message.length));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const many = [{ ...METRICS[0]!, metrics: Array.from({ length: 200 }, (_, i) => ({ ...METRICS[0]!.metrics[0]!, name: `metric-number-${i}` })) }];
    await report({ 'metrics.reporters': 'statsd', 'metrics.reporter.statsd.port': String(socket.address().port), 'metrics.reporter.statsd.interval': '20 ms' }, () => Promise.resolve(many));
    await until(() => sizes.length > 8);
    socket.close();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_432);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(200 * 40);
  });
});

describe('the OpenTelemetry reporter', () => {
  /** A collector that answers so, and what it was sent. */
  async function collector(status: () => number): Promise<{ endpoint: string; bodies: any[] }> {
    const bodies: any[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (more: string) => (body += more)).on('end', () => {
        bodies.push({ path: request.url, ...JSON.parse(body) });
        response.writeHead(status(), { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    open.push(server);
    return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`, bodies };
  }

  it('sends sums and gauges with labels to a collector', async () => {
    const { endpoint, bodies } = await collector(() => 200);
    await report({ 'metrics.reporter.o.factory.class': 'org.apache.flink.metrics.otel.OpenTelemetryMetricReporterFactory', 'metrics.reporter.o.exporter.endpoint': endpoint, 'metrics.reporter.o.interval': '20 ms', 'metrics.reporter.o.service.name': 'words' });
    await until(() => bodies.length > 0);
    expect(bodies[0].path).toBe('/v1/metrics');
    const [{ resource, scopeMetrics: [{ metrics }] }] = bodies[0].resourceMetrics;
    expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'words' } });
    const named = Object.fromEntries(metrics.map((metric: any) => [metric.name, metric]));
    expect(Object.keys(named)).toEqual([
      'flink.jobmanager.numRunningJobs', 'flink.taskmanager.job.task.operator.topic.seen', 'flink.taskmanager.job.task.operator.speed.rate', 'flink.taskmanager.job.task.operator.speed.count', 'flink.taskmanager.job.task.operator.change', 'flink.taskmanager.job.task.operator.busy',
      ...['count', 'min', 'max', 'mean', 'stddev'].map((figure) => `flink.taskmanager.job.task.operator.sizes.${figure}`), 'flink.taskmanager.job.task.operator.sizes',
    ]);
    const { sum } = named['flink.taskmanager.job.task.operator.topic.seen'];
    expect([sum.isMonotonic, sum.dataPoints[0].asDouble]).toEqual([false, 7]);
    expect(sum.dataPoints[0].attributes).toEqual(expect.arrayContaining([{ key: 'topic', value: { stringValue: 'a' } }, { key: 'operator_name', value: { stringValue: 'Map: all' } }]));
    expect(named['flink.taskmanager.job.task.operator.sizes'].gauge.dataPoints.map(({ asDouble }: any) => asDouble)).toEqual(distribution.quantiles);
  });

  it('that cannot send says so once, goes on, and says so again when it fails anew', async () => {
    let status = 400;
    const { endpoint, bodies } = await collector(() => status);
    await report({ 'metrics.reporters': 'otel', 'metrics.reporter.otel.exporter.endpoint': endpoint, 'metrics.reporter.otel.interval': '10 ms' });
    await until(() => bodies.length > 3);
    expect(said).toEqual([expect.stringMatching(/^Warning: the metrics reporter "otel" cannot report: .*It goes on trying every 10 ms\.$/)]);
    status = 200;
    const before = bodies.length;
    await until(() => bodies.length > before + 2);
    status = 400;
    await until(() => said.length === 2);
    expect(said.length).toBe(2);
  });
});

describe('the reporter that logs', () => {
  it('writes what is there, by kind', async () => {
    await report({ 'metrics.reporters': 'slf4j', 'metrics.reporter.slf4j.interval': '10 ms', 'metrics.scope.operator': '<operator_name>' });
    await until(() => said.length > 0);
    const framed = (word: string): string => `=========================== ${word} metrics report ===========================`;
    const titled = (kind: string): string => `-- ${kind} ------------------------------------------------------------------------------`.slice(0, 79);
    expect(said[0]!.split('\n')).toEqual([
      framed('Starting'), titled('Counters'), 'Map: all.topic.a.seen: 7', titled('Gauges'), 'here.jobmanager.numRunningJobs: 2', 'Map: all.change: -3', 'Map: all.state: text', 'Map: all.busy: true', titled('Meters'), 'Map: all.speed: 0.5',
      titled('Histograms'), 'Map: all.sizes: count=5, min=1, max=9, mean=4, stddev=2, p50=4, p75=5, p95=7, p98=8, p99=8.5, p999=9',
      framed('Finished'),
    ]);
  });
});

describe('a reporter that is closed', () => {
  const inAnHour = { 'metrics.reporters': 'slf4j', 'metrics.reporter.slf4j.interval': '1 h' };

  it('reports once more, also of what has ended', async () => {
    const reporting = await report(inAnHour, (last) => Promise.resolve(last ? METRICS : []));
    await Promise.all([reporting.close(), reporting.close()]);
    expect(said.map((line) => line.includes('here.jobmanager.numRunningJobs: 2'))).toEqual([true]);
  });

  it('says why when that cannot be, and speaks of no other time', async () => {
    const reporting = await report(inAnHour, () => Promise.reject(new Error('no metrics today')));
    await reporting.close();
    expect(said).toEqual(['Warning: the metrics reporter "slf4j" cannot report: no metrics today.']);
  });

  it('keeps nobody waiting when its report gets nowhere', async () => {
    const reporting = await report(inAnHour, () => new Promise(() => undefined));
    await reporting.close();
    expect(said).toEqual([]);
  });
});

describe('the reporter for Prometheus', () => {
  const urlOf = (): string => /http:\S+/.exec(said[0]!)![0];

  it('answers at a port of its own, with filters and labels as configured', async () => {
    await report({ 'metrics.reporters': 'prom', 'metrics.reporter.prom.port': '0', 'metrics.reporter.prom.filterLabelValueCharacters': 'false', 'metrics.reporter.prom.filter.includes': '*:seen', 'metrics.reporter.prom.scope.variables.excludes': 'tm_id;host', 'metrics.reporter.prom.scope.variables.additional': 'zone:eu' });
    const text = await (await fetch(urlOf())).text();
    expect(await promtool(text)).toBe('read');
    expect(text.split('\n').filter((line) => !line.startsWith('#') && line !== '')).toEqual([
      'flink_taskmanager_job_task_operator_topic_seen{job_name="Words",task_name="Map",operator_name="Map: all",subtask_index="0",zone="eu",topic="a"} 7',
    ]);
  });

  it('takes the next of its ports when one is taken, and says when there is none', async () => {
    await report({ 'metrics.reporters': 'prom', 'metrics.reporter.prom.port': '0' });
    const port = Number(new URL(urlOf()).port);
    await report({ 'metrics.reporters': 'prom', 'metrics.reporter.prom.port': String(port) });
    expect(said[1]).toBe(`Warning: the metrics reporter "prom" does not run: the metrics reporter "prom" cannot listen at port ${port} of 127.0.0.1: others do. Set metrics.reporter.prom.port to a wider range, or to 0 for any port.`);
  });
});
