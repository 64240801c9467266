import { expect, it } from 'vitest';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../src/core/timestamp.js';
import { ChainWatermarks } from '../../src/runtime/chain-watermarks.js';
import { readMetrics } from '../../src/runtime/operator-metrics.js';
import { SubtaskContext } from '../../src/runtime/subtask-context.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

function contextOf(nodeId: number, subtask = 0, vertexId = 'v'): SubtaskContext {
  return new SubtaskContext({ nodeId, vertexId, subtask, name: `operator ${nodeId}`, jobId: 'j', jobName: 'job', parallelism: 2, maxParallelism: 128, attempt: 0, globalJobParameters: {} });
}

it('reports hold counters and gauges of every operator, grouped by subtask, in the order of the chain', () => {
  const [tail, head, other] = [contextOf(2), contextOf(1), contextOf(1, 1)];
  tail.getMetricGroup().addGroup('mine').counter('seen').inc(3);
  tail.getMetricGroup().gauge('load', () => 0.5);
  expect(readMetrics([tail, head, other])).toEqual([
    { vertexId: 'v', subtask: 0, attempt: 0, operators: [
      { nodeId: 1, name: 'operator 1', metrics: {} },
      { nodeId: 2, name: 'operator 2', metrics: { 'mine.seen': 3, load: 0.5 }, described: { 'mine.seen': { kind: 'counter', name: 'seen', groups: ['mine'], values: {} } } },
    ] },
    { vertexId: 'v', subtask: 1, attempt: 0, operators: [{ nodeId: 1, name: 'operator 1', metrics: {} }] },
  ]);
});

it('reports can travel whatever a gauge answers, and leave out one that throws', () => {
  const context = contextOf(1);
  const group = context.getMetricGroup();
  group.gauge('object', () => ({ toString: () => 'shown' }));
  group.gauge('nothing', () => undefined);
  group.gauge('broken', () => {
    throw new Error('boom');
  });
  const [report] = readMetrics([context]);
  expect(structuredClone(report)!.operators[0]!.metrics).toEqual({ object: 'shown' });
});

it('the watermark of a chain is the smallest that left one of its ends', () => {
  const clock = new ManualClock(5000);
  const metrics = new TaskMetrics(allocateMetrics(1), 0);
  const watermarks = new ChainWatermarks(3, [1, 2], metrics, clock);
  expect(metrics.read(0)).toMatchObject({ currentInputWatermark: MIN_TIMESTAMP, currentOutputWatermark: MIN_TIMESTAMP, watermarkAt: 0 });
  watermarks.cameTo(0, 7);
  watermarks.leftFrom(0, 7);
  watermarks.leftFrom(1, 7);
  expect(metrics.read(0)).toMatchObject({ currentInputWatermark: 7, currentOutputWatermark: MIN_TIMESTAMP });
  watermarks.leftFrom(2, MAX_TIMESTAMP);
  expect(metrics.read(0)).toMatchObject({ currentOutputWatermark: 7, watermarkAt: 5000 });
  watermarks.statusFrom(1, true);
  expect(metrics.read(0).watermarkIdle).toBe(false);
  watermarks.statusFrom(2, true);
  expect(metrics.read(0).watermarkIdle).toBe(true);
});
