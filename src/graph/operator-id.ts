/**
 * Operator ids: 128 bits that name an operator across runs of a program, so that saved state finds its way back
 * (Flink: `StreamGraphHasherV2`).
 *
 * Invariants:
 * - With a uid the id depends on the uid alone; a hash beside it only finds older state. Without both it depends on the
 *   position in the graph and on chaining, never on names, functions or settings.
 * - No two operators of a graph share an id.
 */
import { FlinkError } from '../core/errors.js';
import { murmur3x128 } from '../core/murmur.js';
import { chainObstacle } from './chaining.js';
import type { StreamGraph, StreamNode } from './stream-graph.js';
import { circleError, type Topology, topologyOf } from './topology.js';

const INT32_BYTES = 4;

/**
 * The id of every node, as 32 hexadecimal digits.
 *
 * @throws FlinkError GRAPH_INVALID when two operators have the same uid (both are named) or when the graph has a
 * cycle.
 */
export function operatorIds(graph: StreamGraph): Map<number, string> {
  const topology = topologyOf(graph);
  const ids = new Map<number, Uint8Array>();
  const sources = graph.nodes.filter((node) => topology.inEdges(node.id).length === 0).map((node) => node.id);
  const queue = sources.sort((a, b) => a - b);
  const queued = new Set(queue);
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const bytes = idOf(topology, topology.node(id), ids);
    if (!bytes) {
      // An input has no id yet; that input will queue this node again.
      queued.delete(id);
      continue;
    }
    ids.set(id, bytes);
    for (const { target } of topology.outEdges(id)) {
      if (!queued.has(target)) queue.push(target);
      queued.add(target);
    }
  }
  checkComplete(graph, ids);
  const hex = new Map([...ids].map(([id, bytes]) => [id, Buffer.from(bytes).toString('hex')]));
  checkUnique(graph, hex);
  return hex;
}

function idOf(topology: Topology, node: StreamNode, ids: ReadonlyMap<number, Uint8Array>): Uint8Array | undefined {
  if (node.uid !== undefined) return murmur3x128(new TextEncoder().encode(node.uid));
  if (node.uidHash !== undefined) return Buffer.from(node.uidHash, 'hex');
  return positionalId(topology, node, ids);
}

/** The hash of the node's turn, once for itself and once more per chained consumer, mixed with its inputs' ids. */
function positionalId(topology: Topology, node: StreamNode, ids: ReadonlyMap<number, Uint8Array>): Uint8Array | undefined {
  const turn = ids.size;
  const repeats = 1 + topology.outEdges(node.id).filter((edge) => topology.inEdges(edge.target).length === 1 && !chainObstacle(topology, edge)).length;
  const turns = new DataView(new ArrayBuffer(INT32_BYTES * repeats));
  for (let i = 0; i < repeats; i++) turns.setInt32(i * INT32_BYTES, turn, true);
  const id = murmur3x128(new Uint8Array(turns.buffer));
  for (const edge of topology.inEdges(node.id)) {
    const input = ids.get(edge.source);
    if (!input) return undefined;
    for (let i = 0; i < id.length; i++) id[i] = ((id[i] ?? 0) * 37) ^ (input[i] ?? 0);
  }
  return id;
}

function checkComplete(graph: StreamGraph, ids: ReadonlyMap<number, unknown>): void {
  const left = graph.nodes.filter((node) => !ids.has(node.id));
  if (left.length > 0) throw circleError(left);
}

function checkUnique(graph: StreamGraph, ids: ReadonlyMap<number, string>): void {
  const seen = new Map<string, StreamNode>();
  for (const node of graph.nodes) {
    const id = ids.get(node.id) ?? '';
    const other = seen.get(id);
    if (other) throw duplicate(other, node, id);
    seen.set(id, node);
  }
}

function duplicate(first: StreamNode, second: StreamNode, id: string): FlinkError {
  const shared = first.uid !== undefined && first.uid === second.uid ? `the uid "${first.uid}"` : `the operator id ${id}`;
  return new FlinkError('GRAPH_INVALID', `expected every uid to be used once, got ${shared} for "${first.name}" and "${second.name}"`, {
    hint: 'Give each operator a uid of its own: saved state is matched by it.',
  });
}
