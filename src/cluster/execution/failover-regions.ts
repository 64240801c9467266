/**
 * Which subtasks restart together (Flink: `PipelinedRegion`, `RestartPipelinedRegionFailoverStrategy`).
 *
 * Subtasks that exchange records while they run cannot be restarted one without the other: records that one has sent
 * and the other has not counted would be lost, or come twice. Every edge is such an edge, unless results are kept: then
 * none is, and each subtask is a region of its own (see `kept-results.ts`).
 *
 * Invariants: every subtask is in exactly one region; no channel but a kept result leads from one region to another.
 */
import type { JobGraph } from '../../graph/job-graph.js';
import { channelsOf } from '../../graph/wiring.js';
import type { SubtaskId } from './slots.js';

/** `region`: what is connected with the failed task; `full`: everything. */
export type FailoverScope = 'region' | 'full';

/** The regions of a job, each with its subtasks in the order of the vertices. */
export function failoverRegions(jobGraph: Pick<JobGraph, 'vertices' | 'edges'>, scope: FailoverScope, keepsResults = false): readonly (readonly SubtaskId[])[] {
  const first = new Map<string, number>();
  const subtasks: SubtaskId[] = [];
  for (const { id, parallelism } of jobGraph.vertices) {
    first.set(id, subtasks.length);
    for (let subtask = 0; subtask < parallelism; subtask++) subtasks.push({ vertexId: id, subtask });
  }
  if (scope === 'full') return [subtasks];
  const groups = new Groups(subtasks.length);
  const parallelism = new Map(jobGraph.vertices.map((vertex) => [vertex.id, vertex.parallelism]));
  for (const edge of keepsResults ? [] : jobGraph.edges) {
    const [from, to] = [first.get(edge.sourceVertex)!, first.get(edge.targetVertex)!];
    for (const { producer, consumer } of channelsOf(edge, parallelism.get(edge.sourceVertex)!, parallelism.get(edge.targetVertex)!)) groups.join(from + producer, to + consumer);
  }
  joinColocated(jobGraph, groups, first);
  return collect(subtasks, groups);
}

/** By region: the others whose results it reads. */
export function regionInputs({ vertices, edges }: Pick<JobGraph, 'vertices' | 'edges'>, regionAt: (subtask: SubtaskId) => number, regions: number): readonly (readonly number[])[] {
  const inputs = Array.from({ length: regions }, () => new Set<number>());
  const parallelism = new Map(vertices.map((vertex) => [vertex.id, vertex.parallelism]));
  for (const { sourceVertex, targetVertex, partitioning } of edges) {
    for (const { producer, consumer } of channelsOf({ partitioning }, parallelism.get(sourceVertex)!, parallelism.get(targetVertex)!)) {
      inputs[regionAt({ vertexId: targetVertex, subtask: consumer })]!.add(regionAt({ vertexId: sourceVertex, subtask: producer }));
    }
  }
  return inputs.map((each) => [...each]);
}

/** What is co-located shares memory (the two ends of an iteration). */
function joinColocated({ vertices }: Pick<JobGraph, 'vertices'>, groups: Groups, first: ReadonlyMap<string, number>): void {
  for (const { id, colocation, parallelism } of vertices) {
    const other = colocation === undefined ? undefined : vertices.find((vertex) => vertex.colocation === colocation)!;
    if (!other) continue;
    for (let subtask = 0; subtask < Math.min(parallelism, other.parallelism); subtask++) groups.join(first.get(other.id)! + subtask, first.get(id)! + subtask);
  }
}

function collect(subtasks: readonly SubtaskId[], groups: Groups): SubtaskId[][] {
  const regions = new Map<number, SubtaskId[]>();
  subtasks.forEach((subtask, at) => {
    const region = regions.get(groups.of(at));
    if (region) region.push(subtask);
    else regions.set(groups.of(at), [subtask]);
  });
  return [...regions.values()];
}

/** Disjoint sets of numbers. */
class Groups {
  private readonly parents: number[];

  constructor(size: number) {
    this.parents = Array.from({ length: size }, (_, at) => at);
  }

  of(member: number): number {
    let root = member;
    while (this.parents[root] !== root) {
      const parent = this.parents[root]!;
      // Shortens the way for the next time.
      this.parents[root] = this.parents[parent]!;
      root = parent;
    }
    return root;
  }

  join(one: number, other: number): void {
    const [a, b] = [this.of(one), this.of(other)];
    this.parents[Math.max(a, b)] = Math.min(a, b);
  }
}
