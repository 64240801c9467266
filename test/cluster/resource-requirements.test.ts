import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asRemembered, initialRequirements, parallelismWith, requirementErrors, slotNeed, withoutOpenBounds } from '../../src/cluster/resource-requirements.js';
import { requiredSlots } from '../../src/cluster/execution/slots.js';
import type { JobEdge, JobGraph, JobVertex } from '../../src/graph/job-graph.js';
import { rescaledGraph } from '../../src/graph/rescaled-graph.js';

function vertex(id: string, more: Partial<JobVertex> = {}): JobVertex {
  return { id, name: id.toUpperCase(), parallelism: 2, maxParallelism: 8, slotSharingGroup: 'default', bufferTimeoutMs: 100, operators: [], chainedEdges: [], kind: 'operator', ...more };
}

function job(vertices: readonly JobVertex[], forward: readonly (readonly [string, string])[] = []): JobGraph {
  const edges = forward.map(([sourceVertex, targetVertex], at): JobEdge => ({ id: `edge-${at}`, sourceVertex, targetVertex, sourceNode: 1, targetNode: 2, input: 0, partitioning: 'FORWARD', streamEdge: at }));
  return { jobId: 'job', jobName: 'job', graphHash: '', runtimeMode: 'STREAMING', globalJobParameters: {}, vertices: [...vertices], edges };
}

const bounds = (lowerBound: number, upperBound: number) => ({ lowerBound, upperBound });

describe('requirements', () => {
  const two = job([vertex('a'), vertex('b', { nonParallel: true, parallelism: 1 })]);

  it('are at first what the program asks for, or less', () => {
    expect(initialRequirements(two)).toEqual({ a: bounds(1, 2), b: bounds(1, 1) });
  });

  it.each([
    ['a vertex that is missing', { a: bounds(1, 2) }, ['every vertex of the job must be there; b (B) is missing']],
    ['a stranger', { a: bounds(1, 2), b: bounds(1, 1), c: bounds(1, 1) }, ['c is no vertex of the job']],
    ['a lower bound of nothing', { a: bounds(0, 2), b: bounds(1, 1) }, ['a (A): expected bounds from 1 to 8, the lower one first; 0 and 2 came']],
    ['bounds the wrong way round', { a: bounds(3, 2), b: bounds(1, 1) }, ['a (A): expected bounds from 1 to 8, the lower one first; 3 and 2 came']],
    ['more than the maximum', { a: bounds(1, 9), b: bounds(1, 1) }, ['a (A): expected bounds from 1 to 8, the lower one first; 1 and 9 came']],
    ['several subtasks of what has one', { a: bounds(1, 8), b: bounds(1, 2) }, ['b (B): expected bounds from 1 to 1, for it runs in one subtask only, the lower one first; 1 and 2 came']],
  ])('are refused: %s', (_, wanted, errors) => {
    expect(requirementErrors(two, wanted)).toEqual(errors);
  });

  it('are refused where the ends of an iteration would part', () => {
    const pair = job([vertex('a', { colocation: 'loop' }), vertex('b', { colocation: 'loop' })]);
    expect(requirementErrors(pair, { a: bounds(1, 3), b: bounds(1, 4) })).toEqual(['a (A) and b (B) run in the same slots: their bounds must be the same']);
    expect(requirementErrors(pair, { a: bounds(1, 3), b: bounds(1, 3) })).toEqual([]);
  });

  it('may leave bounds open', () => {
    expect(withoutOpenBounds(two, { a: bounds(-1, -1), b: bounds(1, -1) })).toEqual({ a: bounds(1, 8), b: bounds(1, 1) });
  });
});

describe('the parallelism of a job', () => {
  const groups = job([vertex('a'), vertex('b'), vertex('c', { slotSharingGroup: 'other' })]);
  const wanted = { a: bounds(1, 4), b: bounds(2, 3), c: bounds(1, 4) };

  it('is the upper bounds where there are slots for them', () => {
    expect(slotNeed(groups, wanted)).toEqual({ least: 3, most: 8 });
    expect([...parallelismWith(groups, wanted, 8)!.values()]).toEqual([4, 3, 4]);
  });

  it('is less where there are not, and each group has its part of them', () => {
    expect([...parallelismWith(groups, wanted, 5)!.values()]).toEqual([3, 3, 2]);
    expect([...parallelismWith(groups, wanted, 3)!.values()]).toEqual([2, 2, 1]);
  });

  it('cannot be had with slots for less than the lower bounds', () => {
    expect(parallelismWith(groups, wanted, 2)).toBeUndefined();
  });

  it('stays equal on both sides of a FORWARD edge with the same bounds on both, whatever slots each side has', () => {
    const apart = job([vertex('a'), vertex('b', { slotSharingGroup: 'other' })], [['a', 'b']]);
    expect([...parallelismWith(apart, { a: bounds(1, 4), b: bounds(1, 4) }, 5)!.values()]).toEqual([2, 2]);
    expect([...parallelismWith(apart, { a: bounds(1, 4), b: bounds(1, 3) }, 5)!.values()]).toEqual([3, 2]);
  });

  it('is within its bounds and takes no more slots than there are', () => {
    const bound = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })).map(([one, other]) => bounds(Math.min(one, other), Math.max(one, other)));
    const shapes = fc.array(fc.record({ group: fc.constantFrom('x', 'y', 'z'), bound }), { minLength: 1, maxLength: 6 });
    fc.assert(fc.property(shapes, fc.integer({ min: 1, max: 40 }), fc.boolean(), (shape, slots, chain) => {
      const vertices = shape.map(({ group }, at) => vertex(`v${at}`, { slotSharingGroup: group }));
      const graph = job(vertices, chain ? vertices.slice(1).map(({ id }, at) => [`v${at}`, id] as const) : []);
      const required = Object.fromEntries(shape.map(({ bound: each }, at) => [`v${at}`, each]));
      const parallelism = parallelismWith(graph, required, slots);
      expect(parallelism !== undefined).toBe(slotNeed(graph, required).least <= slots);
      for (const [id, width] of parallelism ?? []) {
        expect(width).toBeGreaterThanOrEqual(required[id]!.lowerBound);
        expect(width).toBeLessThanOrEqual(required[id]!.upperBound);
      }
      if (parallelism) expect(requiredSlots(rescaledGraph(graph, parallelism))).toBeLessThanOrEqual(slots);
    }));
  });

  it('begins as it was remembered, also where the bounds were raised after that', () => {
    const widths = (slots: number, requirements = wanted) => asRemembered(groups, { requirements, slots }).vertices.map(({ parallelism }) => parallelism);
    expect(widths(5)).toEqual([3, 3, 2]);
    expect(widths(1)).toEqual([2, 2, 1]);
  });

  it('is what the program says where another job was remembered, or none', () => {
    expect(asRemembered(groups, { requirements: { a: bounds(1, 1) }, slots: 5 })).toBe(groups);
    expect(asRemembered(groups, undefined)).toBe(groups);
  });
});
