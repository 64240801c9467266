/**
 * StreamGraph → JobGraph: chains become vertices, the edges between them intermediate results.
 *
 * Pure and deterministic: equal StreamGraphs give equal JobGraphs, vertices in topological order.
 */
import { type Chain, chainsOf } from './chains.js';
import { graphHash } from './graph-hash.js';
import type { ChainedOperator, JobEdge, JobGraph, JobVertex } from './job-graph.js';
import { operatorIds } from './operator-id.js';
import type { StreamEdge, StreamGraph } from './stream-graph.js';
import { explicitMaxParallelism, type Topology, topologyOf } from './topology.js';
import { effectiveMaxParallelism, resolvedRuntimeMode, validateGraph } from './validate.js';

/**
 * @param jobId 32 hexadecimal digits.
 * @throws FlinkError GRAPH_INVALID naming the operators that break a rule.
 */
export function createJobGraph(graph: StreamGraph, jobId: string): JobGraph {
  const topology = topologyOf(graph);
  validateGraph(topology);
  const ids = operatorIds(graph);
  const chains = chainsOf(topology);
  const vertexIds = new Map(chains.flatMap((chain) => chain.nodes.map((node) => [node.id, idOf(ids, chain.head.id)] as const)));
  const chained = new Set(chains.flatMap((chain) => chain.edges));
  return {
    jobId,
    jobName: graph.jobName,
    graphHash: graphHash(graph),
    runtimeMode: resolvedRuntimeMode(graph),
    globalJobParameters: graph.globalJobParameters,
    vertices: chains.map((chain) => vertexOf(topology, chain, ids)),
    edges: graph.edges.filter((edge) => !chained.has(edge)).map((edge) => jobEdgeOf(topology, edge, vertexIds)),
  };
}

function vertexOf(topology: Topology, chain: Chain, ids: ReadonlyMap<number, string>): JobVertex {
  const { head } = chain;
  const colocation = chain.nodes.find((node) => node.colocation !== undefined)?.colocation;
  const maxParallelism = maxParallelismOf(topology.graph, chain);
  return {
    id: idOf(ids, head.id),
    name: chain.name,
    parallelism: head.parallelism,
    maxParallelism,
    ...(chain.nodes.some(({ nonParallel }) => nonParallel) ? { nonParallel: true } : {}),
    slotSharingGroup: head.slotSharingGroup,
    ...(colocation === undefined ? {} : { colocation }),
    bufferTimeoutMs: bufferTimeoutOf(topology, chain),
    operators: chain.nodes.map((node): ChainedOperator => ({
      nodeId: node.id,
      operatorId: idOf(ids, node.id),
      name: node.name,
      operator: node.operator,
      ...(node.uid === undefined ? {} : { uid: node.uid }),
      ...(node.uid === undefined || node.uidHash === undefined ? {} : { savedAs: node.uidHash }),
      maxParallelism,
    })),
    chainedEdges: chain.edges.map((edge) => ({ sourceNode: edge.source, targetNode: edge.target, ...sideOutputOf(edge) })),
    kind: kindOf(topology, chain),
  };
}

/** The smallest that anyone set, so that no operator of the chain gets more key groups than it allows. */
function maxParallelismOf(graph: StreamGraph, chain: Chain): number {
  const explicit = chain.nodes.map((node) => explicitMaxParallelism(graph, node)).filter((max) => max > 0);
  return explicit.length > 0 ? Math.min(...explicit) : effectiveMaxParallelism(graph, chain.head);
}

/** The most eager of the operators that send records out of the task; -1 (only full buffers) is the least eager. */
function bufferTimeoutOf(topology: Topology, chain: Chain): number {
  const senders = chain.nodes.filter((node) => topology.outEdges(node.id).some((edge) => !chain.edges.includes(edge)));
  const timeouts = (senders.length > 0 ? senders : [chain.head]).map((node) => node.bufferTimeoutMs);
  const eager = timeouts.filter((timeout) => timeout >= 0);
  return eager.length > 0 ? Math.min(...eager) : -1;
}

function kindOf(topology: Topology, chain: Chain): JobVertex['kind'] {
  if (chain.nodes.some((node) => node.kind === 'source')) return 'source';
  const leaves = chain.nodes.filter((node) => topology.outEdges(node.id).length === 0);
  const sends = chain.nodes.some((node) => topology.outEdges(node.id).some((edge) => !chain.edges.includes(edge)));
  return !sends && leaves.every((node) => node.kind === 'sink') ? 'sink' : 'operator';
}

function jobEdgeOf(topology: Topology, edge: StreamEdge, vertexIds: ReadonlyMap<number, string>): JobEdge {
  const streamEdge = topology.positionOf(edge);
  return {
    id: `edge-${streamEdge}`,
    sourceVertex: idOf(vertexIds, edge.source),
    targetVertex: idOf(vertexIds, edge.target),
    sourceNode: edge.source,
    targetNode: edge.target,
    input: edge.input,
    partitioning: edge.partitioning,
    ...sideOutputOf(edge),
    ...(edge.aligned === true ? { aligned: true } : {}),
    streamEdge,
  };
}

function sideOutputOf(edge: StreamEdge): { sideOutput?: string } {
  return edge.sideOutput === undefined ? {} : { sideOutput: edge.sideOutput };
}

/** Every node has an id once `operatorIds` and `chainsOf` have returned. */
function idOf(ids: ReadonlyMap<number, string>, nodeId: number): string {
  return ids.get(nodeId) ?? '';
}
