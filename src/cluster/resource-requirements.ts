/**
 * Between which bounds the parallelism of each vertex of a job may be, and what follows for the parallelism that it gets
 * (Flink: `JobResourceRequirements`, `SlotSharingSlotAllocator`).
 *
 * Invariants:
 * - A parallelism is never below its lower bound nor above its upper one; co-located vertices have the same.
 * - So have vertices with a FORWARD edge between them that have the same bounds, whatever slots there are: records keep
 *   their order on such an edge as long as it leads from one subtask to one.
 */
import type { JobGraph, JobVertex } from '../graph/job-graph.js';
import { rescaledGraph } from '../graph/rescaled-graph.js';

export interface ParallelismBounds {
  /** At least 1. */
  readonly lowerBound: number;
  readonly upperBound: number;
}

/** By vertex id. */
export type ResourceRequirements = Readonly<Record<string, ParallelismBounds>>;

/** What is remembered of a job that somebody requires another parallelism of. */
export interface RememberedRequirements {
  readonly requirements: ResourceRequirements;
  /** How many slots it had last. */
  readonly slots: number;
}

/** In every failure that says so, by which others know it. */
export const KEEPS_PARALLELISM = 'the job keeps its parallelism';

/** In a request: the bound is to be what it is at most, or at least. */
const UNBOUNDED = -1;

/** How many subtasks a vertex may have. */
export function mostSubtasks({ nonParallel, maxParallelism }: JobVertex): number {
  return nonParallel ? 1 : maxParallelism;
}

/** What a job begins with: no more than the program asks for. */
export function initialRequirements({ vertices }: JobGraph): ResourceRequirements {
  return Object.fromEntries(vertices.map(({ id, parallelism }) => [id, { lowerBound: 1, upperBound: parallelism }]));
}

/** -1 stands for 1 and for the maximum parallelism. */
export function withoutOpenBounds({ vertices }: JobGraph, wanted: ResourceRequirements): ResourceRequirements {
  const most = new Map(vertices.map((vertex) => [vertex.id, mostSubtasks(vertex)]));
  return Object.fromEntries(Object.entries(wanted).map(([id, { lowerBound, upperBound }]) => [id, {
    lowerBound: lowerBound === UNBOUNDED ? 1 : lowerBound,
    upperBound: upperBound === UNBOUNDED ? (most.get(id) ?? upperBound) : upperBound,
  }]));
}

/** What is wrong with requirements; none when the job can take them. */
export function requirementErrors({ vertices }: JobGraph, wanted: ResourceRequirements): string[] {
  const known = new Set(vertices.map(({ id }) => id));
  const strangers = Object.keys(wanted).filter((id) => !known.has(id)).map((id) => `${id} is no vertex of the job`);
  const missing = vertices.filter(({ id }) => !(id in wanted));
  const named = missing.map(({ id, name }) => `${id} (${name})`).join(', ');
  return [
    ...strangers,
    ...(missing.length === 0 ? [] : [`every vertex of the job must be there; ${named} ${missing.length === 1 ? 'is' : 'are'} missing`]),
    ...vertices.flatMap((vertex) => (vertex.id in wanted ? boundErrors(vertex, wanted[vertex.id]!) : [])),
    ...colocationErrors(vertices, wanted),
  ];
}

function boundErrors(vertex: JobVertex, { lowerBound, upperBound }: ParallelismBounds): string[] {
  const most = mostSubtasks(vertex);
  if (lowerBound >= 1 && lowerBound <= upperBound && upperBound <= most) return [];
  const why = vertex.nonParallel ? ', for it runs in one subtask only' : '';
  return [`${vertex.id} (${vertex.name}): expected bounds from 1 to ${most}${why}, the lower one first; ${lowerBound} and ${upperBound} came`];
}

