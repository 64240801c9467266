import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { optionOf } from '../../src/core/options.js';
import { filterMetrics } from '../../src/metrics/metric-filter.js';
import { identifierOf, scopeFormats } from '../../src/metrics/metric-identifier.js';
import type { MetricSample, ScopedMetrics } from '../../src/metrics/metric-sample.js';
import { reporterSettings } from '../../src/metrics/reporter-settings.js';

function configured(values: Record<string, string>): Configuration {
  const configuration = new Configuration();
  for (const [key, value] of Object.entries(values)) configuration.setRaw(optionOf(key, 'the test'), value, 'the test', key);
  return configuration;
}

const settings = (values: Record<string, string>) => reporterSettings(configured(values));

describe('reporters', () => {
  it('are all that are configured, by Flink’s classes or short words', () => {
    expect(settings({
      'metrics.reporter.a.factory.class': 'org.apache.flink.metrics.statsd.StatsDReporterFactory', 'metrics.reporter.a.host': 'stats', 'metrics.reporter.a.port': '8126', 'metrics.reporter.a.interval': '5 s',
      'metrics.reporter.b.factory.class': 'otel', 'metrics.reporter.b.exporter.endpoint': 'http://localhost:4318/v1/metrics', 'metrics.reporter.c.class': 'log',
    })).toMatchObject([
      { name: 'a', kind: 'statsd', host: 'stats', ports: [8126], intervalMs: 5_000 }, { name: 'b', kind: 'otel', endpoint: 'http://localhost:4318/v1/metrics', intervalMs: 10_000 }, { name: 'c', kind: 'slf4j', delimiter: '.' },
    ]);
  });

  it('are those that are named, where some are', () => {
    expect(settings({ 'metrics.reporter.a.factory.class': 'statsd', 'metrics.reporter.b.factory.class': 'slf4j', 'metrics.reporters': 'b' })).toMatchObject([{ name: 'b' }]);
    expect(settings({ 'metrics.reporters': 'prom' })).toMatchObject([{ name: 'prom', kind: 'prometheus', host: 'localhost', ports: expect.arrayContaining([9249, 9349]) as number[] }]);
    expect(settings({})).toEqual([]);
  });

  it.each([
    [{ 'metrics.reporter.s.factory.class': 'statds' }, 'metrics.reporter.s.factory.class is "statds", but must be prometheus, statsd, otel or slf4j', 'Did you mean "statsd"?'],
    [{ 'metrics.reporter.s.factory.class': 'org.apache.flink.metrics.statsd.StatsdReporterFactory' }, 'but must be', 'Did you mean "org.apache.flink.metrics.statsd.StatsDReporterFactory"?'],
    [{ 'metrics.reporter.d.factory.class': 'org.apache.flink.metrics.datadog.DatadogHttpReporterFactory' }, 'but must be', 'To run without it, name the others in metrics.reporters.'],
    [{ 'metrics.reporters': 'mine' }, 'metrics.reporters names "mine", but metrics.reporter.mine.factory.class is not set', 'Set it to prometheus, statsd, otel or slf4j.'],
    [{ 'metrics.reporters': 'otel' }, 'metrics.reporter.otel.exporter.endpoint is not set', 'http://localhost:4318/v1/metrics'],
    [{ 'metrics.reporters': 'otel', 'metrics.reporter.otel.exporter.endpoint': 'localhost' }, 'but must be the URL of a collector', 'http://localhost:4318/v1/metrics'],
    [{ 'metrics.reporters': 'otel', 'metrics.reporter.otel.exporter.protocol': 'gRPC' }, 'metrics.reporter.otel.exporter.protocol is "gRPC", but must be http', '4318'],
  ])('%j is refused', (values, message, hint) => {
    expect(() => settings(values as Record<string, string>)).toThrow(expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining(message), hint: expect.stringContaining(hint) }));
  });

  it('have values that are checked as any other', () => {
    expect(() => configured({ 'metrics.reporter.a.interval': 'soon' })).toThrow('metrics.reporter.a.interval is "soon" (the test), but must be a duration');
  });
});

const task: ScopedMetrics = { scope: 'task', variables: { host: 'here', tm_id: 'tm.1', job_name: 'Word count', task_name: 'Map', subtask_index: '0' }, metrics: [] };
const sample = (more: Partial<MetricSample>): MetricSample => ({ name: 'n', groups: [], values: {}, kind: 'gauge', value: 1, ...more });

describe('names of metrics for reporters without labels', () => {
  const name = (values: Record<string, string>, more: Partial<MetricSample> = {}, delimiter = '.') => identifierOf(task, sample(more), scopeFormats(configured(values)), delimiter, (part) => part.replaceAll(' ', '-'));

  it('are Flink’s, with the delimiter in no part', () => {
    expect(name({}, { groups: ['kafka', 'topic'], values: { topic: 'a.b' } })).toBe('here.taskmanager.tm_1.Word-count.Map.0.kafka.topic.a_b.n');
    expect(name({}, {}, '/')).toBe('here/taskmanager/tm.1/Word-count/Map/0/n');
  });

  it('begin as the configuration says; an asterisk is the scope around', () => {
    expect(name({ 'metrics.scope.task': 'flink.<job_name>.<nothing>.<task_name>' })).toBe('flink.Word-count.<nothing>.Map.n');
    expect(name({ 'metrics.scope.tm': '<host>', 'metrics.scope.tm-job': '*.<job_name>', 'metrics.scope.task': '*.<subtask_index>' })).toBe('here.Word-count.0.n');
  });
});

describe('a filter', () => {
  const all = [{ ...task, metrics: [sample({ name: 'numRecordsIn', kind: 'counter' }), sample({ name: 'numRecordsOut' }), sample({ name: 'lag', groups: ['kafka'] })] }, { ...task, scope: 'jm' as const, metrics: [sample({ name: 'uptime' })] }];
  const kept = (includes: string, excludes = ''): string[] => filterMetrics(includes, excludes)(all).flatMap(({ metrics }) => metrics.map(({ name }) => name));

  it('takes and leaves by scope, name and type', () => {
    expect(kept('*:*:*')).toEqual(['numRecordsIn', 'numRecordsOut', 'lag', 'uptime']);
    expect(kept('*:numRecords*,uptime')).toEqual(['numRecordsIn', 'numRecordsOut', 'uptime']);
    expect(kept('*:*:counter')).toEqual(['numRecordsIn']);
    expect(kept('taskmanager.job.task;*:uptime:gauge,meter')).toEqual(['numRecordsIn', 'numRecordsOut', 'uptime']);
    expect(kept('taskmanager*', '*:numRecordsOut')).toEqual(['numRecordsIn', 'lag']);
    expect(kept('')).toEqual([]);
  });
});
