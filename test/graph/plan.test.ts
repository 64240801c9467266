import { describe, expect, it } from 'vitest';
import { renderPlan, streamPlan } from '../../src/graph/plan.js';
import { graphOf, operator, sink, source } from './sample-graph.js';

const HASH = { partitioning: 'HASH' } as const;

describe('streamPlan', () => {
  it("has the form of Flink's execution plan", () => {
    const graph = graphOf([source('Source: Words'), operator('Count', { parallelism: 2, description: 'counts words' }), sink()], [[1, 2, HASH], [2, 3, { partitioning: 'REBALANCE' }]]);
    expect(streamPlan(graph)).toEqual({
      nodes: [
        { id: 1, type: 'Source: Words', pact: 'Data Source', contents: 'Source: Words', parallelism: 1 },
        { id: 2, type: 'Count', pact: 'Operator', contents: 'counts words', parallelism: 2, predecessors: [{ id: 1, ship_strategy: 'HASH', side: 'second' }] },
        { id: 3, type: 'Sink: Print', pact: 'Data Sink', contents: 'Sink: Print', parallelism: 1, predecessors: [{ id: 2, ship_strategy: 'REBALANCE', side: 'second' }] },
      ],
    });
  });
});

function rendered(...lines: string[]): string {
  return `${lines.join('\n')}\n`;
}

describe('renderPlan', () => {
  it('shows each task with its chained operators, uids and streams', () => {
    const graph = graphOf(
      [source('Source: Words', { parallelism: 2 }), operator('Split', { parallelism: 2, uid: 'split' }), operator('Count', { parallelism: 4, uid: 'count' }), sink('Sink: Print', { parallelism: 4 })],
      [[1, 2], [2, 3, HASH], [3, 4]],
    );
    expect(renderPlan(graph)).toBe(rendered(
      'Job "sample" (STREAMING): 2 tasks, 6 subtasks',
      '',
      'Task 1: parallelism 2',
      '  Source: Words',
      '  └─ Split  [uid split]',
      '     └─ ► Task 2, HASH',
      '',
      'Task 2: parallelism 4',
      '  ◄─ Task 1, HASH',
      '  Count  [uid count]',
      '  └─ Sink: Print',
    ));
  });

  it('shows fan-out, side outputs, union and connected streams', () => {
    const graph = graphOf(
      [source('Source: A'), operator('Split'), sink('Sink: Late'), operator('Deep'), sink('Sink: Deep'), source('Source: B'), operator('Union'), operator('CoMap', { inputs: 2 })],
      [[1, 2], [2, 3, { sideOutput: 'late' }], [2, 4], [4, 5], [2, 7], [6, 7], [7, 8, HASH], [6, 8, { input: 1, partitioning: 'BROADCAST' }]],
    );
    expect(renderPlan(graph)).toBe(rendered(
      'Job "sample" (STREAMING): 4 tasks, 4 subtasks',
      '',
      'Task 1: parallelism 1',
      '  Source: A',
      '  └─ Split',
      '     ├─ (late) Sink: Late',
      '     ├─ Deep',
      '     │  └─ Sink: Deep',
      '     └─ ► Task 3, FORWARD',
      '',
      'Task 2: parallelism 1',
      '  Source: B',
      '  ├─ ► Task 3, FORWARD',
      '  └─ ► Task 4, BROADCAST',
      '',
      'Task 3: parallelism 1',
      '  ◄─ Task 1, FORWARD',
      '  ◄─ Task 2, FORWARD',
      '  Union',
      '  └─ ► Task 4, HASH',
      '',
      'Task 4: parallelism 1',
      '  ◄─ Task 3, HASH, input 1',
      '  ◄─ Task 2, BROADCAST, input 2',
      '  CoMap',
    ));
  });

  it('says why a forward stream leaves its task, and what sets a task apart', () => {
    const graph = graphOf(
      [source('Source: A', { colocation: 'loop', chaining: 'NEVER' }), operator('Heavy', { colocation: 'loop', maxParallelism: 64 })],
      [[1, 2]],
      { runtimeMode: 'STREAMING' },
    );
    expect(renderPlan(graph)).toBe(rendered(
      'Job "sample" (STREAMING): 2 tasks, 2 subtasks',
      '',
      'Task 1: parallelism 1, beside Task 2',
      '  Source: A',
      '  └─ ► Task 2, FORWARD',
      '',
      'Task 2: parallelism 1, at most 64, beside Task 1',
      '  ◄─ Task 1, FORWARD (not chained: "Source: A" has chaining disabled)',
      '  Heavy',
    ));
  });

  it('names a slot-sharing group that is not the default', () => {
    const graph = graphOf([source('Source: A', { slotSharingGroup: 'heavy' })], []);
    expect(renderPlan(graph)).toMatch(/Task 1: parallelism 1, slot-sharing group "heavy"/);
  });
});
