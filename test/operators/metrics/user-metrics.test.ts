import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counter, Meter, MetricHistogram } from '../../../src/operators/metric-group.js';
import { DescriptiveStatisticsHistogram } from '../../../src/operators/metrics/descriptive-statistics-histogram.js';
import { MeterView } from '../../../src/operators/metrics/meter-view.js';
import { SimpleCounter } from '../../../src/operators/metrics/simple-counter.js';
import { readMetrics } from '../../../src/runtime/operator-metrics.js';
import { SubtaskContext } from '../../../src/runtime/subtask-context.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';

const FACTS = {
  nodeId: 1, vertexId: 'v', subtask: 1, name: 'Map', jobId: 'j', jobName: 'Words', parallelism: 2, maxParallelism: 128, attempt: 3, globalJobParameters: {}, operatorId: 'o', vertexName: 'Source -> Map',
};

function reported(context: SubtaskContext) {
  return readMetrics([context])[0]!.operators[0]!;
}

describe('a meter', () => {
  it('says events per second over the last minute, looked at every five seconds', () => {
    const clock = new ManualClock();
    const context = new SubtaskContext(FACTS, clock);
    const meter = context.getMetricGroup().meter('events');
    meter.markEvent();
    meter.markEvent(59);
    expect(meter.getRate()).toBe(0);
    clock.advance(5_000);
    expect([meter.getRate(), meter.getCount(), reported(context).metrics]).toEqual([1, 60, { events: 1 }]);
    clock.advance(55_000);
    expect(meter.getRate()).toBe(1);
    clock.advance(5_000);
    expect(meter.getRate()).toBe(0);
    context.close();
    expect(clock.scheduled).toBe(0);
  });

  it('is reported with its events', () => {
    const context = new SubtaskContext(FACTS);
    context.getMetricGroup().meter('events').markEvent(3);
    expect(reported(context).described).toEqual({ events: { kind: 'meter', name: 'events', groups: [], values: {}, count: 3 } });
  });

  it('may be of a counter, and over another time', () => {
    const counter = new SimpleCounter();
    const meter = new MeterView(counter, 10);
    counter.inc(20);
    meter.update();
    expect(meter.getRate()).toBe(2);
    meter.update();
    meter.update();
    expect(meter.getRate()).toBe(0);
    expect(() => new MeterView(0)).toThrow('over a number of seconds greater than 0');
  });

  it('that is forgotten is not looked at any more', () => {
    const clock = new ManualClock();
    const group = new SubtaskContext(FACTS, clock).getMetricGroup();
    const inner = group.addGroup('mine');
    inner.meter('events');
    expect(clock.scheduled).toBe(1);
    inner.close!();
    expect(clock.scheduled).toBe(0);
  });
});

describe('a histogram', () => {
  it('says how the last values are distributed, and how many have come in all', () => {
    const histogram = new DescriptiveStatisticsHistogram(4);
    for (const value of [100, 1, 3, 2, 4]) histogram.update(value);
    const statistics = histogram.getStatistics();
    expect([histogram.getCount(), statistics.size(), statistics.getMin(), statistics.getMax(), statistics.getMean(), statistics.getValues()]).toEqual([5, 4, 1, 4, 2.5, [1, 2, 3, 4]]);
    expect([0.5, 0.75, 0.99].map((quantile) => statistics.getQuantile(quantile))).toEqual([2.5, 3.75, 4]);
    expect(statistics.getStdDev()).toBeCloseTo(1.29, 2);
  });

  it('of no values is all zeroes', () => {
    const statistics = new DescriptiveStatisticsHistogram().getStatistics();
    expect([statistics.getQuantile(0.5), statistics.getMean(), statistics.getStdDev(), statistics.getMin(), statistics.getMax()]).toEqual([0, 0, 0, 0, 0]);
  });

  it('has quantiles that lie between the least and the greatest value and rise', () => {
    fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 50 }), (values) => {
      const histogram = new DescriptiveStatisticsHistogram(20);
      for (const value of values) histogram.update(value);
      const statistics = histogram.getStatistics();
      const quantiles = [0, 0.1, 0.5, 0.9, 1].map((quantile) => statistics.getQuantile(quantile));
      expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
      expect([quantiles[0], quantiles.at(-1)]).toEqual([statistics.getMin(), statistics.getMax()]);
    }));
  });
});

describe('a group of metrics', () => {
  it('takes metrics of an author’s own, and answers with what it was given', () => {
    const context = new SubtaskContext(FACTS);
    const group = context.getMetricGroup();
    const counter: Counter = { inc: () => undefined, dec: () => undefined, getCount: () => 7 };
    const meter: Meter = { markEvent: () => undefined, getRate: () => 0.5, getCount: () => 0 };
    const histogram: MetricHistogram = new DescriptiveStatisticsHistogram();
    histogram.update(3);
    expect([group.counter('own', counter), group.meter('rate', meter), group.histogram('sizes', histogram)]).toEqual([counter, meter, histogram]);
    expect(group.counter('own')).toBe(counter);
    expect(group.gauge('load', { getValue: () => 0.25 }).getValue()).toBe(0.25);
    expect(reported(context).metrics).toEqual({
      own: 7, rate: 0.5, load: 0.25, sizes_min: 3, sizes_max: 3, sizes_mean: 3, sizes_stddev: 0, sizes_median: 3, sizes_p75: 3, sizes_p90: 3, sizes_p95: 3, sizes_p98: 3, sizes_p99: 3, sizes_p999: 3,
    });
  });

  it('with a key and a value has both in its name, and tells the value apart from it', () => {
    const context = new SubtaskContext(FACTS);
    const group = context.getMetricGroup().addGroup('kafka').addGroup('topic', 'orders');
    group.counter('lag').inc(5);
    expect(reported(context)).toMatchObject({ metrics: { 'kafka.topic.orders.lag': 5 }, described: { 'kafka.topic.orders.lag': { kind: 'counter', name: 'lag', groups: ['kafka', 'topic'], values: { topic: 'orders' } } } });
    expect(group.getAllVariables()).toEqual({
      '<job_id>': 'j', '<job_name>': 'Words', '<task_id>': 'v', '<task_name>': 'Source -> Map', '<task_attempt_num>': '3', '<subtask_index>': '1', '<operator_id>': 'o', '<operator_name>': 'Map', '<topic>': 'orders',
    });
  });

  it('leaves out a metric that throws, and nothing else', () => {
    const context = new SubtaskContext(FACTS);
    const group = context.getMetricGroup();
    group.meter('broken', { markEvent: () => undefined, getCount: () => 0, getRate: () => { throw new Error('boom'); } });
    group.counter('sound').inc();
    expect(structuredClone(reported(context)).metrics).toEqual({ sound: 1 });
  });
});
