/**
 * The identity of a StreamGraph: every side that runs a program (client and each TaskManager) must build the same
 * one, and when two differ a person needs to know where.
 *
 * Invariants:
 * - Equal graphs hash equally whatever the order of their objects' properties.
 * - What only people read or the submitter decides (job name, job parameters, descriptions) does not count: a
 *   program may put the time of day into those.
 */
import { murmur3x128 } from '../core/murmur.js';
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.js';

type GraphSettings = Omit<StreamGraph, 'jobName' | 'globalJobParameters' | 'nodes' | 'edges'>;

export function graphHash(graph: StreamGraph): string {
  const counted = { settings: settingsOf(graph), nodes: graph.nodes.map(countedPart), edges: graph.edges };
  return Buffer.from(murmur3x128(new TextEncoder().encode(canonicalJson(counted) ?? ''))).toString('hex');
}

/**
 * One sentence on the first difference that counts: a job setting, an operator or a stream; empty when there is
 * none. `expected` is the graph of the client, `actual` the one built now.
 */
export function describeGraphDifference(expected: StreamGraph, actual: StreamGraph): string {
  return settingDifference(expected, actual) ?? nodeDifference(expected, actual) ?? edgeDifference(expected, actual) ?? '';
}

function settingsOf(graph: StreamGraph): GraphSettings {
  const { jobName: _name, globalJobParameters: _parameters, nodes: _nodes, edges: _edges, ...settings } = graph;
  return settings;
}

function countedPart(node: StreamNode): Omit<StreamNode, 'description'> {
  const { description: _description, ...counted } = node;
  return counted;
}

function settingDifference(expected: StreamGraph, actual: StreamGraph): string | undefined {
  const change = firstChange(settingsOf(expected), settingsOf(actual));
  return change && `the job setting ${change}`;
}

function nodeDifference(expected: StreamGraph, actual: StreamGraph): string | undefined {
  const length = Math.max(expected.nodes.length, actual.nodes.length);
  for (let i = 0; i < length; i++) {
    const [want, got] = [expected.nodes[i], actual.nodes[i]];
    if (want && !got) return `${nameOf(want)} was expected, but the graph ends before it`;
    if (got && !want) return `${nameOf(got)} was not expected: the graph should end before it`;
    const change = want && got && firstChange(countedPart(want), countedPart(got));
    if (change) return `${nameOf(want)} differs: ${change}`;
  }
  return undefined;
}

function edgeDifference(expected: StreamGraph, actual: StreamGraph): string | undefined {
  const length = Math.max(expected.edges.length, actual.edges.length);
  for (let i = 0; i < length; i++) {
    const [want, got] = [expected.edges[i], actual.edges[i]];
    if (want && !got) return `the ${streamName(expected, want)} was expected, but is missing`;
    if (got && !want) return `the ${streamName(actual, got)} was not expected`;
    const change = want && got && firstChange(want, got);
    if (change) return `the ${streamName(expected, want)} differs: ${change}`;
  }
  return undefined;
}

/** `parallelism is expected to be 2, but is 4`, for the first property whose values differ. */
function firstChange(expected: object, actual: object): string | undefined {
  const [want, got] = [new Map(Object.entries(expected)), new Map(Object.entries(actual))];
  for (const name of [...new Set([...want.keys(), ...got.keys()])].sort(byImportance)) {
    const [before, now] = [canonicalJson(want.get(name)), canonicalJson(got.get(name))];
    if (before !== now) return `${name} is expected to be ${before ?? 'unset'}, but is ${now ?? 'unset'}`;
  }
  return undefined;
}

/** What an operator is says more than how it is set up. */
const FIRST_NAMED = ['id', 'operator', 'name', 'source', 'target'];

function byImportance(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function rank(name: string): number {
  const at = FIRST_NAMED.indexOf(name);
  return at < 0 ? FIRST_NAMED.length : at;
}

function nameOf(node: StreamNode): string {
  return `operator ${node.id} "${node.name}"${node.uid === undefined ? '' : ` (uid "${node.uid}")`}`;
}

function streamName(graph: StreamGraph, edge: StreamEdge): string {
  const name = (id: number) => `"${graph.nodes.find((node) => node.id === id)?.name ?? id}"`;
  return `stream from ${name(edge.source)} to ${name(edge.target)}`;
}

/** JSON with properties in alphabetical order; absent and undefined are the same. */
function canonicalJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