function colocationErrors(vertices: readonly JobVertex[], wanted: ResourceRequirements): string[] {
  return vertices.flatMap((vertex, at) => {
    const other = vertex.colocation === undefined ? undefined : vertices.slice(0, at).find(({ colocation }) => colocation === vertex.colocation);
    if (!other || !(vertex.id in wanted) || !(other.id in wanted)) return [];
    const [one, two] = [wanted[other.id]!, wanted[vertex.id]!];
    if (sameBounds(one, two)) return [];
    return [`${other.id} (${other.name}) and ${vertex.id} (${vertex.name}) run in the same slots: their bounds must be the same`];
  });
}

interface SlotNeed {
  readonly least: number;
  readonly most: number;
}

/** How many slots a job needs at least, and how many it has a use for. */
export function slotNeed(jobGraph: JobGraph, requirements: ResourceRequirements): SlotNeed {
  const groups = [...groupNeeds(jobGraph, requirements).values()];
  return { least: groups.reduce((sum, { least }) => sum + least, 0), most: groups.reduce((sum, { most }) => sum + most, 0) };
}

/**
 * The parallelism of each vertex with so many slots: its upper bound as far as they go. Undefined: there are too few for the
 * lower bounds.
 */
export function parallelismWith(jobGraph: JobGraph, requirements: ResourceRequirements, slots: number): ReadonlyMap<string, number> | undefined {
  const needs = groupNeeds(jobGraph, requirements);
  const shares = new Map([...needs].map(([name, { least }]) => [name, least]));
  let left = slots - [...shares.values()].reduce((sum, share) => sum + share, 0);
  if (left < 0) return undefined;
  // One after the other, so that no slot-sharing group has all that is left.
  for (let given = true; given && left > 0; ) {
    given = false;
    for (const [name, { most }] of needs) {
      if (left === 0 || shares.get(name)! >= most) continue;
      shares.set(name, shares.get(name)! + 1);
      left -= 1;
      given = true;
    }
  }
  const parallelism = new Map(jobGraph.vertices.map(({ id, slotSharingGroup }) => [id, Math.min(requirements[id]!.upperBound, shares.get(slotSharingGroup)!)]));
  return levelled(jobGraph, requirements, parallelism);
}

/**
 * The job as it is to begin with what is remembered of it.
 *
 * @param jobGraph as the program describes it. What has been remembered of a job with other vertices does not count.
 */
export function asRemembered(jobGraph: JobGraph, remembered: RememberedRequirements | undefined): JobGraph {
  if (!remembered || requirementErrors(jobGraph, remembered.requirements).length > 0) return jobGraph;
  const { requirements, slots } = remembered;
  return rescaledGraph(jobGraph, parallelismWith(jobGraph, requirements, Math.max(slots, slotNeed(jobGraph, requirements).least))!);
}

function levelled({ edges }: JobGraph, requirements: ResourceRequirements, parallelism: Map<string, number>): Map<string, number> {
  const pairs = edges.filter(({ partitioning, sourceVertex, targetVertex }) => partitioning === 'FORWARD' && sameBounds(requirements[sourceVertex]!, requirements[targetVertex]!));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { sourceVertex, targetVertex } of pairs) {
      const [one, other] = [parallelism.get(sourceVertex)!, parallelism.get(targetVertex)!];
      if (one === other) continue;
      parallelism.set(sourceVertex, Math.min(one, other)).set(targetVertex, Math.min(one, other));
      changed = true;
    }
  }
  return parallelism;
}

function sameBounds(one: ParallelismBounds, other: ParallelismBounds): boolean {
  return one.lowerBound === other.lowerBound && one.upperBound === other.upperBound;
}

function groupNeeds({ vertices }: JobGraph, requirements: ResourceRequirements): Map<string, SlotNeed> {
  const groups = new Map<string, SlotNeed>();
  for (const { id, slotSharingGroup } of vertices) {
    const { least, most } = groups.get(slotSharingGroup) ?? { least: 0, most: 0 };
    const { lowerBound, upperBound } = requirements[id]!;
    groups.set(slotSharingGroup, { least: Math.max(least, lowerBound), most: Math.max(most, upperBound) });
  }
  return groups;
}
