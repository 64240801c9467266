import { describe, expect, it } from 'vitest';
import { SplittableSource } from '../../../src/connectors/splittable/splittable-source.js';
import { FlinkError, NumberSequenceIterator, SplittableIterator, StreamExecutionEnvironment } from '../../../src/index.js';
import { MiniCluster } from '../../../src/testing/index.js';

/** Words, dealt out in turn. */
class Words extends SplittableIterator<string> {
  constructor(private readonly words: readonly string[]) {
    super();
  }
  split(numPartitions: number): string[][] {
    return Array.from({ length: numPartitions }, (_, part) => this.words.filter((_word, at) => at % numPartitions === part));
  }
  getMaximumNumberOfSplits(): number {
    return this.words.length;
  }
}

async function readBy(iterator: SplittableIterator<unknown>, parallelism: number): Promise<unknown[]> {
  const cluster = new MiniCluster({ configuration: { 'parallelism.default': parallelism } });
  const results = await cluster.run((env) => env.fromParallelCollection(iterator));
  await cluster.close();
  return results.toSorted();
}

describe('an iterator that can be cut', () => {
  it.each([1, 2, 3, 5])('is read whole, each element once, by %i subtasks', async (parallelism) => {
    expect(await readBy(new Words(['a', 'b', 'c', 'd']), parallelism)).toEqual(['a', 'b', 'c', 'd']);
    expect(await readBy(new NumberSequenceIterator(1, 9), parallelism)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('of numbers may be empty', async () => expect(await readBy(new NumberSequenceIterator(5, 4), 2)).toEqual([]));

  it('of numbers cuts a range into parts of nearly equal size, as many as are asked for', () => {
    expect(new NumberSequenceIterator(1, 5).split(3).map((part) => [...part])).toEqual([[1, 2], [3, 4], [5]]);
    expect(new NumberSequenceIterator(1, 2).split(3).map((part) => [...part])).toEqual([[1], [2], []]);
  });

  it('goes on behind the last element that was emitted, a part for itself', async () => {
    const source = new SplittableSource(new Words(['a', 'b', 'c', 'd', 'e']));
    const reader = source.createReader({ subtaskIndex: 0, parallelism: 1, sendSplitRequest() {}, sendSourceEvent() {} });
    reader.addSplits([{ id: '1', part: 1, parts: 2, emitted: 1 }]);
    const values: string[] = [];
    reader.pollNext({ full: false, collect: (value) => void values.push(value) });
    expect(values).toEqual(['d']);
  });

  it('is refused when it cannot be cut', () => {
    expect(() => StreamExecutionEnvironment.getExecutionEnvironment().fromParallelCollection([1, 2] as never)).toThrow(FlinkError);
  });
});
