/**
 * How many records have come to and left the operators of a subtask, as far as its own counters say: to the first
 * operator of the chain, and from the last. In between nothing is counted: it would cost every record.
 */
import type { MetricValue, SubtaskMetrics } from '../cluster/running-job.js';
import type { JobRecord } from './job-record.js';

type Counted = readonly (readonly [string, MetricValue])[];

/** By operator's node, under Flink's names. */
export function operatorIo({ job: { description: { jobGraph } }, rates }: JobRecord, vertexId: string, subtask: SubtaskMetrics): ReadonlyMap<number, Counted> {
  const vertex = jobGraph.vertices.find(({ id }) => id === vertexId);
  const [head, tail] = [vertex?.operators[0], vertex?.operators.at(-1)];
  if (!vertex || !head || !tail) return new Map();
  const perSecond = rates.of(vertexId, subtask);
  const isSource = vertex.kind === 'source';
  const io = new Map<number, Counted>([[head.nodeId, counted(isSource ? 'numRecordsOut' : 'numRecordsIn', subtask.recordsIn, perSecond.recordsIn)]]);
  const [edge, ...others] = jobGraph.edges.filter(({ sourceVertex }) => sourceVertex === vertexId);
  // Where the chain has several ends, nobody knows what left which.
  if (edge && others.length === 0 && edge.sourceNode === tail.nodeId && !(isSource && head === tail)) {
    io.set(tail.nodeId, [...(io.get(tail.nodeId) ?? []), ...counted('numRecordsOut', subtask.recordsOut, perSecond.recordsOut)]);
  }
  return io;
}

function counted(name: string, records: number, perSecond: number): Counted {
  return [[name, records], [`${name}PerSecond`, perSecond]];
}
