/**
 * Chaining: which edges become direct calls inside one task (Flink: `StreamingJobGraphGenerator`).
 *
 * Pure: the answer depends on the graph alone. Flink's condition on the exchange mode has no counterpart here, as
 * every exchange is pipelined; all others are below.
 *
 * Invariant: a chained operator has one in-edge, so a chain is a tree; the one exception is a head with the
 * strategy HEAD_WITH_SOURCES, which takes its sources into its task.
 */
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.js';
import { explicitMaxParallelism, type Topology, topologyOf } from './topology.js';

export type ChainObstacleKind =
  | 'CHAINING_DISABLED' | 'SEVERAL_INPUTS' | 'UNION' | 'SLOT_SHARING_GROUP' | 'UPSTREAM_NEVER' | 'DOWNSTREAM_NEVER' | 'NEW_CHAIN'
  | 'NOT_A_CHAINABLE_SOURCE' | 'PARALLELISM' | 'MAX_PARALLELISM' | 'PARTITIONING' | 'YIELDS_TO_LEGACY_SOURCE';

/** Why an edge is not chained. */
export interface ChainObstacle {
  readonly kind: ChainObstacleKind;
  /** For people: completes "not chained, because …". */
  readonly because: string;
}

export function isChainable(graph: StreamGraph, edge: StreamEdge): boolean {
  return chainObstacle(topologyOf(graph), edge) === undefined;
}

/** The first of Flink's conditions that the edge does not meet; undefined when it is chained. */
export function chainObstacle(topology: Topology, edge: StreamEdge): ChainObstacle | undefined {
  const up = topology.node(edge.source);
  const down = topology.node(edge.target);
  return (
    obstacleInJob(topology) ??
    obstacleInEdge(edge) ??
    obstacleInStrategies(topology, up, down) ??
    obstacleInInputs(topology, edge, down) ??
    obstacleBetween(topology, up, down) ??
    obstacleInHead(topology, up, down)
  );
}

function obstacle(kind: ChainObstacleKind, because: string): ChainObstacle {
  return { kind, because };
}

function obstacleInJob({ graph }: Topology): ChainObstacle | undefined {
  return graph.chainingEnabled ? undefined : obstacle('CHAINING_DISABLED', 'operator chaining is disabled for the job');
}

function obstacleInEdge(edge: StreamEdge): ChainObstacle | undefined {
  return edge.partitioning === 'FORWARD' ? undefined : obstacle('PARTITIONING', `the stream is partitioned by ${edge.partitioning}`);
}

function obstacleInStrategies(topology: Topology, up: StreamNode, down: StreamNode): ChainObstacle | undefined {
  if (up.chaining === 'NEVER') return obstacle('UPSTREAM_NEVER', `"${up.name}" has chaining disabled`);
  if (down.chaining === 'NEVER') return obstacle('DOWNSTREAM_NEVER', `"${down.name}" has chaining disabled`);
  if (down.chaining === 'HEAD') return obstacle('NEW_CHAIN', `"${down.name}" starts a new chain`);
  if (down.chaining === 'HEAD_WITH_SOURCES' && !isSourceOfOneStream(topology, up)) {
    return obstacle('NOT_A_CHAINABLE_SOURCE', `"${down.name}" chains to sources alone, and "${up.name}" is not a source that feeds only it`);
  }
  return undefined;
}

function obstacleInInputs(topology: Topology, edge: StreamEdge, down: StreamNode): ChainObstacle | undefined {
  const edges = topology.inEdges(down.id);
  if (edges.length > 1 && down.chaining !== 'HEAD_WITH_SOURCES') return obstacle('SEVERAL_INPUTS', `"${down.name}" reads ${edges.length} streams`);
  if (edges.filter((other) => other.input === edge.input).length > 1) return obstacle('UNION', `"${down.name}" reads a union of streams`);
  return undefined;
}

function obstacleBetween({ graph }: Topology, up: StreamNode, down: StreamNode): ChainObstacle | undefined {
  if (up.slotSharingGroup !== down.slotSharingGroup) {
    return obstacle('SLOT_SHARING_GROUP', `the slot-sharing groups differ ("${up.slotSharingGroup}" and "${down.slotSharingGroup}")`);
  }
  if (up.parallelism !== down.parallelism) return obstacle('PARALLELISM', `the parallelism changes from ${up.parallelism} to ${down.parallelism}`);
  if (graph.chainDifferentMaxParallelism) return undefined;
  const [upMax, downMax] = [explicitMaxParallelism(graph, up), explicitMaxParallelism(graph, down)];
  return upMax === downMax ? undefined : obstacle('MAX_PARALLELISM', `the maximum parallelism changes from ${shown(upMax)} to ${shown(downMax)}`);
}

/** A legacy source holds its thread's lock while it emits, so an operator that waits in its task would wait for ever. */
function obstacleInHead(topology: Topology, up: StreamNode, down: StreamNode): ChainObstacle | undefined {
  if (!down.yielding || !headOf(topology, up).legacySource) return undefined;
  return obstacle('YIELDS_TO_LEGACY_SOURCE', `"${down.name}" waits for asynchronous results, which a task headed by a legacy source cannot`);
}

function headOf(topology: Topology, node: StreamNode): StreamNode {
  let head = node;
  const seen = new Set<StreamNode>(); // a graph that was not validated yet may go in a circle
  while (!seen.has(head)) {
    seen.add(head);
    const [edge, ...more] = topology.inEdges(head.id);
    if (!edge || more.length > 0 || chainObstacle(topology, edge)) break;
    head = topology.node(edge.source);
  }
  return head;
}

function isSourceOfOneStream(topology: Topology, node: StreamNode): boolean {
  return node.kind === 'source' && !node.legacySource && topology.outEdges(node.id).length === 1;
}

function shown(maxParallelism: number): string {
  return maxParallelism > 0 ? String(maxParallelism) : 'the default';
}
