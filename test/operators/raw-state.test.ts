import { describe, expect, it } from 'vitest';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { type RawKeyedState, rawKeyedState, type RawOperatorState, rawOperatorState } from '../../src/operators/raw-state.js';
import { type Kept, kept, type KeptOptions } from './kept-state.js';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

/** An operator with raw state of both kinds; `snapshot` is what it does at a checkpoint. */
async function raw(snapshot: (operator: RawOperatorState, keyed: RawKeyedState) => void, options: KeptOptions = {}): Promise<Kept & { operator: RawOperatorState; keyed: RawKeyedState }> {
  let made: { operator: RawOperatorState; keyed: RawKeyedState };
  const definition: OperatorDefinition<never> = {
    instantiate(context) {
      made = { operator: rawOperatorState(context), keyed: rawKeyedState(context) };
      const { operator, keyed } = made;
      return { inputs: [], snapshotState: () => snapshot(operator, keyed) };
    },
  };
  const rest = await kept(definition, options);
  return { ...rest, ...made! };
}

describe('raw operator state', () => {
  it('is empty at first, and comes back in the partitions in which it was written', async () => {
    const first = await raw((operator) => operator.write([bytes(1, 2), bytes(), bytes(255)]));
    expect(first.operator.partitions()).toEqual([]);
    const second = await raw(() => {}, { from: [first] });
    expect(second.operator.partitions()).toEqual([bytes(1, 2), bytes(), bytes(255)]);
  });

  it('is what was written last, and stays what it was where nothing is written', async () => {
    let round = 0;
    const first = await raw((operator) => operator.write([bytes(++round)]));
    await first.harness.operator.snapshotState!({ checkpointId: 6, timestamp: 0, kind: 'checkpoint' });
    const second = await raw(() => {}, { from: [first] });
    const third = await raw(() => {}, { from: [second] });
    expect(third.operator.partitions()).toEqual([bytes(2)]);
  });

  it('is a copy: the operator may reuse its buffer', async () => {
    const buffer = bytes(1);
    const first = await raw((operator) => {
      operator.write([buffer]);
      buffer[0] = 9;
    });
    expect((await raw(() => {}, { from: [first] })).operator.partitions()).toEqual([bytes(1)]);
  });

  it('is bytes and nothing else', async () => {
    const first = await raw(() => {});
    expect(() => first.operator.write(['text' as never])).toThrow('raw state is bytes');
  });
});

describe('raw keyed state', () => {
  /** Writes the number of each of its key groups. */
  const everyGroup = (_: RawOperatorState, keyed: RawKeyedState): void => {
    keyed.write(Array.from({ length: keyed.range.end - keyed.range.start + 1 }, (__, at) => [keyed.range.start + at, bytes(keyed.range.start + at)]));
  };

  it('goes to the subtask that owns the key group, whatever the parallelism becomes', async () => {
    const one = await raw(everyGroup);
    expect(one.keyed.range).toEqual({ start: 0, end: 15 });
    const halves = [await raw(everyGroup, { subtask: 0, parallelism: 2, from: [one] }), await raw(everyGroup, { subtask: 1, parallelism: 2, from: [one] })];
    expect(halves.map(({ keyed }) => [...keyed.keyGroups().keys()])).toEqual([[0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14, 15]]);
    const again = await raw(() => {}, { from: halves });
    expect([...again.keyed.keyGroups()]).toEqual(Array.from({ length: 16 }, (_, group) => [group, bytes(group)]));
  });

  it('is kept once, though every subtask is shown all of it', async () => {
    const one = await raw(everyGroup);
    const halves = await Promise.all([0, 1].map(async (subtask) => {
      const half = await raw(() => {}, { subtask, parallelism: 2, from: [one] });
      half.keyed.keyGroups();
      return half;
    }));
    const again = await raw(() => {}, { from: halves });
    expect(again.keyed.keyGroups().size).toBe(16);
  });

  it('knows the key group of a key, and refuses those of others', async () => {
    const second = await raw(() => {}, { subtask: 1, parallelism: 2 });
    const group = second.keyed.keyGroupOf('flink');
    expect(group).toBe((await raw(() => {})).keyed.keyGroupOf('flink'));
    expect(() => second.keyed.write([[3, bytes()]])).toThrow('the key group 3 was written by a subtask that owns 8 to 15');
  });
});
