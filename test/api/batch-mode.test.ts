import { describe, expect, it } from 'vitest';
import {
  type Collector, KeyedProcessFunction, type KeyedProcessContext, type OnTimerContext, EventTimeSessionWindows, MapStateDescriptor, StreamExecutionEnvironment, TumblingEventTimeWindows,
  TumblingProcessingTimeWindows, WatermarkStrategy,
} from '../../src/index.js';
import { collect } from '../../src/testing/index.js';

interface Click { user: string; at: number }
const CLICKS: Click[] = [
  { user: 'ann', at: 1_000 }, { user: 'bob', at: 2_000 }, { user: 'ann', at: 12_000 }, { user: 'ann', at: 3_000 }, { user: 'bob', at: 11_000 }, { user: 'ann', at: 500 },
];

function environment(mode: 'STREAMING' | 'BATCH' | 'AUTOMATIC', parallelism: number): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.getExecutionEnvironment().setRuntimeMode(mode).setParallelism(parallelism);
}

function clicks(env: StreamExecutionEnvironment) {
  return env.fromCollection(CLICKS).assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<Click>().withTimestampAssigner((click) => click.at));
}

/** Says at the end of a second of processing time, and at a fixed event time, how much a user has clicked. */
class Summary extends KeyedProcessFunction<string, Click, string> {
  processElement(click: Click, context: KeyedProcessContext<string>, out: Collector<string>): void {
    out.collect(`${click.user} ${click.at}`);
    context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 3_600_000);
  }
  override onTimer(_: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.getCurrentKey()} ${context.timeDomain()}`);
  }
}

describe.each([1, 3])('batch mode at parallelism %i', (parallelism) => {
  it('sums late elements into their windows, for nothing can be late', async () => {
    const windows = clicks(environment('BATCH', parallelism))
      .map((click) => ({ user: click.user, count: 1 }))
      .keyBy('user')
      .window(TumblingEventTimeWindows.of('10 s'))
      .sum('count');
    const results = (await collect(windows)).map(({ user, count }) => `${user} ${count}`);
    expect(results.sort()).toEqual(['ann 1', 'ann 3', 'bob 1', 'bob 1']);
  });

  it('handles each key in order of time and fires processing-time timers that would never be reached', async () => {
    const results = await collect(clicks(environment('BATCH', parallelism)).keyBy('user').process(new Summary()));
    for (const user of ['ann', 'bob']) {
      const own = results.filter((line) => line.startsWith(user));
      const times = CLICKS.filter((click) => click.user === user).map((click) => click.at).sort((a, b) => a - b);
      expect(own.slice(0, times.length)).toEqual(times.map((at) => `${user} ${at}`));
      expect(own.slice(times.length).every((line) => line === `${user} PROCESSING_TIME`)).toBe(true);
      expect(own.length).toBeGreaterThan(times.length);
    }
  });

  it('fires processing-time windows that are open at the end, and sessions key by key', async () => {
    const counted = clicks(environment('BATCH', parallelism)).map((click) => ({ user: click.user, count: 1 })).keyBy('user');
    const byClock = await collect(counted.window(TumblingProcessingTimeWindows.of('1 h')).sum('count'));
    expect(byClock.reduce((sum, { count }) => sum + count, 0)).toBe(CLICKS.length);
    const sessions = await collect(counted.window(EventTimeSessionWindows.withGap('5 s')).sum('count'));
    expect(sessions.map(({ user, count }) => `${user} ${count}`).sort()).toEqual(['ann 1', 'ann 3', 'bob 1', 'bob 1']);
  });

  it('takes the records of windowAll in the order of their times, whatever subtask they come from', async () => {
    const windows = clicks(environment('BATCH', parallelism)).rebalance().filter(() => true).windowAll(TumblingEventTimeWindows.of('10 s'))
      .apply<string>((window, elements, out) => out.collect(`${window.start} ${elements.map(({ at }) => at).join(' ')}`));
    expect(await collect(windows)).toEqual(['0 500 1000 2000 3000', '10000 11000 12000']);
  });

  it('emits one result for each key of a rolling aggregation', async () => {
    const sums = clicks(environment('AUTOMATIC', parallelism)).map((click) => ({ user: click.user, count: 1 })).keyBy('user').sum('count');
    expect((await collect(sums)).map(({ user, count }) => `${user} ${count}`).sort()).toEqual(['ann 4', 'bob 2']);
  });

  it('lets reduce and fold take the records of each key in the order of their times, and their results go on', async () => {
    const times = (user: string) => CLICKS.filter((click) => click.user === user).map((click) => click.at).sort((a, b) => a - b).join(' ');
    const keyed = (env: StreamExecutionEnvironment) => clicks(env).map(({ user, at }) => ({ user, seen: String(at) })).filter(() => true).keyBy('user');
    const expected = ['ann', 'bob'].map((user) => `${user}: ${times(user)}`);
    const reduced = keyed(environment('BATCH', parallelism)).reduce((one, other) => ({ ...one, seen: `${one.seen} ${other.seen}` })).map(({ user, seen }) => `${user}: ${seen}`);
    expect((await collect(reduced)).sort()).toEqual(expected);
    const folded = keyed(environment('BATCH', parallelism)).fold('', (seen, click) => (seen === '' ? `${click.user}: ${click.seen}` : `${seen} ${click.seen}`));
    expect((await collect(folded.windowAll(TumblingEventTimeWindows.of(10)).reduce((one, other) => [one, other].sort().join('; '))))).toEqual([expected.join('; ')]);
  });

  it('emits final results at the largest timestamp and before the largest watermark, so that windows take them', async () => {
    const counts = (env: StreamExecutionEnvironment) => env.fromElements({ k: 'a', n: 1 }, { k: 'b', n: 5 }, { k: 'a', n: 2 }).keyBy('k').sum('n');
    const times = counts(environment('BATCH', parallelism)).process<string>((count, context, out) => out.collect(`${count.k} ${count.n} ${context.timestamp()} ${context.timerService().currentWatermark()}`));
    expect((await collect(times)).sort()).toEqual(['a 3 Infinity -Infinity', 'b 5 Infinity -Infinity']);
    expect(await collect(counts(environment('BATCH', parallelism)).windowAll(TumblingEventTimeWindows.of(10)).sum('n'))).toEqual([expect.objectContaining({ n: 8 })]);
  });

  it('gives a function without keys the whole broadcast input before its first record', async () => {
    const env = environment('BATCH', parallelism);
    const rules = new MapStateDescriptor<string, number>('rules');
    const slow = env.fromSequence(1, 50_000).setParallelism(1).map((n) => n).disableChaining().broadcast(rules);
    const seen = await collect(env.fromElements('x', 'y', 'z').connect(slow).process<number>({
      processElement: (_, context, out) => out.collect([...context.getBroadcastState(rules).immutableEntries()].length),
      processBroadcastElement: (n, context) => void context.getBroadcastState(rules).put(String(n), n),
    }));
    expect(seen).toEqual([50_000, 50_000, 50_000]);
  });

  it('is another story in streaming mode: a result for each record, and timers beyond the end are dropped', async () => {
    const sums = clicks(environment('STREAMING', parallelism)).map((click) => ({ user: click.user, count: 1 })).keyBy('user').sum('count');
    expect(await collect(sums)).toHaveLength(CLICKS.length);
    const results = await collect(clicks(environment('STREAMING', parallelism)).keyBy('user').process(new Summary()));
    expect(results).toHaveLength(CLICKS.length);
  });
});
