/**
 * Job graphs for tests, as far as checkpoints look at them.
 */
import type { JobGraph, JobVertex } from '../../src/graph/job-graph.js';
import type { Partitioning } from '../../src/graph/stream-graph.js';
import { JOB_ID } from './snapshot-fixture.js';

/** Vertices by id and parallelism (a chain of one operator each, with the vertex's id), and edges between them. */
export function sampleJobGraph(
  vertices: readonly (readonly [id: string, parallelism: number, more?: Partial<JobVertex>])[],
  edges: readonly (readonly [source: string, target: string, partitioning: Partitioning])[] = [],
): JobGraph {
  return {
    jobId: JOB_ID, jobName: 'Job', graphHash: '', runtimeMode: 'STREAMING', globalJobParameters: {},
    vertices: vertices.map(([id, parallelism, more], at) => ({
      id, name: id, parallelism, maxParallelism: 128, slotSharingGroup: 'default', bufferTimeoutMs: 100, chainedEdges: [], kind: 'operator' as const,
      operators: [{ nodeId: at + 1, operatorId: id, name: id, operator: 'map', maxParallelism: 128 }], ...more,
    })),
    edges: edges.map(([sourceVertex, targetVertex, partitioning], at) => ({
      id: `edge-${at}`, sourceVertex, targetVertex, sourceNode: 1, targetNode: 2, input: 0, partitioning, streamEdge: at,
    })),
  };
}
