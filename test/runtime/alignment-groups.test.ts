import { describe, expect, it } from 'vitest';
import { createJobGraph } from '../../src/graph/translate.js';
import type { EventTimeFacts } from '../../src/operators/operator.js';
import type { NodeDefinition } from '../../src/program/job-program.js';
import { alignmentGroupOf } from '../../src/runtime/alignment-groups.js';
import { graphOf, operator, source } from '../graph/sample-graph.js';

type Link = Parameters<typeof graphOf>[1][number];

const named = (group: string): EventTimeFacts => ({ watermarks: true, alignment: { group, maxDriftMs: 5, updateIntervalMs: 1000 } });
const unnamed: EventTimeFacts = { watermarks: true };

/** Sources 1, 3, 5 … each with an operator 2, 4, 6 … that assigns event time, and what links them to further nodes. */
function membersOf(facts: readonly (EventTimeFacts | undefined)[], { links = [], parallelism = 1, drift = 1000, of = 0 }: { links?: readonly Link[]; parallelism?: number; drift?: number; of?: number } = {}): readonly number[] | undefined {
  const nodes = facts.flatMap((_, at) => [source(`Source: ${at}`, { parallelism }), operator(`Times ${at}`, { parallelism })]);
  const graph = graphOf([...nodes, ...(links.length > 0 ? [operator('Join', { parallelism })] : [])], [...facts.map((_, at): Link => [at * 2 + 1, at * 2 + 2]), ...links]);
  const jobGraph = createJobGraph(graph, '0'.repeat(32));
  const definitions = new Map<number, NodeDefinition>(graph.nodes.map(({ id, kind }) => {
    const eventTime = facts[id / 2 - 1];
    return [id, kind === 'source' ? { kind: 'source', source: {} as never } : { kind: 'operator', operator: { instantiate: () => ({ inputs: [] }), ...(eventTime && { eventTime }) } }];
  }));
  return alignmentGroupOf(jobGraph.vertices[of]!.id, jobGraph, definitions, drift)?.members;
}

const joined = (count: number): Link[] => Array.from({ length: count }, (_, at): Link => [at * 2 + 2, count * 2 + 1, { partitioning: 'HASH' }]);

describe('a source is aligned', () => {
  it('with its own subtasks', () => {
    expect(membersOf([unnamed], { parallelism: 3, links: joined(1) })).toEqual([0, 1, 2]);
  });

  it('with none when it has one subtask and meets no other: then nothing is compared', () => {
    expect(membersOf([unnamed])).toBeUndefined();
  });

  it('with the sources whose records it meets', () => {
    expect(membersOf([unnamed, unnamed], { links: joined(2) })).toHaveLength(2);
  });

  it('unasked, not with sources whose records it never meets', () => {
    expect(membersOf([unnamed, unnamed])).toBeUndefined();
  });

  it('with all sources of its group, wherever their records go', () => {
    expect(membersOf([named('a'), unnamed, named('a'), named('b')])).toEqual([0, 2]);
  });

  it('with its group also when it is alone in it, as far as anyone knows', () => {
    expect(membersOf([named('a')])).toEqual([0]);
  });

  it('with none when it makes no watermarks', () => {
    expect(membersOf([undefined, unnamed], { links: joined(2) })).toBeUndefined();
    expect(membersOf([{ watermarks: false }, unnamed], { links: joined(2) })).toBeUndefined();
  });

  it('unasked, with none when that is switched off; with its group nevertheless', () => {
    expect(membersOf([unnamed, unnamed], { links: joined(2), drift: 0 })).toBeUndefined();
    expect(membersOf([named('a'), named('a')], { drift: 0 })).toEqual([0, 1]);
  });
});
