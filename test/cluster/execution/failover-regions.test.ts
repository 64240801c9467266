import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failoverRegions, type FailoverScope } from '../../../src/cluster/execution/failover-regions.js';
import type { JobEdge, JobVertex } from '../../../src/graph/job-graph.js';
import { channelsOf } from '../../../src/graph/wiring.js';
import type { Partitioning } from '../../../src/graph/stream-graph.js';

type Wire = readonly [string, string, Partitioning];

function job(parallelism: Readonly<Record<string, number>>, wires: readonly Wire[], colocation: Readonly<Record<string, string>> = {}) {
  const vertices = Object.entries(parallelism).map(([id, width]): JobVertex => ({
    id, name: id, parallelism: width, maxParallelism: 128, slotSharingGroup: 'default', bufferTimeoutMs: 100, operators: [], chainedEdges: [], kind: 'operator',
    ...(colocation[id] ? { colocation: colocation[id] } : {}),
  }));
  const edges = wires.map(([sourceVertex, targetVertex, partitioning], at): JobEdge => ({ id: `e${at}`, sourceVertex, targetVertex, partitioning, sourceNode: 1, targetNode: 2, input: 0, streamEdge: at }));
  return { vertices, edges };
}

const shown = (graph: ReturnType<typeof job>, scope: FailoverScope = 'region'): string[] =>
  failoverRegions(graph, scope).map((region) => region.map(({ vertexId, subtask }) => vertexId + subtask).join(' '));

describe('regions that restart together', () => {
  it('are separate pipelines where subtasks only feed their own kind', () => {
    expect(shown(job({ a: 2, b: 2, c: 2 }, [['a', 'b', 'FORWARD'], ['b', 'c', 'FORWARD']]))).toEqual(['a0 b0 c0', 'a1 b1 c1']);
  });

  it('are one when anything is shuffled to all', () => {
    expect(shown(job({ a: 2, b: 2, c: 2 }, [['a', 'b', 'FORWARD'], ['b', 'c', 'HASH']]))).toEqual(['a0 a1 b0 b1 c0 c1']);
  });

  it('follow the shares of a rescale', () => {
    expect(shown(job({ a: 4, b: 2 }, [['a', 'b', 'RESCALE']]))).toEqual(['a0 a1 b0', 'a2 a3 b1']);
  });

  it('are separate for parts of a job that are not connected', () => {
    expect(shown(job({ a: 1, b: 1, c: 1, d: 1 }, [['a', 'c', 'HASH'], ['b', 'd', 'BROADCAST']]))).toEqual(['a0 c0', 'b0 d0']);
  });

  it('keep what is co-located together', () => {
    expect(shown(job({ head: 2, tail: 2 }, [], { head: 'loop', tail: 'loop' }))).toEqual(['head0 tail0', 'head1 tail1']);
  });

  it('are all one when the strategy is "full"', () => {
    expect(shown(job({ a: 2, b: 1 }, []), 'full')).toEqual(['a0 a1 b0']);
  });

  it('hold every subtask once, and no channel leads from one to another', () => {
    const partitioning = fc.constantFrom<Partitioning>('FORWARD', 'RESCALE', 'HASH', 'REBALANCE', 'BROADCAST');
    const wires = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 5 }), partitioning), { maxLength: 6 });
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 6, maxLength: 6 }), wires, (widths, drawn) => {
      const name = (at: number): string => `v${at}`;
      const parallelism = Object.fromEntries(widths.map((width, at) => [name(at), width]));
      const graph = job(parallelism, drawn.filter(([from, to]) => from < to).map(([from, to, how]) => [name(from), name(to), how] as const));
      const regions = failoverRegions(graph, 'region');
      const home = new Map(regions.flatMap((region, index) => region.map(({ vertexId, subtask }) => [`${vertexId}/${subtask}`, index] as const)));
      expect(regions.flat().length).toBe(widths.reduce((sum, width) => sum + width, 0));
      expect(home.size).toBe(regions.flat().length);
      for (const edge of graph.edges) {
        for (const { producer, consumer } of channelsOf(edge, parallelism[edge.sourceVertex]!, parallelism[edge.targetVertex]!)) {
          expect(home.get(`${edge.sourceVertex}/${producer}`)).toBe(home.get(`${edge.targetVertex}/${consumer}`));
        }
      }
    }));
  });
});
