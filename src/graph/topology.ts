/**
 * A StreamGraph seen from its nodes: who feeds whom, in the order in which the edges were made.
 *
 * Invariants:
 * - Edges keep the order of `graph.edges`; ids, chains and plans all depend on it.
 * - A topology is a view: it is only right as long as the graph does not change.
 */
import { FlinkError } from '../core/errors.js';
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.js';

export interface Topology {
  readonly graph: StreamGraph;
  node(id: number): StreamNode;
  inEdges(id: number): readonly StreamEdge[];
  outEdges(id: number): readonly StreamEdge[];
  /** Position of an edge of this graph in `graph.edges`. */
  positionOf(edge: StreamEdge): number;
}

/** @throws FlinkError GRAPH_INVALID when two nodes share an id or an edge names a node that does not exist. */
export function topologyOf(graph: StreamGraph): Topology {
  const nodes = new Map<number, StreamNode>();
  const ins = new Map<number, StreamEdge[]>();
  const outs = new Map<number, StreamEdge[]>();
  const positions = new Map<StreamEdge, number>();
  for (const node of graph.nodes) {
    const other = nodes.get(node.id);
    if (other) throw new FlinkError('GRAPH_INVALID', `expected every operator to have an id of its own, got ${node.id} for "${other.name}" and "${node.name}"`);
    nodes.set(node.id, node);
    ins.set(node.id, []);
    outs.set(node.id, []);
  }
  for (const [position, edge] of graph.edges.entries()) {
    positions.set(edge, position);
    listOf(outs, edge.source).push(edge);
    listOf(ins, edge.target).push(edge);
  }
  return {
    graph,
    node: (id) => nodes.get(id) ?? unknownNode(id),
    inEdges: (id) => listOf(ins, id),
    outEdges: (id) => listOf(outs, id),
    positionOf: (edge) => positions.get(edge) ?? -1,
  };
}

/** The maximum parallelism set for a node, by itself or by the job; -1 when nobody set one. */
export function explicitMaxParallelism(graph: StreamGraph, node: StreamNode): number {
  return node.maxParallelism > 0 ? node.maxParallelism : graph.maxParallelism;
}

/** For nodes that cannot be put in order: on a circle, or after one. */
export function circleError(nodes: readonly StreamNode[]): FlinkError {
  const names = nodes.map((node) => `"${node.name}"`).join(', ');
  return new FlinkError('GRAPH_INVALID', `expected every operator to be reached from a source without going in a circle, got ${names}`, {
    hint: 'Build feedback loops with iterate() and closeWith().',
  });
}

function listOf(lists: ReadonlyMap<number, StreamEdge[]>, id: number): StreamEdge[] {
  return lists.get(id) ?? unknownNode(id);
}

function unknownNode(id: number): never {
  throw new FlinkError('GRAPH_INVALID', `expected an operator of this graph, got the id ${id}`);
}
