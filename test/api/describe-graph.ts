/**
 * A stream graph as a few lines of text, for tests to compare: `2 Map ×4` for a node, `1 → 2 REBALANCE` for an edge.
 */
import type { StreamEdge, StreamGraph, StreamNode } from '../../src/graph/stream-graph.js';

export function describeGraph(graph: StreamGraph): string[] {
  return [...graph.nodes.map(nodeLine), ...graph.edges.map(edgeLine)];
}

function nodeLine(node: StreamNode): string {
  const parts = [
    `${node.id} ${node.name}`,
    node.parallelism === 1 ? '' : `×${node.parallelism}`,
    node.maxParallelism === -1 ? '' : `max ${node.maxParallelism}`,
    node.keyedInputs.length === 0 ? '' : `keyed ${node.keyedInputs.join(',')}`,
    node.slotSharingGroup === 'default' ? '' : `group ${node.slotSharingGroup}`,
    node.chaining === 'ALWAYS' ? '' : node.chaining,
    node.colocation === undefined ? '' : `with ${node.colocation}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function edgeLine(edge: StreamEdge): string {
  const input = edge.input === 0 ? '' : `.${edge.input}`;
  const parts = [`${edge.source} → ${edge.target}${input} ${edge.partitioning}`, edge.sideOutput === undefined ? '' : `tag ${edge.sideOutput}`, edge.ordinal === 0 ? '' : `#${edge.ordinal}`];
  return parts.filter((part) => part !== '').join(' ');
}
