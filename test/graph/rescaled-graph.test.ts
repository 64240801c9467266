import { describe, expect, it } from 'vitest';
import { rescaledGraph } from '../../src/graph/rescaled-graph.js';
import { createJobGraph } from '../../src/graph/translate.js';
import { graphOf, operator, sink, source } from './sample-graph.js';

/** In ─FORWARD→ Map ─HASH→ Out, none of them chained. */
const graph = createJobGraph(
  graphOf([source('Source: In', { parallelism: 2 }), operator('Map', { parallelism: 2, chaining: 'NEVER' }), sink('Sink: Out', { parallelism: 1, nonParallel: true })], [[1, 2], [2, 3, { partitioning: 'HASH' }]]),
  '0'.repeat(32),
);
const [first, second] = graph.vertices as [(typeof graph.vertices)[number], (typeof graph.vertices)[number]];
const partitionings = (rescaled: typeof graph) => rescaled.edges.map(({ partitioning }) => partitioning);

describe('a job at another parallelism', () => {
  it('has the same vertices, operators and edges', () => {
    const rescaled = rescaledGraph(graph, new Map([[first.id, 3], [second.id, 3]]));
    expect(rescaled.vertices.map(({ parallelism }) => parallelism)).toEqual([3, 3, 1]);
    expect({ ...rescaled, vertices: rescaled.vertices.map((vertex, at) => ({ ...vertex, parallelism: graph.vertices[at]!.parallelism })) }).toEqual(graph);
  });

  it('deals records out between vertices that were one to one, as long as they are not', () => {
    const uneven = rescaledGraph(graph, new Map([[first.id, 3]]));
    expect(partitionings(uneven)).toEqual(['RESCALE', 'HASH']);
    expect(partitionings(rescaledGraph(graph, new Map([[first.id, 4], [second.id, 4]])))).toEqual(['FORWARD', 'HASH']);
  });

  it('knows which vertices have one subtask only', () => {
    expect(graph.vertices.map(({ nonParallel }) => nonParallel === true)).toEqual([false, false, true]);
  });
});
