/**
 * Which edges between vertices need no channel: the producer calls the consumer's chain directly.
 *
 * With one subtask on either side a partitioning has nothing to decide, so an exchange would only cost. The logical
 * graph stays as it is: ids, states and metrics are those of two vertices.
 */
import type { JobEdge, JobGraph } from '../graph/job-graph.js';
import type { Deployment } from './deployment.js';

/** Edges whose producer drives the consumer, by id. */
export function directEdges(deployment: Deployment): ReadonlySet<string> {
  const { jobGraph, settings } = deployment;
  if (!settings.directCalls) return new Set();
  return new Set(jobGraph.edges.filter((edge) => isDirect(edge, jobGraph, deployment)).map((edge) => edge.id));
}

function isDirect(edge: JobEdge, jobGraph: JobGraph, deployment: Deployment): boolean {
  // A forward edge that is not chained was cut on request; a custom partitioner must be asked for every record.
  if (edge.partitioning === 'FORWARD' || edge.partitioning === 'CUSTOM') return false;
  const source = jobGraph.vertices.find((vertex) => vertex.id === edge.sourceVertex);
  const target = jobGraph.vertices.find((vertex) => vertex.id === edge.targetVertex);
  if (source?.parallelism !== 1 || target?.parallelism !== 1) return false;
  if (jobGraph.edges.filter((other) => other.targetVertex === edge.targetVertex).length !== 1) return false;
  const slotOf = (vertexId: string): number | undefined => deployment.subtasks.find((subtask) => subtask.vertexId === vertexId)?.slot;
  const slot = slotOf(edge.sourceVertex);
  return slot !== undefined && slot === slotOf(edge.targetVertex);
}
