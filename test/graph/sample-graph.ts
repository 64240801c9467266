/**
 * Small StreamGraphs for tests: only what a test is about is written out, the rest has defaults.
 */
import type { StreamEdge, StreamGraph, StreamNode } from '../../src/graph/stream-graph.js';

export type EdgeSpec = readonly [source: number, target: number, rest?: Partial<StreamEdge>];

export function source(name = 'Source: In', rest: Partial<StreamNode> = {}): Partial<StreamNode> {
  return { name, kind: 'source', operator: 'Source', inputs: 0, bounded: true, chaining: 'HEAD', ...rest };
}

export function operator(name = 'Map', rest: Partial<StreamNode> = {}): Partial<StreamNode> {
  return { name, kind: 'operator', operator: name, inputs: 1, ...rest };
}

export function sink(name = 'Sink: Print', rest: Partial<StreamNode> = {}): Partial<StreamNode> {
  return { name, kind: 'sink', operator: 'Sink', inputs: 1, ...rest };
}

/** Nodes get the ids 1, 2, …; edges are FORWARD on input 0 unless they say otherwise. */
export function graphOf(nodes: readonly Partial<StreamNode>[], edges: readonly EdgeSpec[], rest: Partial<StreamGraph> = {}): StreamGraph {
  return {
    jobName: 'sample', runtimeMode: 'STREAMING', chainingEnabled: true, chainDifferentMaxParallelism: true, maxParallelism: -1, globalJobParameters: {},
    nodes: nodes.map((node, i) => nodeOf(i + 1, node)),
    edges: edges.map(([from, to, more]) => ({ source: from, target: to, input: 0, partitioning: 'FORWARD', ordinal: 0, ...more })),
    ...rest,
  };
}

function nodeOf(id: number, rest: Partial<StreamNode>): StreamNode {
  return {
    id, name: `Map ${id}`, operator: 'Map', kind: 'operator', legacySource: false, bounded: false, parallelism: 1, maxParallelism: -1,
    slotSharingGroup: 'default', chaining: 'ALWAYS', yielding: false, inputs: 1, keyedInputs: [], bufferTimeoutMs: 100, ...rest,
  };
}

/** The graph with one node changed. */
export function withNode(graph: StreamGraph, id: number, change: Partial<StreamNode>): StreamGraph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)) };
}
