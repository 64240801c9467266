import { describe, expect, it } from 'vitest';
import type { JobResult } from '../../src/cluster/running-job.js';
import { FlinkError } from '../../src/core/errors.js';
import { closingLines, jsonLine, resultJson } from '../../src/client/job-summary.js';
import { metrics, snapshot, vertex } from './fake-job.js';

const result: JobResult = {
  jobId: 'ab'.repeat(16),
  name: 'WordCount',
  status: 'FINISHED',
  netRuntimeMs: 1234.5678,
  accumulators: { lines: { kind: 'IntCounter', value: 42 }, words: { kind: 'ListAccumulator', value: ['a', 'b'] }, lengths: { kind: 'Histogram', value: { 3: 1 } }, big: { kind: 'Mine', value: 10n } },
  final: snapshot([vertex('v', 'Source', [metrics(0, { recordsOut: 3, busyMs: 1.2 }), metrics(1, { recordsOut: 4 })])]),
  outputClosed: false,
};

describe('a finished job', () => {
  it("is told in Flink's words", () => {
    expect(closingLines(result)).toEqual([
      'Program execution finished', `Job with JobID ${result.jobId} has finished.`, 'Job Runtime: 1235 ms', 'Accumulator Results: ',
      '- lines (IntCounter): 42', '- words (ListAccumulator) [2 elements]', '- lengths (Histogram): {"3":1}', '- big (Mine): 10',
    ]);
    expect(closingLines({ ...result, accumulators: {} })).toHaveLength(3);
    expect(closingLines({ ...result, status: 'FAILED' })).toEqual([]);
  });

  it('is one object for programs, with sums over the subtasks', () => {
    expect(JSON.parse(jsonLine(resultJson(result)))).toMatchObject({
      jobId: result.jobId, name: 'WordCount', status: 'FINISHED', netRuntimeMs: 1235, accumulators: { lines: 42, words: ['a', 'b'], big: '10' },
      vertices: [{ id: 'v', name: 'Source', parallelism: 2, state: 'RUNNING', recordsIn: 0, recordsOut: 7, subtasks: [{ subtask: 0, busyMs: 1 }, { subtask: 1 }] }],
    });
  });

  it('with checkpoints says how many there were, how long they took and how large they were', () => {
    const figures = (value: number) => ({ min: value, max: value, avg: value, p50: value, p90: value, p95: value, p99: value, p999: value });
    const checkpoints = {
      counts: { restored: 0, total: 3, inProgress: 0, completed: 2, failed: 1 }, latest: {}, history: [],
      summary: { checkpointedSize: figures(10), stateSize: figures(30), endToEndDuration: figures(7), persistedData: figures(0) },
    };
    expect(resultJson({ ...result, checkpoints })).toMatchObject({ checkpoints: { completed: 2, failed: 1, endToEndDuration: figures(7), checkpointedSize: figures(10), stateSize: figures(30) } });
    expect(resultJson(result)).not.toHaveProperty('checkpoints');
  });

  it('that was restarted says how often, and for programs why', () => {
    const lost = { error: new FlinkError('TASK_MANAGER_LOST', 'gone'), time: 9, concurrent: [] };
    const failure = { error: new Error('broke'), time: 8, task: { vertexId: 'v', name: 'Source', subtask: 1, attempt: 0 }, concurrent: [lost] };
    const restarted = { ...result, final: { ...result.final, restarts: 2, exceptions: [failure] } };
    expect(closingLines(restarted)).toContain('Restarts: 2');
    expect(JSON.parse(jsonLine(resultJson(restarted)))).toMatchObject({
      restarts: 2,
      exceptions: [{ time: 8, code: null, message: 'broke', task: { name: 'Source', vertexId: 'v', subtask: 1, attempt: 0 }, concurrent: [{ code: 'TASK_MANAGER_LOST', message: 'gone', task: null }] }],
    });
  });

  it('has a JSON form for values JSON has none for', () => {
    expect(jsonLine({ a: 1n, b: Number.POSITIVE_INFINITY, c: new Map([['k', 1]]), d: new Set([1]) })).toBe('{"a":"1","b":"Infinity","c":[["k",1]],"d":[1]}');
  });
});
