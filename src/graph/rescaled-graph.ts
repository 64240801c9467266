/**
 * A JobGraph at another parallelism: the same vertices, chains and edges, as a job that runs has them (Flink: the
 * adaptive scheduler, which never chains anew).
 *
 * Invariants:
 * - Vertices, operators and edges keep their ids: state finds its operator, and an edge its partitioner.
 * - FORWARD leads between vertices of equal parallelism only. Where that has become unequal each sender deals its records
 *   out to its share of the receivers instead.
 */
import type { JobGraph } from './job-graph.js';

/**
 * @param jobGraph as the program describes it: what became of an edge before is not looked at.
 * @param parallelism by vertex id; the others keep theirs.
 */
export function rescaledGraph(jobGraph: JobGraph, parallelism: ReadonlyMap<string, number>): JobGraph {
  const vertices = jobGraph.vertices.map((vertex) => ({ ...vertex, parallelism: parallelism.get(vertex.id) ?? vertex.parallelism }));
  const widths = new Map(vertices.map((vertex) => [vertex.id, vertex.parallelism]));
  const edges = jobGraph.edges.map((edge) => (edge.partitioning === 'FORWARD' && widths.get(edge.sourceVertex) !== widths.get(edge.targetVertex) ? { ...edge, partitioning: 'RESCALE' as const } : edge));
  return { ...jobGraph, vertices, edges };
}
