import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { createJobGraph } from '../../src/graph/translate.js';
import type { Partitioning, StreamNode } from '../../src/graph/stream-graph.js';
import type { Deployment } from '../../src/runtime/deployment.js';
import { directEdges } from '../../src/runtime/direct-edges.js';
import { executionFacts } from '../../src/runtime/subtask-context.js';
import { allocateMetrics } from '../../src/runtime/task-metrics.js';
import { type EdgeSpec, graphOf, operator, source } from '../graph/sample-graph.js';

interface Shape {
  readonly parallelism?: readonly [number, number];
  readonly partitioning?: Partitioning;
  readonly slots?: readonly [number, number];
  readonly directCalls?: boolean;
  readonly target?: Partial<StreamNode>;
  readonly more?: readonly EdgeSpec[];
}

/** Direct edges of a source and one operator behind it. */
function directOf({ parallelism = [1, 1], partitioning = 'HASH', slots = [0, 0], directCalls = true, target = {}, more = [] }: Shape): string[] {
  const graph = graphOf([source('Source: In', { parallelism: parallelism[0] }), operator('Map', { parallelism: parallelism[1], ...target })], [[1, 2, { partitioning }], ...more]);
  const jobGraph = createJobGraph(graph, '0'.repeat(32));
  const deployment: Deployment = {
    jobGraph, taskManager: 0, channels: [], metrics: allocateMetrics(1), doorbells: [],
    subtasks: jobGraph.vertices.map((vertex, at) => ({ vertexId: vertex.id, subtask: 0, attempt: 0, slot: slots[at]!, metricsIndex: at })),
    settings: { objectReuse: true, specialiseKernels: false, defaultMaxDriftMs: 0, checkpointing: false, checkpointsAfterTasksFinish: true, directCalls, execution: executionFacts(new Configuration()) },
    staged: false,
  };
  return [...directEdges(deployment)];
}

describe('an edge needs no channel', () => {
  it.each<Partitioning>(['HASH', 'REBALANCE', 'RESCALE', 'SHUFFLE', 'BROADCAST', 'GLOBAL'])('when it is a %s edge between two single subtasks in one slot', (partitioning) => {
    expect(directOf({ partitioning })).toEqual(['edge-0']);
  });

  it('but does when one side has several subtasks', () => {
    expect([directOf({ parallelism: [2, 1] }), directOf({ parallelism: [1, 2] })]).toEqual([[], []]);
  });

  it('but does when the two are in different slots', () => {
    expect(directOf({ slots: [0, 1] })).toEqual([]);
  });

  it('but does when a custom partitioner must be asked', () => {
    expect(directOf({ partitioning: 'CUSTOM' })).toEqual([]);
  });

  it('but does when the chain was cut on request', () => {
    expect(directOf({ partitioning: 'FORWARD', target: { chaining: 'HEAD' } })).toEqual([]);
    expect(directOf({ directCalls: false })).toEqual([]);
  });

  it('but does when its target reads another stream too', () => {
    expect(directOf({ more: [[1, 2, { partitioning: 'REBALANCE', ordinal: 1 }]] })).toEqual([]);
  });
});
