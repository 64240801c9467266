/**
 * How many records have come to and left the operators of a subtask, as far as its own counters say: to the first
 * operator of the chain, and from the last. What operators give one record for each that comes is known for those next
 * to them, too. Nothing is counted in between: it would cost every record.
 */
import type { MetricValue, SubtaskMetrics } from '../cluster/running-job.js';
import type { JobGraph, JobVertex } from '../graph/job-graph.js';
import type { JobRecord } from './job-record.js';
import type { Rates } from './job-rates.js';

type Counted = readonly (readonly [string, MetricValue])[];

/** Which of the subtask's counters says it. */
type Counter = 'recordsIn' | 'recordsOut';

/** What is known of one operator. */
export interface OperatorCounters {
  in?: Counter;
  out?: Counter;
}

/** By operator's node, under Flink's names. */
export function operatorIo({ job: { description: { jobGraph, oneForOne } }, rates }: JobRecord, vertexId: string, subtask: SubtaskMetrics): ReadonlyMap<number, Counted> {
  const vertex = jobGraph.vertices.find(({ id }) => id === vertexId);
  if (!vertex) return new Map();
  const perSecond = rates.of(vertexId, subtask);
  const known = [...operatorCounters(vertex, jobGraph.edges, oneForOne)];
  return new Map(known.map(([nodeId, counters]) => [nodeId, [...counted('numRecordsIn', counters.in, subtask, perSecond), ...counted('numRecordsOut', counters.out, subtask, perSecond)]]));
}

/** By operator's node. */
export function operatorCounters(vertex: JobVertex, edges: JobGraph['edges'], oneForOne: ReadonlySet<number>): ReadonlyMap<number, OperatorCounters> {
  const known = new Map(vertex.operators.map(({ nodeId }): [number, OperatorCounters] => [nodeId, {}]));
  const [head, tail] = [vertex.operators[0], vertex.operators.at(-1)];
  if (!head || !tail) return known;
  known.get(head.nodeId)![vertex.kind === 'source' ? 'out' : 'in'] = 'recordsIn';
  // What leaves by a side output is not what comes to others.
  const inside = vertex.chainedEdges.filter(({ sideOutput }) => sideOutput === undefined);
  for (const { nodeId } of vertex.operators) {
    const counters = known.get(nodeId)!;
    if (oneForOne.has(nodeId)) counters.out ??= counters.in;
    for (const { sourceNode, targetNode } of inside) if (sourceNode === nodeId && counters.out) known.get(targetNode)!.in ??= counters.out;
  }
  const [edge, ...others] = edges.filter(({ sourceVertex }) => sourceVertex === vertex.id);
  // Where the chain has several ends, nobody knows what left which.
  if (edge && others.length === 0 && edge.sourceNode === tail.nodeId && !known.get(tail.nodeId)!.out) backFrom(tail.nodeId, edge.sideOutput !== undefined);
  return known;

  /** Before the end of the chain the same number came and left, as far as each gives one for each. */
  function backFrom(last: number, aside: boolean): void {
    known.get(last)!.out = 'recordsOut';
    for (let at: number | undefined = aside ? undefined : last; at !== undefined && oneForOne.has(at);) {
      known.get(at)!.in ??= 'recordsOut';
      at = inside.find(({ targetNode }) => targetNode === at)?.sourceNode;
      if (at !== undefined) known.get(at)!.out ??= 'recordsOut';
    }
  }
}

function counted(name: string, counter: Counter | undefined, subtask: SubtaskMetrics, perSecond: Rates): Counted {
  return counter === undefined ? [] : [[name, subtask[counter]], [`${name}PerSecond`, perSecond[counter]]];
}
