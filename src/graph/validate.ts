/**
 * The rules that a StreamGraph must keep to become a job. Each breach is one GRAPH_INVALID error that names the
 * operators concerned; the first one found is thrown.
 *
 * Circles and equal uids are found by `operatorIds`, which has to walk the graph anyway.
 */
import { FlinkError } from '../core/errors.js';
import { MAX_PARALLELISM_LIMIT, defaultMaxParallelism } from '../core/key-group.js';
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.js';
import { explicitMaxParallelism, type Topology } from './topology.js';

/** @throws FlinkError GRAPH_INVALID */
export function validateGraph(topology: Topology): void {
  const { graph } = topology;
  if (graph.nodes.length === 0) throw invalid('expected at least one operator to execute, got an empty graph', 'Build a pipeline from a source to a sink before execute().');
  for (const node of graph.nodes) {
    checkParallelism(graph, node);
    checkInputs(topology, node);
  }
  for (const edge of graph.edges) checkEdge(topology, edge);
  checkColocation(graph);
  checkRuntimeMode(graph);
}

/** AUTOMATIC means BATCH when every source is bounded. */
export function resolvedRuntimeMode(graph: StreamGraph): 'STREAMING' | 'BATCH' {
  if (graph.runtimeMode !== 'AUTOMATIC') return graph.runtimeMode;
  return graph.nodes.every((node) => node.kind !== 'source' || node.bounded) ? 'BATCH' : 'STREAMING';
}

/** The maximum parallelism in force for a node alone: its own, the job's, or the default for its parallelism. */
export function effectiveMaxParallelism(graph: StreamGraph, node: StreamNode): number {
  const explicit = explicitMaxParallelism(graph, node);
  return explicit > 0 ? explicit : defaultMaxParallelism(node.parallelism);
}

function checkParallelism(graph: StreamGraph, node: StreamNode): void {
  const max = effectiveMaxParallelism(graph, node);
  if (max > MAX_PARALLELISM_LIMIT) {
    throw invalid(`expected the maximum parallelism of "${node.name}" to be at most ${MAX_PARALLELISM_LIMIT}, got ${max}`, 'Lower it with setMaxParallelism().');
  }
  if (node.parallelism > max) {
    throw invalid(
      `expected the parallelism of "${node.name}" to be at most its maximum parallelism ${max}, got ${node.parallelism}`,
      'Lower the parallelism or raise setMaxParallelism().',
    );
  }
}

function checkInputs(topology: Topology, node: StreamNode): void {
  const edges = topology.inEdges(node.id);
  const beyond = edges.find((edge) => edge.input >= node.inputs);
  if (beyond) {
    const from = topology.node(beyond.source).name;
    throw invalid(`expected "${node.name}" to have ${count(node.inputs, 'input')}, got a stream from "${from}" on input ${beyond.input + 1}`);
  }
  for (let input = 0; input < node.inputs; input++) {
    if (!edges.some((edge) => edge.input === input)) throw invalid(`expected a stream on input ${input + 1} of "${node.name}", got none`);
  }
  if (node.kind !== 'source' && node.inputs === 0) throw invalid(`expected "${node.name}" to read a stream, as it is not a source, got none`);
}

function checkEdge(topology: Topology, edge: StreamEdge): void {
  const [from, to] = [topology.node(edge.source), topology.node(edge.target)];
  if (edge.partitioning === 'FORWARD' && from.parallelism !== to.parallelism) {
    throw invalid(
      `expected equal parallelism on both sides of forward(), got ${from.parallelism} for "${from.name}" and ${to.parallelism} for "${to.name}"`,
      'Use rebalance() or rescale(), or give both the same parallelism.',
    );
  }
  // FORWARD is a stream that was declared to be partitioned by the key already.
  if (to.keyedInputs.includes(edge.input) && edge.partitioning !== 'HASH' && edge.partitioning !== 'FORWARD') {
    throw invalid(
      `expected the stream from "${from.name}" to be keyed, as "${to.name}" works per key, got one partitioned by ${edge.partitioning}`,
      'Call keyBy() last, right before the keyed operator.',
    );
  }
}

function checkColocation(graph: StreamGraph): void {
  const first = new Map<string, StreamNode>();
  for (const node of graph.nodes) {
    if (node.colocation === undefined) continue;
    const other = first.get(node.colocation);
    first.set(node.colocation, other ?? node);
    if (!other) continue;
    if (other.parallelism !== node.parallelism) {
      throw invalid(
        `expected equal parallelism for "${other.name}" and "${node.name}", as their subtasks run side by side, got ${other.parallelism} and ${node.parallelism}`,
        'Give both ends of the iteration the same parallelism.',
      );
    }
    if (other.slotSharingGroup !== node.slotSharingGroup) {
      throw invalid(
        `expected one slot-sharing group for "${other.name}" and "${node.name}", as their subtasks run side by side, got "${other.slotSharingGroup}" and "${node.slotSharingGroup}"`,
        'Give both ends of the iteration the same slotSharingGroup().',
      );
    }
  }
}

function checkRuntimeMode(graph: StreamGraph): void {
  if (resolvedRuntimeMode(graph) !== 'BATCH') return;
  const unbounded = graph.nodes.find((node) => node.kind === 'source' && !node.bounded);
  if (unbounded) {
    throw invalid(`expected bounded sources alone in runtime mode BATCH, got the unbounded "${unbounded.name}"`, 'Set execution.runtime-mode to STREAMING or AUTOMATIC.');
  }
  const iterated = graph.nodes.find((node) => node.colocation !== undefined);
  if (iterated) throw invalid(`expected no iteration in runtime mode BATCH, got "${iterated.name}"`, 'Set execution.runtime-mode to STREAMING.');
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

function invalid(message: string, hint?: string): FlinkError {
  return new FlinkError('GRAPH_INVALID', message, hint === undefined ? {} : { hint });
}
