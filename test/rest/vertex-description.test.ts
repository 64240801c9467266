import { expect, it } from 'vitest';
import { describeVertex } from '../../src/rest/vertex-description.js';

const operator = (nodeId: number, name: string) => ({ nodeId, name, operatorId: '', operator: '', maxParallelism: 128 });
const edge = (sourceNode: number, targetNode: number) => ({ sourceNode, targetNode });

it('a vertex is described by the tree of its operators, as text for web pages', () => {
  const operators = [operator(1, 'Source: Numbers'), operator(2, 'a < b & c'), operator(3, 'Filter'), operator(4, 'Sink: Print'), operator(5, 'Sink: Files')];
  expect(describeVertex({ operators, chainedEdges: [edge(1, 2), edge(2, 3), edge(2, 4), edge(1, 5)] }))
    .toBe('Source: Numbers<br/>:- a &lt; b &amp; c<br/>:  :- Filter<br/>:  +- Sink: Print<br/>+- Sink: Files<br/>');
});
