import { describe, expect, it } from 'vitest';
import type { ListCheckpointed } from '../../src/index.js';
import { RichMapFunction } from '../../src/operators/functions.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { kept } from './kept-state.js';

let log: unknown[];

/** Answers how many records it has seen, in parts of at most ten. */
class Counter extends RichMapFunction<string, number> implements ListCheckpointed<number> {
  private count = 0;
  override open(): void {
    log.push('open');
  }
  map(): number {
    return ++this.count;
  }
  snapshotState(checkpointId: number, timestamp: number): number[] {
    log.push(`snapshot ${checkpointId} at ${timestamp}`);
    return this.count > 10 ? [10, this.count - 10] : [this.count];
  }
  restoreState(parts: number[]): void {
    log.push(parts);
    this.count = parts.reduce((a, b) => a + b, 0);
  }
}

const counter = (): OperatorDefinition<never> => {
  log = [];
  return mapOperator(Counter as never) as OperatorDefinition<never>;
};

describe('a ListCheckpointed function', () => {
  it('is not asked to restore anything in a job that starts afresh', async () => {
    await kept(counter());
    expect(log).toEqual(['open']);
  });

  it('hands over its parts at a checkpoint, and gets them back before open', async () => {
    const definition = counter();
    const first = await kept(definition);
    for (let n = 0; n < 12; n++) first.harness.push('x');
    const second = await kept(definition, { from: [first] });
    expect(log).toEqual(['open', 'snapshot 7 at 5000', [10, 2], 'open']);
    expect(second.harness.push('x').values).toEqual([13]);
  });

  it('gets the parts of several subtasks when the parallelism goes down', async () => {
    const definition = counter();
    const subtasks = [await kept(definition), await kept(definition)];
    for (const { harness } of subtasks) harness.push('x');
    const joined = await kept(definition, { from: subtasks });
    expect(joined.harness.push('x').values).toEqual([3]);
  });

  it('may answer null, an empty list or a promise', async () => {
    for (const answer of [null, [], Promise.resolve([4])]) {
      const restored: unknown[] = [];
      const fn = { map: (n: number) => n, snapshotState: () => answer, restoreState: (parts: unknown[]) => void restored.push(...parts) };
      const definition = mapOperator(fn as never) as OperatorDefinition<never>;
      await kept(definition, { from: [await kept(definition)] });
      expect(restored).toEqual(answer instanceof Promise ? [4] : []);
    }
  });

  it('is told when it answers anything else', async () => {
    const definition = mapOperator({ map: (n: number) => n, snapshotState: () => 5, restoreState() {} } as never) as OperatorDefinition<never>;
    await expect(kept(definition, { from: [await kept(definition)] })).rejects.toThrow('answers an array or null; number came');
  });

  it('that is a CheckpointedFunction as well counts as that', async () => {
    const calls: string[] = [];
    const fn = { map: (n: number) => n, initializeState: () => void calls.push('initialize'), snapshotState: (context: { getCheckpointId(): number }) => void calls.push(`snapshot ${context.getCheckpointId()}`), restoreState: () => void calls.push('restore') };
    const definition = mapOperator(fn as never) as OperatorDefinition<never>;
    await kept(definition, { from: [await kept(definition)] });
    expect(calls).toEqual(['initialize', 'snapshot 7', 'initialize']);
  });
});
