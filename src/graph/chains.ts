/**
 * Cuts a StreamGraph into chains: each becomes one vertex of the JobGraph, one task at run time.
 *
 * Invariants:
 * - Every node is in exactly one chain; a chain's nodes have the same parallelism and slot-sharing group.
 * - Chains come in topological order, and by the id of their head where that leaves a choice.
 */
import { chainObstacle } from './chaining.js';
import type { StreamEdge, StreamNode } from './stream-graph.js';
import { circleError, type Topology } from './topology.js';

export interface Chain {
  readonly head: StreamNode;
  /** The head, the sources chained into it (HEAD_WITH_SOURCES alone has any), then in the order a record meets them. */
  readonly nodes: readonly StreamNode[];
  /** The edges that are direct calls. */
  readonly edges: readonly StreamEdge[];
  /** As Flink writes a task: `Source: X -> (Map -> Sink: A, Filter)`. */
  readonly name: string;
}

/** @throws FlinkError GRAPH_INVALID when the graph has a cycle; the operators on it are named. */
export function chainsOf(topology: Topology): Chain[] {
  const chained = new Set(topology.graph.edges.filter((edge) => !chainObstacle(topology, edge)));
  const heads = topology.graph.nodes.filter((node) => isHead(topology, node, chained));
  const chains = heads.map((head) => chainFrom(topology, head, chained));
  return inTopologicalOrder(topology, chains, chained);
}

function isHead(topology: Topology, node: StreamNode, chained: ReadonlySet<StreamEdge>): boolean {
  if (node.chaining === 'HEAD_WITH_SOURCES') return true;
  if (topology.inEdges(node.id).some((edge) => chained.has(edge))) return false;
  return !topology.outEdges(node.id).some((edge) => chained.has(edge) && topology.node(edge.target).chaining === 'HEAD_WITH_SOURCES');
}

function chainFrom(topology: Topology, head: StreamNode, chained: ReadonlySet<StreamEdge>): Chain {
  const nodes = [head];
  const edges: StreamEdge[] = [];
  const sources = topology.inEdges(head.id).filter((edge) => chained.has(edge));
  for (const edge of sources) {
    nodes.push(topology.node(edge.source));
    edges.push(edge);
  }
  const follow = (node: StreamNode): string => {
    const names: string[] = [];
    for (const edge of topology.outEdges(node.id)) {
      if (!chained.has(edge)) continue;
      const next = topology.node(edge.target);
      nodes.push(next);
      edges.push(edge);
      names.push(follow(next));
    }
    const name = node === head ? headName(head, sources.map((edge) => topology.node(edge.source))) : node.name;
    return chainedName(name, names);
  };
  const name = follow(head);
  return { head, nodes, edges, name };
}

function headName(head: StreamNode, sources: readonly StreamNode[]): string {
  return sources.length === 0 ? head.name : `${head.name} [${sources.map((source) => source.name).join(', ')}]`;
}

function chainedName(name: string, next: readonly string[]): string {
  if (next.length === 0) return name;
  return next.length === 1 ? `${name} -> ${next[0]}` : `${name} -> (${next.join(', ')})`;
}

function inTopologicalOrder(topology: Topology, chains: readonly Chain[], chained: ReadonlySet<StreamEdge>): Chain[] {
  const chainOf = new Map(chains.flatMap((chain) => chain.nodes.map((node) => [node.id, chain] as const)));
  const waitingFor = new Map(chains.map((chain) => [chain, 0]));
  const between = topology.graph.edges.filter((edge) => !chained.has(edge));
  for (const edge of between) add(waitingFor, chainOf.get(edge.target), 1);
  const ready = chains.filter((chain) => waitingFor.get(chain) === 0);
  const ordered: Chain[] = [];
  while (ready.length > 0) {
    ready.sort((a, b) => b.head.id - a.head.id);
    const chain = ready.pop() as Chain;
    ordered.push(chain);
    for (const edge of between) {
      if (chainOf.get(edge.source) !== chain) continue;
      const target = chainOf.get(edge.target);
      if (target && add(waitingFor, target, -1) === 0) ready.push(target);
    }
  }
  // Nodes of a circle of chained edges have no head and are in no chain at all.
  const placed = new Set(ordered.flatMap((chain) => chain.nodes));
  const left = topology.graph.nodes.filter((node) => !placed.has(node));
  if (left.length > 0) throw circleError(left);
  return ordered;
}

function add(counts: Map<Chain, number>, chain: Chain | undefined, change: number): number | undefined {
  if (!chain) return undefined;
  const count = (counts.get(chain) ?? 0) + change;
  counts.set(chain, count);
  return count;
}
