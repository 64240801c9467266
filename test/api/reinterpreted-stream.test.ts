import { describe, expect, expectTypeOf, it } from 'vitest';
import { type DataStream, DataStreamUtils, type KeyedStream, RichMapFunction, StreamExecutionEnvironment, type ValueState, ValueStateDescriptor } from '../../src/index.js';
import { collect } from '../../src/testing/index.js';
import { describeGraph } from './describe-graph.js';

class CountOf extends RichMapFunction<{ word: string }, string> {
  count!: ValueState<number>;
  override open(): void {
    this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count', 0));
  }
  map({ word }: { word: string }): string {
    this.count.update(this.count.value()! + 1);
    return `${word} ${this.count.value()}`;
  }
}

const sums = (parallelism: number): DataStream<{ word: string; n: number }> =>
  StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(parallelism)
    .fromElements('a', 'b', 'c', 'a', 'b', 'a').map((word) => ({ word, n: 1 })).keyBy('word').sum('n');

describe('a stream reinterpreted as keyed', () => {
  it('keeps its records where they are, and gives what follows their keys', async () => {
    const keyed = DataStreamUtils.reinterpretAsKeyedStream(sums(2), ({ word }) => word);
    expectTypeOf(keyed).toEqualTypeOf<KeyedStream<{ word: string; n: number }, string>>();
    expect((await collect(keyed.map(CountOf))).sort()).toEqual(['a 1', 'a 2', 'a 3', 'b 1', 'b 2', 'c 1']);
  });

  it('is chained to what it comes from', () => {
    const keyed = DataStreamUtils.reinterpretAsKeyedStream(sums(2), 'word');
    expectTypeOf(keyed).toEqualTypeOf<KeyedStream<{ word: string; n: number }, string>>();
    keyed.map(CountOf).discardingSink();
    const lines = describeGraph(keyed.getExecutionEnvironment().getStreamGraph());
    expect(lines).toContain('4 Map ×2 keyed 0');
    expect(lines).toContain('3 → 4 FORWARD');
  });

  it('is made of streams, by keys that the compiler knows', () => {
    expect(() => DataStreamUtils.reinterpretAsKeyedStream(42 as never, 'word' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    // @ts-expect-error -- there is no such field
    DataStreamUtils.reinterpretAsKeyedStream(sums(1), 'wrod');
  });
});
