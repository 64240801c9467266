/** Metrics for people, and which of them words mean. */
import { describe, expect, it } from 'vitest';
import type { JobMetrics, MetricTable } from '../../../src/client/metrics/ask-metrics.js';
import { metricFilter } from '../../../src/client/metrics/metric-filter.js';
import { metricsText } from '../../../src/client/metrics/metrics-text.js';

const job = (subtasks: readonly MetricTable[], metrics: MetricTable = { numRestarts: 0 }): JobMetrics => ({
  jobId: 'a'.repeat(32), name: 'Words', state: 'RUNNING', metrics,
  vertices: [{ id: 'v', name: 'Map', parallelism: subtasks.length, subtasks: subtasks.map((one, subtask) => ({ subtask, metrics: one })) }],
});
const lines = (metrics: JobMetrics, width = 80): string[] => metricsText(metrics, width).split('\n').slice(1);

describe('metrics as text', () => {
  it('have one value where there is one subtask', () => {
    expect(metricsText(job([{ numRecordsIn: 12, rate: 1.23456 }]), 80)).toBe(`"Words" (${'a'.repeat(32)}) is RUNNING\n  numRestarts  0\nMap (1)\n  numRecordsIn     12\n  rate          1.235`);
  });

  it('have a column for each of a few subtasks', () => {
    expect(lines(job([{ in: 1, only: 2 }, { in: 30 }]))).toEqual(['  numRestarts  0', 'Map (2)', '        #0  #1', '  in     1  30', '  only   2   -']);
  });

  it('are summed up where columns do not fit, but for points in time', () => {
    const many = Array.from({ length: 9 }, (_, at) => ({ in: at, currentInputWatermark: at * 10, isIdle: 'false' }));
    expect(lines(job(many)).slice(2).map((line) => line.trim().split(/ +/))).toEqual([['sum', 'min', 'max'], ['currentInputWatermark', '-', '0', '80'], ['in', '36', '0', '8'], ['isIdle', '-', 'false']]);
    expect(lines(job([{ in: 1 }, { in: 2 }]), 8).slice(2)).toEqual(['      sum  min  max', '  in    3    1    2']);
  });

  it('name event time that has not begun, and that is over', () => {
    expect(lines(job([{ a: '-9223372036854775808', b: '9223372036854775807' }])).slice(2)).toEqual(['  a  (none)', '  b   (end)']);
  });

  it('leave out vertices of which none was asked for', () => expect(lines(job([{}]))).toEqual(['  numRestarts  0']));
});

describe('words mean metrics', () => {
  it.each([
    [[], 'anything', true],
    [['records'], 'numRecordsIn', true],
    [['records'], 'numBytesIn', false],
    [['bytes', 'records'], 'numBytesIn', true],
    [['num*In'], 'numRecordsIn', true],
    [['num*In'], 'numRecordsInPerSecond', false],
    [['*.p[0]'], 'x.p[0]', true],
    [['.'], 'plain', false],
  ] as const)('%j means %s: %s', (words, name, meant) => expect(metricFilter(words)(name)).toBe(meant));
});
