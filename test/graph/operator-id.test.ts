import { describe, expect, it } from 'vitest';
import { operatorIds } from '../../src/graph/operator-id.js';
import { graphOf, operator, sink, source, withNode } from './sample-graph.js';

const HASH = { partitioning: 'HASH' } as const;

/** Socket → Flat Map ⇒ keyBy ⇒ Window → Print: the chain of Flink's SocketWindowWordCount. */
function wordCount() {
  return graphOf([source(), operator('Flat Map'), operator('Window'), sink()], [[1, 2], [2, 3, HASH], [3, 4]]);
}

describe('operatorIds', () => {
  it('gives the ids that Flink gives', () => {
    expect(operatorIds(graphOf([source()], [])).get(1)).toBe('bc764cd8ddf7a0cff126f51c16239658');
    expect(operatorIds(graphOf([source(), sink()], [[1, 2]])).get(1)).toBe('cbc357ccb763df2852fee8c4fc7d55f2');
    expect(operatorIds(graphOf([source(), sink()], [[1, 2, HASH]])).get(2)).toBe('0a448493b4782967b150582570326227');
  });

  it('gives the vertex ids that Flink shows for its socket word count', () => {
    const ids = operatorIds(wordCount());
    expect([ids.get(1), ids.get(3)]).toEqual(['cbc357ccb763df2852fee8c4fc7d55f2', '90bea66de1c231edf33913ecd54406c1']);
  });

  it('depends on position, not on names, kinds or parallelism', () => {
    const renamed = wordCount();
    for (const node of renamed.nodes) Object.assign(node, { name: `x${node.id}`, operator: 'Other', parallelism: 7 });
    expect(operatorIds(renamed)).toEqual(operatorIds(wordCount()));
  });

  it('changes when chaining changes', () => {
    const cut = withNode(wordCount(), 2, { chaining: 'NEVER' });
    expect(operatorIds(cut).get(1)).not.toBe(operatorIds(wordCount()).get(1));
  });

  it('depends on the uid alone where there is one, and leaves the ids of others before it as they are', () => {
    const named = operatorIds(withNode(wordCount(), 3, { uid: 'count' }));
    const alone = operatorIds(graphOf([source('S', { uid: 'count' })], []));
    expect(named.get(3)).toBe(alone.get(1));
    expect(named.get(1)).toBe(operatorIds(wordCount()).get(1));
  });

  it('takes a hash given by the user as it is', () => {
    const hash = '0123456789abcdef0123456789abcdef';
    expect(operatorIds(withNode(wordCount(), 2, { uidHash: hash })).get(2)).toBe(hash);
  });

  it('depends on the uid where there is a hash, too: that is for state saved before', () => {
    const both = operatorIds(withNode(wordCount(), 2, { uid: 'words', uidHash: '0123456789abcdef0123456789abcdef' }));
    expect(both).toEqual(operatorIds(withNode(wordCount(), 2, { uid: 'words' })));
  });

  it('waits for every input of an operator that several branches reach', () => {
    const ids = operatorIds(graphOf([source(), operator('Long'), operator('Longer'), operator('Union')], [[1, 4], [1, 2], [2, 3], [3, 4]]));
    expect(new Set(ids.values()).size).toBe(4);
  });

  it('refuses a uid used twice, naming both operators', () => {
    const graph = withNode(withNode(wordCount(), 2, { uid: 'same' }), 3, { uid: 'same' });
    expect(() => operatorIds(graph)).toThrow(/the uid "same" for "Flat Map" and "Window"/);
  });

  it('refuses a circle, naming its operators', () => {
    expect(() => operatorIds(graphOf([source(), operator('A'), operator('B')], [[1, 2], [2, 3], [3, 2]]))).toThrow(/"A", "B"/);
  });
});
