import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  AggregatingStateDescriptor, type DataStream, FoldingStateDescriptor, type KeyedStream, ListStateDescriptor, MapStateDescriptor, OutputTag, ReducingStateDescriptor, RichMapFunction, type SingleOutputStreamOperator,
  StreamExecutionEnvironment, Tuple2, Tuple3, TypeHint, TypeInformation, Types, type ValueState, ValueStateDescriptor, WatermarkStrategy, NumberSequenceSource,
} from '../../src/index.js';
import { collect } from '../../src/testing/index.js';

class Word {
  constructor(readonly text: string) {}
}
const env = (): StreamExecutionEnvironment => StreamExecutionEnvironment.getExecutionEnvironment();

describe('the type that a program names', () => {
  it('is known to the compiler', () => {
    expectTypeOf(Types.TUPLE(Types.STRING, Types.LONG)).toEqualTypeOf<TypeInformation<[string, number]>>();
    expectTypeOf(Types.MAP(Types.INT, Types.LIST(Types.BIG_INT))).toEqualTypeOf<TypeInformation<Map<number, bigint[]>>>();
    expectTypeOf(TypeInformation.of(Word)).toEqualTypeOf<TypeInformation<Word>>();
    expectTypeOf(TypeInformation.of(Number)).toEqualTypeOf<TypeInformation<number>>();
    expectTypeOf(Types.POJO(Word)).toEqualTypeOf<TypeInformation<Word>>();
    expectTypeOf(TypeInformation.of(new TypeHint<Tuple2<string, number>>())).toEqualTypeOf<TypeInformation<[string, number]>>();
  });

  it('can be shown, and is made of a class or a hint', () => {
    expect([Types.TUPLE(Types.STRING, Types.LIST(Types.INT)), TypeInformation.of(Word), Types.MAP(Types.STRING, Types.DOUBLE)].map(String)).toEqual(['Tuple2<String, List<Integer>>', 'Word', 'Map<String, Double>']);
    expect([Types.STRING.getTypeClass(), TypeInformation.of(Word).getTypeClass(), Types.VOID.getTypeClass()]).toEqual([String, Word, undefined]);
    expect(() => TypeInformation.of('Word' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('TypeHint') }));
  });

  it('is that of a stream', () => {
    const mapped = env().fromElements('a').map((text): unknown => new Word(text));
    expectTypeOf(mapped.returns(Types.STRING)).toEqualTypeOf<SingleOutputStreamOperator<string>>();
    expectTypeOf(mapped.returns(String)).toEqualTypeOf<SingleOutputStreamOperator<string>>();
    expectTypeOf(mapped.returns(new TypeHint<[string, number]>())).toEqualTypeOf<SingleOutputStreamOperator<[string, number]>>();
    expectTypeOf(mapped.returns<Word>()).toEqualTypeOf<SingleOutputStreamOperator<Word>>();
    expect([mapped.returns(TypeInformation.of(Word)).getType(), mapped.returns(new TypeHint<Word>()).getType(), mapped.returns(Types.INT).getType()]).toEqual([Word, Word, Number]);
    expect(() => mapped.returns('string' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('may stand behind functions, keys and sources', async () => {
    expectTypeOf(env().fromElements('a b').flatMap((line, out) => { for (const word of line.split(' ')) out.collect(word); }, Types.STRING)).toEqualTypeOf<SingleOutputStreamOperator<string>>();
    expectTypeOf(env().fromElements('a b').process((_line, _context, out) => out.collect(1), Types.INT)).toEqualTypeOf<SingleOutputStreamOperator<number>>();
    const words = env().fromCollection(['a', 'b', 'a'], Types.STRING);
    const keyed = words.map((word) => Tuple2.of(word, 1), Types.TUPLE(Types.STRING, Types.INT)).keyBy(([word]) => word, Types.STRING);
    expectTypeOf(keyed).toEqualTypeOf<KeyedStream<[string, number], string>>();
    expect(await collect(keyed.sum(1))).toEqual([['a', 1], ['b', 1], ['a', 2]]);
    expectTypeOf(env().fromSource(new NumberSequenceSource(1, 2), WatermarkStrategy.noWatermarks(), 'numbers', Types.LONG)).toExtend<DataStream<number>>();
  });

  it('is no default of a state', async () => {
    class Sums extends RichMapFunction<number, string> {
      private states!: ValueState<number>[];
      override open(): void {
        const hinted = new ValueStateDescriptor('a', TypeInformation.of(new TypeHint<number>()), 10);
        expectTypeOf(hinted).toEqualTypeOf<ValueStateDescriptor<number>>();
        const descriptors = [hinted, new ValueStateDescriptor('b', Types.LONG), new ValueStateDescriptor<number>('c', Number, 0), new ValueStateDescriptor('d', 5)];
        this.states = descriptors.map((descriptor) => this.getRuntimeContext().getState(descriptor));
      }
      map(): string {
        return this.states.map((state) => String(state.value())).join(' ');
      }
    }
    expect(await collect(env().fromElements(1).keyBy((n) => n).map(Sums))).toEqual(['10 null 0 5']);
    expectTypeOf(new ValueStateDescriptor('word', Word)).toEqualTypeOf<ValueStateDescriptor<Word>>();
  });

  it('is that of states and side outputs', () => {
    expectTypeOf(new ListStateDescriptor('list', Types.STRING)).toEqualTypeOf<ListStateDescriptor<string>>();
    expectTypeOf(new ListStateDescriptor('list', Word)).toEqualTypeOf<ListStateDescriptor<Word>>();
    expectTypeOf(new MapStateDescriptor('map', Types.STRING, Types.LONG)).toEqualTypeOf<MapStateDescriptor<string, number>>();
    expectTypeOf(new ReducingStateDescriptor('sum', (a, b) => a + b, Types.LONG)).toEqualTypeOf<ReducingStateDescriptor<number>>();
    expectTypeOf(new OutputTag('late', Types.TUPLE(Types.STRING, Types.INT))).toEqualTypeOf<OutputTag<[string, number]>>();
    expect([new FoldingStateDescriptor('fold', '', (text: string, n: number) => text + n, Types.STRING).initial, new OutputTag('late', Types.STRING).id]).toEqual(['', 'late']);
    expect(new AggregatingStateDescriptor('mean', { createAccumulator: () => [0, 0], add: (n: number, [sum, count]) => [sum! + n, count! + 1], getResult: ([sum, count]) => sum! / count!, merge: (a) => a }, Types.LIST(Types.INT)).name).toBe('mean');
  });
});

describe('a tuple of Flink', () => {
  it('is an array', () => {
    expectTypeOf(Tuple2.of('a', 1)).toEqualTypeOf<[string, number]>();
    expect([Tuple2.of('a', 1), Tuple3.of(1, 2, 3)]).toEqual([['a', 1], [1, 2, 3]]);
  });
});
