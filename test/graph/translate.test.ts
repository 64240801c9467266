import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JobGraphSchema } from '../../src/graph/job-graph.js';
import { operatorIds } from '../../src/graph/operator-id.js';
import type { StreamGraph } from '../../src/graph/stream-graph.js';
import { createJobGraph } from '../../src/graph/translate.js';
import { type EdgeSpec, graphOf, operator, sink, source, withNode } from './sample-graph.js';

const JOB_ID = 'a'.repeat(32);
const HASH = { partitioning: 'HASH' } as const;
const translate = (graph: StreamGraph) => createJobGraph(graph, JOB_ID);
const names = (graph: StreamGraph) => translate(graph).vertices.map((vertex) => vertex.name);

/** Any graph without circles: edges go from lower ids to higher ones. */
const anyGraph = fc.integer({ min: 1, max: 8 }).chain((size) => {
  const edge = fc.record({ source: fc.integer({ min: 1, max: size }), target: fc.integer({ min: 1, max: size }), hash: fc.boolean() });
  return fc.array(edge, { maxLength: 12 }).map((edges) => {
    const forward = edges.filter((each) => each.source < each.target);
    const specs = forward.map((each): EdgeSpec => [each.source, each.target, each.hash ? HASH : {}]);
    const nodes = Array.from({ length: size }, (_, i) => (forward.some((each) => each.target === i + 1) ? operator(`Map ${i + 1}`) : source(`Source: ${i + 1}`)));
    return graphOf(nodes, specs);
  });
});

describe('createJobGraph', () => {
  it('makes one vertex of a chain, named as Flink names it, with the id of its head', () => {
    const graph = graphOf([source('Source: X'), operator('Map'), sink('Sink: A'), operator('Filter')], [[1, 2], [2, 3], [1, 4]]);
    const { vertices, edges } = translate(graph);
    expect(vertices.map((vertex) => vertex.name)).toEqual(['Source: X -> (Map -> Sink: A, Filter)']);
    expect(vertices[0]).toMatchObject({ id: operatorIds(graph).get(1), kind: 'source', parallelism: 1, maxParallelism: 128 });
    expect(vertices[0]?.operators.map((each) => each.nodeId)).toEqual([1, 2, 3, 4]);
    expect(edges).toEqual([]);
  });

  it('joins vertices by edges that remember the stream they came from', () => {
    const graph = graphOf([source('S'), operator('Map'), operator('Count', { parallelism: 2 }), sink('Out', { parallelism: 2 })], [[1, 2], [2, 3, { ...HASH, sideOutput: 'late' }], [3, 4]]);
    const { vertices, edges } = translate(graph);
    expect(vertices.map((vertex) => [vertex.name, vertex.kind, vertex.parallelism])).toEqual([['S -> Map', 'source', 1], ['Count -> Out', 'sink', 2]]);
    expect(edges).toEqual([{
      id: 'edge-1', sourceVertex: vertices[0]?.id, targetVertex: vertices[1]?.id, sourceNode: 2, targetNode: 3, input: 0, partitioning: 'HASH', sideOutput: 'late', streamEdge: 1,
    }]);
  });

  it('orders vertices so that each comes after those it reads from', () => {
    const graph = graphOf([operator('Last'), source('Late source'), source('Early source')], [[3, 1], [2, 1]]);
    expect(names(graph)).toEqual(['Late source', 'Early source', 'Last']);
  });

  it('takes sources into the task of an operator that chains with them', () => {
    const graph = graphOf([source('A'), source('B'), operator('Join', { inputs: 2, chaining: 'HEAD_WITH_SOURCES' }), sink('Out')], [[1, 3], [2, 3, { input: 1 }], [3, 4]]);
    const [vertex, ...more] = translate(graph).vertices;
    expect(more).toEqual([]);
    expect(vertex).toMatchObject({ name: 'Join [A, B] -> Out', id: operatorIds(graph).get(3), kind: 'source' });
    expect(vertex?.operators.map((each) => each.name)).toEqual(['Join', 'A', 'B', 'Out']);
  });

  it('uses the smallest maximum parallelism set in a chain, else that of the job, else the default', () => {
    const graph = graphOf([source('S'), sink('Out')], [[1, 2]]);
    const max = (changed: StreamGraph) => translate(changed).vertices[0]?.operators.map((each) => each.maxParallelism);
    expect(max(graph)).toEqual([128, 128]);
    expect(max({ ...graph, maxParallelism: 50 })).toEqual([50, 50]);
    expect(max(withNode(withNode(graph, 1, { maxParallelism: 300 }), 2, { maxParallelism: 20 }))).toEqual([20, 20]);
    expect(max(withNode(graph, 2, { maxParallelism: 300 }))).toEqual([300, 300]);
  });

  it('flushes the buffers of a vertex as often as its most eager sender wants', () => {
    const graph = graphOf([source('S', { bufferTimeoutMs: 10 }), operator('Map', { bufferTimeoutMs: -1 }), sink('Out')], [[1, 2], [2, 3, HASH]]);
    const timeout = (changed: StreamGraph) => translate(changed).vertices[0]?.bufferTimeoutMs;
    expect(timeout(graph)).toBe(-1);
    expect(timeout({ ...graph, edges: [...graph.edges, { source: 1, target: 3, input: 0, partitioning: 'HASH', ordinal: 1 }] })).toBe(10);
  });

  it('keeps co-location and slot-sharing groups', () => {
    const graph = graphOf([source('S', { slotSharingGroup: 'x' }), operator('Head', { slotSharingGroup: 'x', colocation: 'loop' })], [[1, 2, HASH]]);
    expect(translate(graph).vertices.map((vertex) => [vertex.slotSharingGroup, vertex.colocation])).toEqual([['x', undefined], ['x', 'loop']]);
  });

  it('resolves AUTOMATIC by whether every source is bounded', () => {
    const graph = graphOf([source('S')], [], { runtimeMode: 'AUTOMATIC' });
    expect(translate(graph).runtimeMode).toBe('BATCH');
    expect(translate(withNode(graph, 1, { bounded: false })).runtimeMode).toBe('STREAMING');
  });

  it('puts every node in one vertex and every edge either inside one or between two', () => {
    fc.assert(fc.property(anyGraph, (graph) => {
      const job = JobGraphSchema.parse(translate(graph));
      const placed = job.vertices.flatMap((vertex) => vertex.operators.map((each) => each.nodeId)).sort((a, b) => a - b);
      const position = new Map(job.vertices.map((vertex, i) => [vertex.id, i]));
      expect(placed).toEqual(graph.nodes.map((node) => node.id));
      expect(job.edges.length + job.vertices.reduce((sum, vertex) => sum + vertex.chainedEdges.length, 0)).toBe(graph.edges.length);
      expect(job.edges.every((edge) => (position.get(edge.sourceVertex) ?? NaN) < (position.get(edge.targetVertex) ?? NaN))).toBe(true);
    }));
  });

  it('gives the same job for the same program, apart from its id', () => {
    fc.assert(fc.property(anyGraph, (graph) => {
      expect(translate(structuredClone(graph))).toEqual(translate(graph));
    }));
  });
});
