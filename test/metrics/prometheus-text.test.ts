import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRIC_SCOPES, type MetricSample, metricsAsJson, metricsFromJson, type ScopedMetrics } from '../../src/metrics/metric-sample.js';
import { prometheusText } from '../../src/metrics/prometheus-text.js';
import { promtool } from './promtool.js';

const TASK = { host: 'localhost', job_name: 'Word count', task_name: 'Source: a -> Map', subtask_index: '0' };

function sample(more: Partial<MetricSample>): MetricSample {
  return { name: 'records', groups: [], values: {}, kind: 'gauge', value: 1, ...more };
}

function linesOf(metrics: MetricSample[], scope: ScopedMetrics['scope'] = 'task', variables: Record<string, string> = TASK): string[] {
  return prometheusText([{ scope, variables, metrics }]).trim().split('\n');
}

describe('metrics for Prometheus', () => {
  it('are named and labelled as Flink’s reporter does, without characters that Prometheus does not take', () => {
    expect(linesOf([sample({ name: 'lag-max', groups: ['kafka', 'topic'], values: { topic: 'orders.eu' }, value: 2.5 })])).toEqual([
      '# HELP flink_taskmanager_job_task_kafka_topic_lag_max lag-max (scope: taskmanager_job_task_kafka_topic)',
      '# TYPE flink_taskmanager_job_task_kafka_topic_lag_max gauge',
      'flink_taskmanager_job_task_kafka_topic_lag_max{host="localhost",job_name="Word_count",task_name="Source:_a____Map",subtask_index="0",topic="orders_eu"} 2.5',
    ]);
  });

  it('have labels as they are when asked to', () => {
    expect(prometheusText([{ scope: 'jm', variables: { 'job-name': 'a "b" \\ \n c' }, metrics: [sample({})] }], { filterLabelValueCharacters: false })).toContain(String.raw`flink_jobmanager_records{job_name="a \"b\" \\ \n c"} 1`);
  });

  it('are counters, gauges and meters as gauges, truth as 1 and 0, what is no number as 0', () => {
    const text = linesOf([sample({ name: 'a', kind: 'counter', value: 3 }), sample({ name: 'b', value: true }), sample({ name: 'c', value: 'n/a' }), sample({ name: 'd', kind: 'meter', value: Number.NaN }), sample({ name: 'e', value: undefined })], 'jm', {});
    expect(text.filter((line) => !line.startsWith('#'))).toEqual(['flink_jobmanager_a 3', 'flink_jobmanager_b 1', 'flink_jobmanager_c 0', 'flink_jobmanager_d NaN', 'flink_jobmanager_e 0']);
    expect(text.filter((line) => line.startsWith('# TYPE')).every((line) => line.endsWith(' gauge'))).toBe(true);
  });

  it('are histograms as summaries', () => {
    const distribution = { count: 5, min: 0, max: 9, mean: 4, stddev: 1, quantiles: [1, 2, 3, 4, 5, 6, 7] };
    expect(linesOf([sample({ name: 'h', kind: 'histogram', value: undefined, distribution })], 'jm', { host: 'x' })).toEqual([
      '# HELP flink_jobmanager_h h (scope: jobmanager)', '# TYPE flink_jobmanager_h summary', 'flink_jobmanager_h_count{host="x"} 5',
      ...[[0.5, 1], [0.75, 2], [0.95, 4], [0.98, 5], [0.99, 6], [0.999, 7]].map(([quantile, value]) => `flink_jobmanager_h{host="x",quantile="${quantile}"} ${value}`),
    ]);
  });

  it('say of event time that has not begun what Flink says', () => {
    const values = [sample({ name: 'currentInputWatermark', value: -Infinity }), sample({ name: 'other', value: Infinity })];
    expect(linesOf(values, 'jm', {}).filter((line) => !line.startsWith('#'))).toEqual(['flink_jobmanager_currentInputWatermark -9223372036854776000', 'flink_jobmanager_other +Inf']);
  });

  it('are read by Prometheus’s own tool, whatever they are called', async () => {
    const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('h', 'h_count', 'h_sum', 'quantile', '__name__', 'a.b', 'a-b', '1', ''));
    const number = fc.oneof(fc.double(), fc.integer());
    const metric = fc.record({ name: text, groups: fc.array(text, { maxLength: 1 }), values: fc.dictionary(text, text, { maxKeys: 2 }) }).chain((base) =>
      fc.oneof(
        fc.oneof(number, fc.boolean(), text).map((value): MetricSample => ({ ...base, kind: 'gauge', value })),
        fc.array(number, { minLength: 7, maxLength: 7 }).map((quantiles): MetricSample => ({ ...base, kind: 'histogram', distribution: { count: 1, min: 0, max: 0, mean: 0, stddev: 0, quantiles } })),
      ));
    const scoped = fc.record({ scope: fc.constantFrom(...METRIC_SCOPES), variables: fc.dictionary(text, text, { maxKeys: 3 }), metrics: fc.array(metric, { maxLength: 8 }) });
    await fc.assert(fc.asyncProperty(fc.array(scoped, { maxLength: 6 }), fc.boolean(), async (all, filterLabelValueCharacters) => {
      const written = prometheusText(all, { filterLabelValueCharacters });
      expect(samplesOf(written).length).toBe(new Set(samplesOf(written)).size);
      expect(familiesOf(written).length).toBe(new Set(familiesOf(written)).size);
      expect(await promtool(written)).toBe('read');
    }), { numRuns: 40 });
  });
});

function samplesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')));
}

function familiesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]!);
}

describe('metrics that go from one process to another', () => {
  it('come back as they were', () => {
    const distribution = { count: 5, min: -Infinity, max: 9, mean: Number.NaN, stddev: 1, quantiles: [1, 2, 3, 4, 5, 6, 7] };
    const all: ScopedMetrics[] = [{ scope: 'task', variables: TASK, metrics: [sample({ value: Infinity }), sample({ value: 'text' }), sample({ value: false }), { name: 'h', groups: ['g'], values: { g: 'v' }, kind: 'histogram', distribution }] }];
    expect(metricsFromJson(JSON.parse(JSON.stringify(metricsAsJson(all))))).toEqual(all);
  });

  it('are refused when they are none', () => {
    expect(() => metricsFromJson([{ scope: 'elsewhere', variables: {}, metrics: [] }])).toThrow();
  });
});
