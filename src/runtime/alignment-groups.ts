/**
 * Which source subtasks of a job are aligned with each other by event time: those whose authors named the same group,
 * and, without a group, those whose records may meet in an operator.
 *
 * Invariant: every thread finds the same groups, for all have the same graphs and programs.
 */
import type { JobGraph, JobVertex } from '../graph/job-graph.js';
import type { EventTimeFacts } from '../operators/operator.js';
import type { WatermarkAlignment } from '../operators/watermark-strategy.js';
import type { JobProgram } from '../program/job-program.js';
import { firstMetricsIndex } from './task-metrics.js';

/** The group of one source vertex. */
export interface AlignmentGroup {
  /** What its author said; undefined for sources that are aligned unasked. */
  readonly named: WatermarkAlignment | undefined;
  /** The operators of the vertex that know its event time. */
  readonly nodes: ReadonlySet<number>;
  /** Where the counters of all subtasks of the group are, those of this vertex included. */
  readonly members: readonly number[];
}

type Definitions = JobProgram['definitions'];

/** The group of a vertex; undefined for one that is aligned with none. */
export function alignmentGroupOf(vertexId: string, jobGraph: JobGraph, definitions: Definitions, defaultMaxDriftMs: number): AlignmentGroup | undefined {
  const own = belonging(jobGraph.vertices.find(({ id }) => id === vertexId)!, definitions);
  if (!own || (own.named === undefined && defaultMaxDriftMs <= 0)) return undefined;
  const met = own.named ? undefined : connectedTo(vertexId, jobGraph);
  const members: number[] = [];
  for (const vertex of jobGraph.vertices) {
    const other = belonging(vertex, definitions);
    if (other?.named?.group !== own.named?.group || !other || (met && !met.has(vertex.id))) continue;
    const first = firstMetricsIndex(jobGraph, vertex.id);
    for (let subtask = 0; subtask < vertex.parallelism; subtask++) members.push(first + subtask);
  }
  return members.length > 1 || own.named ? { ...own, members } : undefined;
}

/** How a source vertex takes part, if it does: by the first group that is named in its chain. */
function belonging({ operators }: JobVertex, definitions: Definitions): Pick<AlignmentGroup, 'named' | 'nodes'> | undefined {
  if (definitions.get(operators[0]!.nodeId)?.kind !== 'source') return undefined;
  const clocked = operators.flatMap(({ nodeId }) => {
    const eventTime = eventTimeOf(definitions, nodeId);
    return eventTime?.watermarks ? [{ nodeId, alignment: eventTime.alignment }] : [];
  });
  if (clocked.length === 0) return undefined;
  const named = clocked.find(({ alignment }) => alignment)?.alignment;
  const nodes = clocked.filter(({ alignment }) => alignment?.group === named?.group).map(({ nodeId }) => nodeId);
  return { named, nodes: new Set(nodes) };
}

function eventTimeOf(definitions: Definitions, nodeId: number): EventTimeFacts | undefined {
  const definition = definitions.get(nodeId);
  return definition?.kind === 'operator' ? definition.operator.eventTime : undefined;
}

/** The vertices that some path of edges, followed either way, leads to. */
function connectedTo(vertexId: string, { edges }: JobGraph): Set<string> {
  const found = new Set([vertexId]);
  for (const id of found) {
    for (const { sourceVertex, targetVertex } of edges) {
      if (sourceVertex === id) found.add(targetVertex);
      else if (targetVertex === id) found.add(sourceVertex);
    }
  }
  return found;
}
