/**
 * Whole jobs with a watermark at every record, whose results are known.
 */
import { describe, expect, it } from 'vitest';
import {
  type AssignerWithPunctuatedWatermarks, type Collector, type DataStream, OutputTag, ProcessAllWindowFunction, type ProcessWindowContext, ProcessWindowFunction, SlidingEventTimeWindows, StreamExecutionEnvironment, type TimeWindow,
  TumblingEventTimeWindows, Watermark,
} from '../../src/index.js';

/** A record, and its time in milliseconds. */
type Timed = readonly [key: string, at: number];

/** Event time stands `behind` the record that came last. */
function punctuated<T>(timeOf: (record: T) => number, behind: number): AssignerWithPunctuatedWatermarks<T> {
  return { extractTimestamp: timeOf, checkAndGetNextWatermark: (record) => new Watermark(timeOf(record) - behind) };
}

function streamOf<T>(env: StreamExecutionEnvironment, records: readonly T[], timeOf: (record: T) => number, behind = 1): DataStream<T> {
  return env.fromCollection(records).assignTimestampsAndWatermarks(punctuated(timeOf, behind));
}

const timed = (env: StreamExecutionEnvironment, text: string): DataStream<Timed> => streamOf(env, text.split(' ').map((each): Timed => [each[0]!, Number(each.slice(1))]), ([, at]) => at);

async function collected<T>(stream: DataStream<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const record of stream.executeAndCollect()) all.push(record);
  return all.sort();
}

const threeMs = TumblingEventTimeWindows.of(3);
const oneMs = SlidingEventTimeWindows.of(1, 1);
const shown = (records: readonly Timed[]): string => records.map(([key, at]) => `${key}${at}`).join(' ');

describe.each([1, 3])('with a watermark at every record, at parallelism %d,', (parallelism) => {
  const environment = (): StreamExecutionEnvironment => StreamExecutionEnvironment.createLocalEnvironment(parallelism);

  it('windows of each key fold from a copy of the first value, also one that the fold changes', async () => {
    const windowed = () => timed(environment(), 'a0 a1 a2 b3 b4 b5 a6 a7 a8').keyBy(([key]) => key).window(threeMs);
    const into = (sum: { text: string; n: number }, [key, at]: Timed) => {
      sum.text += key;
      sum.n += at;
      return sum;
    };
    expect(await collected(windowed().fold({ text: 'R:', n: 0 }, into).map(({ text, n }) => `${text} ${n}`))).toEqual(['R:aaa 21', 'R:aaa 3', 'R:bbb 12']);
    const numbered = windowed().fold({ text: 'R:', n: 0 }, into, { process: (_key: string, _context: unknown, sums: readonly { text: string; n: number }[], out: Collector<string>) => sums.forEach(({ text, n }, i) => out.collect(`${text} ${n} ${i}`)) });
    expect(await collected(numbered)).toEqual(['R:aaa 21 0', 'R:aaa 3 0', 'R:bbb 12 0']);
    const all = timed(environment(), 'a0 a1 a2 b3 a3 b4 a4 b5 a5').windowAll(threeMs).fold({ text: 'R:', n: 0 }, into).map(({ text, n }) => `${text} ${n}`);
    const [first, second] = (await collected(all)) as [string, string];
    expect([first, second.replace(/R:(.)\w+/, 'R:$1')]).toEqual(['R:aaa 3', expect.stringMatching(/^R:[ab] 24$/)]);
  });

  it('coGroup calls for every window of a key of which either stream has a record', async () => {
    const env = environment();
    const grouped = timed(env, 'a0 a1 a2 b3 b4 b5 a6 a7 a8').coGroup(timed(env, 'a0 a1 b3 c6 c7 c8')).where(([key]) => key).equalTo(([key]) => key).window(threeMs)
      .apply<string>((first, second, out) => out.collect(`F:${shown(first.toSorted())} S:${shown(second.toSorted())}`));
    expect(await collected(grouped)).toEqual(['F: S:c6 c7 c8', 'F:a0 a1 a2 S:a0 a1', 'F:a6 a7 a8 S:', 'F:b3 b4 b5 S:b3']);
  });

  it('join gives the pairs of each window', async () => {
    const env = environment();
    const joined = timed(env, 'a0 a1 a2 b3 b5 a6 a7 a8').join(timed(env, 'a0 a1 b3 b5 a6 a8')).where(([key]) => key).equalTo(([key]) => key).window(threeMs).apply((one, two) => shown([one, two]));
    expect(await collected(joined)).toEqual([
      'a0 a0', 'a0 a1', 'a1 a0', 'a1 a1', 'a2 a0', 'a2 a1', 'a6 a6', 'a6 a8', 'a7 a6', 'a7 a8', 'a8 a6', 'a8 a8', 'b3 b3', 'b3 b5', 'b5 b3', 'b5 b5',
    ]);
  });

  it('join of a stream with itself gives the pairs of each window', async () => {
    const records = timed(environment(), 'a0 a1 a2 b3 b5 a6 a7 a8');
    const joined = records.join(records).where(([key]) => key).equalTo(([key]) => key).window(threeMs).apply((one, two) => shown([one, two]));
    const pairs = (texts: string): string[] => texts.split(' ').flatMap((one, _, all) => all.map((two) => `${one} ${two}`));
    expect(await collected(joined)).toEqual([...pairs('a0 a1 a2'), ...pairs('a6 a7 a8'), ...pairs('b3 b5')]);
  });
});

