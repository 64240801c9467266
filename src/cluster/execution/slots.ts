/**
 * Slot sharing: where each subtask of a job runs (Flink: `SlotSharingGroup`, `CoLocationGroup`).
 *
 * Invariants:
 * - A slot-sharing group of vertices takes as many slots as its widest vertex has subtasks; subtask i of each of
 *   its vertices runs in the group's slot i. Groups never share a slot.
 * - Co-located vertices are in one group, so that equal subtask indexes meet in one slot.
 * - Slots are numbered over all groups, in the order of the vertices; slot n belongs to TaskManager n modulo their
 *   number. The same graph and number give the same assignment everywhere.
 */
import { FlinkError } from '../../core/errors.js';
import type { JobGraph } from '../../graph/job-graph.js';

export interface SubtaskId {
  readonly vertexId: string;
  readonly subtask: number;
}

export interface Slot {
  /** From 0, over all groups. */
  readonly index: number;
  /** From 0. */
  readonly taskManager: number;
  readonly slotSharingGroup: string;
  /** In the order of the graph's vertices. */
  readonly subtasks: readonly SubtaskId[];
}

export interface SlotAssignment {
  /** By `Slot.index`. */
  readonly slots: readonly Slot[];
  slotOf(vertexId: string, subtask: number): Slot;
}

interface Group {
  readonly name: string;
  size: number;
}

/** Slots the job needs to run: the sum over its slot-sharing groups of their widest vertex. */
export function requiredSlots(jobGraph: JobGraph): number {
  return groupsOf(jobGraph).reduce((sum, group) => sum + group.size, 0);
}

/** @throws FlinkError GRAPH_INVALID when co-located vertices are in different slot-sharing groups. */
export function assignSlots(jobGraph: JobGraph, taskManagers: number): SlotAssignment {
  if (!Number.isInteger(taskManagers) || taskManagers < 1) {
    throw new FlinkError('INTERNAL', `expected at least one TaskManager to assign slots to, got ${taskManagers}`);
  }
  checkColocation(jobGraph);
  const slots: (Slot & { readonly subtasks: SubtaskId[] })[] = [];
  const firstSlot = new Map<string, number>();
  for (const group of groupsOf(jobGraph)) {
    firstSlot.set(group.name, slots.length);
    for (let i = 0; i < group.size; i++) {
      const index = slots.length;
      slots.push({ index, taskManager: index % taskManagers, slotSharingGroup: group.name, subtasks: [] });
    }
  }
  const firstSlotOfVertex = new Map<string, number>();
  for (const vertex of jobGraph.vertices) {
    const first = firstSlot.get(vertex.slotSharingGroup) ?? 0;
    firstSlotOfVertex.set(vertex.id, first);
    for (let subtask = 0; subtask < vertex.parallelism; subtask++) slots[first + subtask]?.subtasks.push({ vertexId: vertex.id, subtask });
  }
  return { slots, slotOf: (vertexId, subtask) => slotAt(slots, firstSlotOfVertex, vertexId, subtask) };
}

function slotAt(slots: readonly Slot[], firstSlotOfVertex: ReadonlyMap<string, number>, vertexId: string, subtask: number): Slot {
  const slot = slots[(firstSlotOfVertex.get(vertexId) ?? Number.NaN) + subtask];
  if (!slot?.subtasks.some((at) => at.vertexId === vertexId && at.subtask === subtask)) {
    throw new FlinkError('INTERNAL', `expected a subtask of the job, got subtask ${subtask} of vertex ${vertexId}`);
  }
  return slot;
}

function groupsOf(jobGraph: JobGraph): Group[] {
  const groups = new Map<string, Group>();
  for (const { slotSharingGroup: name, parallelism } of jobGraph.vertices) {
    const group = groups.get(name) ?? { name, size: 0 };
    group.size = Math.max(group.size, parallelism);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function checkColocation(jobGraph: JobGraph): void {
  const seen = new Map<string, JobGraph['vertices'][number]>();
  for (const vertex of jobGraph.vertices) {
    if (vertex.colocation === undefined) continue;
    const other = seen.get(vertex.colocation) ?? vertex;
    seen.set(vertex.colocation, other);
    if (other.slotSharingGroup !== vertex.slotSharingGroup) {
      throw new FlinkError(
        'GRAPH_INVALID',
        `expected "${other.name}" and "${vertex.name}" in one slot-sharing group, as they run in the same slots, got "${other.slotSharingGroup}" and "${vertex.slotSharingGroup}"`,
        { hint: 'Give both the same slotSharingGroup.' },
      );
    }
  }
}
