import { describe, expect, it } from 'vitest';
import type { JobGraph, JobVertex } from '../../../src/graph/job-graph.js';
import { assignSlots, requiredSlots } from '../../../src/cluster/execution/slots.js';

function vertex(name: string, parallelism: number, slotSharingGroup = 'default', colocation?: string): JobVertex {
  return {
    id: name, name, parallelism, maxParallelism: 128, slotSharingGroup, bufferTimeoutMs: 100, operators: [], chainedEdges: [], kind: 'operator',
    ...(colocation === undefined ? {} : { colocation }),
  };
}

function job(...vertices: JobVertex[]): JobGraph {
  return { jobId: 'a'.repeat(32), jobName: 'job', graphHash: '', runtimeMode: 'STREAMING', globalJobParameters: {}, vertices, edges: [] };
}

describe('requiredSlots', () => {
  it('is the widest parallelism when every vertex shares slots', () => {
    expect(requiredSlots(job(vertex('a', 1), vertex('b', 4), vertex('c', 2)))).toBe(4);
  });

  it('adds up over slot-sharing groups', () => {
    expect(requiredSlots(job(vertex('a', 1), vertex('b', 4, 'heavy'), vertex('c', 2)))).toBe(6);
  });
});

describe('assignSlots', () => {
  it('puts equal subtask indexes of a group into one slot, slots round robin over TaskManagers', () => {
    const { slots } = assignSlots(job(vertex('a', 1), vertex('b', 3)), 2);
    expect(slots.map((slot) => slot.taskManager)).toEqual([0, 1, 0]);
    expect(slots[0]?.subtasks).toEqual([{ vertexId: 'a', subtask: 0 }, { vertexId: 'b', subtask: 0 }]);
    expect(slots[2]?.subtasks).toEqual([{ vertexId: 'b', subtask: 2 }]);
  });

  it('keeps groups in slots of their own', () => {
    const assignment = assignSlots(job(vertex('a', 2), vertex('b', 2, 'heavy'), vertex('c', 2)), 4);
    expect(assignment.slotOf('b', 0)).toMatchObject({ index: 2, taskManager: 2, slotSharingGroup: 'heavy' });
    expect(assignment.slotOf('c', 1).index).toBe(assignment.slotOf('a', 1).index);
  });

  it('runs co-located subtasks in the same slot', () => {
    const assignment = assignSlots(job(vertex('head', 2, 'default', 'loop'), vertex('tail', 2, 'default', 'loop')), 2);
    expect(assignment.slotOf('head', 1)).toBe(assignment.slotOf('tail', 1));
  });

  it('refuses co-located vertices in different groups, naming both', () => {
    const graph = job(vertex('head', 2, 'x', 'loop'), vertex('tail', 2, 'y', 'loop'));
    expect(() => assignSlots(graph, 2)).toThrow(/"head" and "tail".*"x" and "y"/);
  });

  it('refuses to look up a subtask that the job does not have', () => {
    const assignment = assignSlots(job(vertex('a', 1), vertex('b', 3)), 2);
    expect(() => assignment.slotOf('a', 1)).toThrow(/subtask 1 of vertex a/);
    expect(() => assignment.slotOf('z', 0)).toThrow(/vertex z/);
  });
});