describe('with a watermark at every record, in a stream that goes back in time,', () => {
  const late = new OutputTag<number>('late');
  const side = new OutputTag<string>('side');
  const numbers = () => streamOf(StreamExecutionEnvironment.createLocalEnvironment(1), [1, 2, 5, 3, 4], (n) => n, 0);

  it('windows over all records give those behind it to the side output', async () => {
    const windowed = numbers().windowAll(oneMs).sideOutputLateData(late).apply<number>((_window, elements, out) => elements.forEach((n) => out.collect(n)));
    expect(await collected(windowed.map((n) => `${n}`).union(windowed.getSideOutput(late).map((n) => `late ${n}`)))).toEqual(['1', '2', '5', 'late 3', 'late 4']);
  });

  it('keyed windows take those that are late by less than they are allowed', async () => {
    const windowed = numbers().keyBy((n) => n).window(oneMs).allowedLateness(2).sideOutputLateData(late).apply<string>((key, _window, elements, out) => elements.forEach((n) => out.collect(`${key}-${n}`)));
    expect(await collected(windowed.union(windowed.getSideOutput(late).map((n) => `late ${n}`)))).toEqual(['1-1', '2-2', '4-4', '5-5', 'late 3']);
  });

  it('process functions of windows give to side outputs of their own, late records go nowhere', async () => {
    class Keyed extends ProcessWindowFunction<number, string, number, TimeWindow> {
      process(key: number, context: ProcessWindowContext<TimeWindow>, _elements: readonly number[], out: Collector<string>): void {
        out.collect(`${key}`);
        context.output(side, `side ${key}`);
      }
    }
    class All extends ProcessAllWindowFunction<number, string, TimeWindow> {
      process(context: ProcessWindowContext<TimeWindow>, elements: readonly number[], out: Collector<string>): void {
        for (const n of elements) {
          out.collect(`${n}`);
          context.output(side, `side ${n}`);
        }
      }
    }
    for (const windowed of [numbers().keyBy((n) => n).window(oneMs).process<string>(new Keyed()), numbers().windowAll(oneMs).process<string>(All)]) {
      expect(await collected(windowed.union(windowed.getSideOutput(side)))).toEqual(['1', '2', '5', 'side 1', 'side 2', 'side 5']);
    }
  });
});

it('side outputs are united with each other, with themselves and with other streams; one that nothing goes to stays empty', async () => {
  const [odd, even, none] = ['odd', 'even', 'none'].map((id) => new OutputTag<number>(id)) as [OutputTag<number>, OutputTag<number>, OutputTag<number>];
  const united = async (of: (odds: DataStream<number>, evens: DataStream<number>, nothing: DataStream<number>, env: StreamExecutionEnvironment) => DataStream<number>): Promise<string> => {
    const env = StreamExecutionEnvironment.createLocalEnvironment(3);
    const split = env.fromElements(1, 2, 3, 4).process<number>((n, context) => context.output(n % 2 === 0 ? even : odd, n));
    return (await collected(of(split.getSideOutput(odd), split.getSideOutput(even), split.getSideOutput(none), env))).join('');
  };
  expect(await united((odds, evens) => odds.union(evens))).toBe('1234');
  expect(await united((odds) => odds.union(odds))).toBe('1133');
  expect(await united((odds, _evens, _nothing, env) => odds.union(env.fromElements(2, 4)))).toBe('1234');
  expect(await united((_odds, _evens, nothing) => nothing)).toBe('');
});
