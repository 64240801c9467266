import { describe, expect, it } from 'vitest';
import { describeGraphDifference, graphHash } from '../../src/graph/graph-hash.js';
import type { StreamGraph } from '../../src/graph/stream-graph.js';
import { graphOf, operator, sink, source, withNode } from './sample-graph.js';

const pipeline = graphOf([source('In'), operator('Map', { uid: 'mapper' }), sink('Out')], [[1, 2], [2, 3]]);

function difference(changed: StreamGraph): string {
  expect(graphHash(changed)).not.toBe(graphHash(pipeline));
  return describeGraphDifference(pipeline, changed);
}

describe('graphHash', () => {
  it('is the same for equal graphs, whatever the order of properties', () => {
    const reversed = { ...pipeline, nodes: pipeline.nodes.map((node) => Object.fromEntries(Object.entries(node).reverse())) } as StreamGraph;
    expect(graphHash(reversed)).toBe(graphHash(pipeline));
    expect(describeGraphDifference(pipeline, reversed)).toBe('');
  });

  it('leaves out what a program may compute anew each time: job name, job parameters, descriptions', () => {
    const renamed = withNode({ ...pipeline, jobName: 'run at noon', globalJobParameters: { started: 'now' } }, 2, { description: 'x' });
    expect(graphHash(renamed)).toBe(graphHash(pipeline));
    expect(describeGraphDifference(pipeline, renamed)).toBe('');
  });

  it('treats a property that is undefined like one that is absent', () => {
    expect(graphHash(withNode(pipeline, 1, { uid: undefined }))).toBe(graphHash(pipeline));
  });
});

describe('describeGraphDifference', () => {
  it('names the first operator that differs and what differs', () => {
    expect(difference(withNode(pipeline, 2, { parallelism: 4 }))).toBe('operator 2 "Map" (uid "mapper") differs: parallelism is expected to be 1, but is 4');
    expect(difference(withNode(pipeline, 2, { uid: undefined }))).toMatch(/uid is expected to be "mapper", but is unset/);
    expect(difference(withNode(pipeline, 2, { chaining: 'HEAD', operator: 'Filter', name: 'Filter' }))).toMatch(/operator is expected to be "Map", but is "Filter"/);
  });

  it('names an operator that is missing or was added', () => {
    const shorter = { ...pipeline, nodes: pipeline.nodes.slice(0, 2), edges: pipeline.edges.slice(0, 1) };
    expect(difference(shorter)).toBe('operator 3 "Out" was expected, but the graph ends before it');
    expect(describeGraphDifference(shorter, pipeline)).toBe('operator 3 "Out" was not expected: the graph should end before it');
  });

  it('names a stream that differs, is missing or was added', () => {
    const hashed = { ...pipeline, edges: pipeline.edges.map((edge) => ({ ...edge, partitioning: 'HASH' as const })) };
    expect(difference(hashed)).toBe('the stream from "In" to "Map" differs: partitioning is expected to be "FORWARD", but is "HASH"');
    expect(difference({ ...pipeline, edges: pipeline.edges.slice(0, 1) })).toBe('the stream from "Map" to "Out" was expected, but is missing');
    expect(describeGraphDifference({ ...pipeline, edges: [] }, pipeline)).toBe('the stream from "In" to "Map" was not expected');
  });

  it('names a job setting that differs', () => {
    expect(difference({ ...pipeline, chainingEnabled: false })).toBe('the job setting chainingEnabled is expected to be true, but is false');
  });
});
