import { describe, expect, it } from 'vitest';
import { chainObstacle, isChainable } from '../../src/graph/chaining.js';
import type { StreamGraph } from '../../src/graph/stream-graph.js';
import { topologyOf } from '../../src/graph/topology.js';
import { graphOf, operator, sink, source, withNode } from './sample-graph.js';

/** Source → Map → Sink; edge 1 is the one from Map to Sink. */
const pipeline = graphOf([source(), operator(), sink()], [[1, 2], [2, 3]]);

function obstacleOf(graph: StreamGraph, edge: number) {
  const at = graph.edges[edge];
  if (!at) throw new Error(`no edge ${edge}`);
  const found = chainObstacle(topologyOf(graph), at);
  expect(isChainable(graph, at)).toBe(found === undefined);
  return found?.kind;
}

describe('an edge is chained', () => {
  it('when every condition holds', () => {
    expect([obstacleOf(pipeline, 0), obstacleOf(pipeline, 1)]).toEqual([undefined, undefined]);
  });

  it('to every eligible consumer of a stream', () => {
    const fan = graphOf([source(), operator('A'), operator('B')], [[1, 2], [1, 3]]);
    expect([obstacleOf(fan, 0), obstacleOf(fan, 1)]).toEqual([undefined, undefined]);
  });

  it('when it carries a side output', () => {
    expect(obstacleOf(graphOf([source(), sink()], [[1, 2, { sideOutput: 'late' }]]), 0)).toBeUndefined();
  });
});

describe('an edge is not chained', () => {
  it('when chaining is disabled for the job', () => {
    expect(obstacleOf({ ...pipeline, chainingEnabled: false }, 0)).toBe('CHAINING_DISABLED');
  });

  it('when the partitioning is not forward, even from one subtask to one', () => {
    for (const partitioning of ['HASH', 'REBALANCE', 'RESCALE', 'SHUFFLE', 'BROADCAST', 'GLOBAL', 'CUSTOM'] as const) {
      expect(obstacleOf(graphOf([source(), sink()], [[1, 2, { partitioning }]]), 0)).toBe('PARTITIONING');
    }
  });

  it('when the parallelism or the slot-sharing group differs', () => {
    expect(obstacleOf(withNode(pipeline, 3, { parallelism: 2 }), 1)).toBe('PARALLELISM');
    expect(obstacleOf(withNode(pipeline, 3, { slotSharingGroup: 'other' }), 1)).toBe('SLOT_SHARING_GROUP');
  });

  it('into an operator that starts a new chain, but out of it', () => {
    const cut = withNode(pipeline, 2, { chaining: 'HEAD' });
    expect([obstacleOf(cut, 0), obstacleOf(cut, 1)]).toEqual(['NEW_CHAIN', undefined]);
  });

  it('on either side of an operator with chaining disabled', () => {
    const cut = withNode(pipeline, 2, { chaining: 'NEVER' });
    expect([obstacleOf(cut, 0), obstacleOf(cut, 1)]).toEqual(['DOWNSTREAM_NEVER', 'UPSTREAM_NEVER']);
  });

  it('into a union, two connected streams, or a stream united with itself', () => {
    const union = graphOf([source('A'), source('B'), operator()], [[1, 3], [2, 3]]);
    const connected = graphOf([source('A'), source('B'), operator('CoMap', { inputs: 2 })], [[1, 3], [2, 3, { input: 1 }]]);
    const itself = graphOf([source(), operator()], [[1, 2], [1, 2, { ordinal: 1 }]]);
    for (const graph of [union, connected, itself]) expect([obstacleOf(graph, 0), obstacleOf(graph, 1)]).toEqual(['SEVERAL_INPUTS', 'SEVERAL_INPUTS']);
  });

  it('when the maximum parallelism differs and the job does not allow that', () => {
    const differing = withNode(pipeline, 3, { maxParallelism: 64 });
    expect(obstacleOf(differing, 1)).toBeUndefined();
    expect(obstacleOf({ ...differing, chainDifferentMaxParallelism: false }, 1)).toBe('MAX_PARALLELISM');
    expect(obstacleOf({ ...differing, chainDifferentMaxParallelism: false, maxParallelism: 64 }, 1)).toBeUndefined();
  });

  it('when a yielding operator would join a task headed by a legacy source', () => {
    const legacy = withNode(withNode(pipeline, 1, { legacySource: true }), 3, { yielding: true });
    expect([obstacleOf(legacy, 0), obstacleOf(legacy, 1)]).toEqual([undefined, 'YIELDS_TO_LEGACY_SOURCE']);
    expect(obstacleOf(withNode(legacy, 2, { chaining: 'HEAD' }), 1)).toBeUndefined();
    expect(obstacleOf(withNode(legacy, 1, { legacySource: false }), 1)).toBeUndefined();
  });
});

describe('an operator that chains with sources', () => {
  const both = graphOf(
    [source('A'), source('B', { legacySource: true }), source('C'), operator('Join', { inputs: 3, chaining: 'HEAD_WITH_SOURCES' }), sink()],
    [[1, 4], [2, 4, { input: 1 }], [3, 4, { input: 2 }], [4, 5]],
  );

  it('takes new-style sources that feed nothing else, however many inputs it has', () => {
    expect([0, 1, 2, 3].map((edge) => obstacleOf(both, edge))).toEqual([undefined, 'NOT_A_CHAINABLE_SOURCE', undefined, undefined]);
  });

  it('takes no source that feeds others too, and no other operator', () => {
    const shared = { ...both, edges: [...both.edges, { source: 1, target: 5, input: 0, partitioning: 'FORWARD' as const, ordinal: 0 }] };
    expect(obstacleOf(shared, 0)).toBe('NOT_A_CHAINABLE_SOURCE');
    expect(obstacleOf(withNode(both, 3, { kind: 'operator' }), 2)).toBe('NOT_A_CHAINABLE_SOURCE');
  });

  it('takes no source on an input that several streams share', () => {
    const union = { ...both, edges: both.edges.map((edge) => ({ ...edge, input: 0 })) };
    expect(obstacleOf(union, 0)).toBe('UNION');
  });
});

describe('an obstacle', () => {
  it('says in words what keeps the operators apart', () => {
    const graph = withNode(pipeline, 3, { parallelism: 2 });
    const edge = graph.edges[1];
    expect(edge && chainObstacle(topologyOf(graph), edge)?.because).toBe('the parallelism changes from 1 to 2');
  });
});
