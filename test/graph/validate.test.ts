import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import type { StreamGraph } from '../../src/graph/stream-graph.js';
import { createJobGraph } from '../../src/graph/translate.js';
import { graphOf, operator, sink, source, withNode } from './sample-graph.js';

const pipeline = graphOf([source('In'), operator('Map'), sink('Out')], [[1, 2], [2, 3]]);

function refusal(graph: StreamGraph): string {
  try {
    createJobGraph(graph, 'a'.repeat(32));
  } catch (error) {
    if (error instanceof FlinkError && error.code === 'GRAPH_INVALID') return error.message;
    throw error;
  }
  throw new Error('the graph was accepted');
}

describe('a graph is refused', () => {
  it('when it is empty', () => {
    expect(refusal(graphOf([], []))).toMatch(/at least one operator/);
  });

  it('when two operators have the same uid, naming both', () => {
    expect(refusal(withNode(withNode(pipeline, 1, { uid: 'x' }), 3, { uid: 'x' }))).toMatch(/uid "x" for "In" and "Out"/);
  });

  it('when forward joins different parallelisms', () => {
    expect(refusal(withNode(pipeline, 3, { parallelism: 4 }))).toMatch(/forward\(\), got 1 for "Map" and 4 for "Out"/);
  });

  it('when the parallelism exceeds the maximum, set by the operator or by the job', () => {
    const wide = graphOf([source('In', { parallelism: 200 })], []);
    expect(refusal(withNode(wide, 1, { maxParallelism: 100 }))).toMatch(/parallelism of "In" .* 100, got 200/);
    expect(refusal({ ...wide, maxParallelism: 100 })).toMatch(/parallelism of "In" .* 100, got 200/);
    expect(refusal(withNode(wide, 1, { parallelism: 40000 }))).toMatch(/32768, got 40000/);
    expect(refusal(withNode(wide, 1, { maxParallelism: 40000 }))).toMatch(/at most 32768, got 40000/);
  });

  it('when an input has no stream, or a stream no input', () => {
    expect(refusal(withNode(pipeline, 2, { inputs: 2 }))).toMatch(/input 2 of "Map", got none/);
    expect(refusal(withNode(pipeline, 2, { inputs: 0 }))).toMatch(/"Map" to have 0 inputs, got a stream from "In" on input 1/);
    expect(refusal(graphOf([operator('Alone', { inputs: 0 })], []))).toMatch(/"Alone" to read a stream/);
  });

  it('when a stream comes from nowhere', () => {
    expect(refusal({ ...pipeline, edges: [{ source: 9, target: 2, input: 0, partitioning: 'FORWARD', ordinal: 0 }] })).toMatch(/got the id 9/);
    expect(refusal({ ...pipeline, nodes: [...pipeline.nodes, ...pipeline.nodes.slice(0, 1)] })).toMatch(/got 1 for "In" and "In"/);
  });

  it('when a keyed input gets a stream that is spread otherwise', () => {
    const keyed = graphOf([source('In'), operator('Count', { keyedInputs: [0] })], [[1, 2, { partitioning: 'REBALANCE' }]]);
    expect(refusal(keyed)).toMatch(/stream from "In" to be keyed.*"Count".*REBALANCE/);
  });

  it('when it goes in a circle, also where every operator of it has a uid', () => {
    const circle = graphOf([source('In'), operator('A', { uid: 'a' }), operator('B', { uid: 'b' })], [[1, 2], [2, 3], [3, 2]]);
    expect(refusal(circle)).toMatch(/circle, got "A", "B"/);
    expect(refusal(graphOf([source('In'), operator('A', { uid: 'a' }), operator('B', { uid: 'b' })], [[2, 3], [3, 2]]))).toMatch(/circle, got "A", "B"/);
  });

  it('when the ends of an iteration cannot run side by side', () => {
    const loop = withNode(withNode(pipeline, 2, { colocation: 'loop' }), 3, { colocation: 'loop' });
    expect(refusal({ ...withNode(loop, 3, { slotSharingGroup: 'x' }) })).toMatch(/"Map" and "Out".*"default" and "x"/);
    const spread = { ...withNode(loop, 3, { parallelism: 2 }), edges: pipeline.edges.map((edge) => ({ ...edge, partitioning: 'REBALANCE' as const })) };
    expect(refusal(spread)).toMatch(/"Map" and "Out".*1 and 2/);
  });

  it('when it is to run as a batch but is unbounded or iterates', () => {
    const batch = { ...pipeline, runtimeMode: 'BATCH' as const };
    expect(refusal(withNode(batch, 1, { bounded: false }))).toMatch(/the unbounded "In"/);
    expect(refusal(withNode(batch, 2, { colocation: 'loop' }))).toMatch(/no iteration.*"Map"/);
  });
});
