/**
 * Tests as a job's author writes them, each with another part of the kit: a shared cluster, harnesses, snapshots, a script.
 */
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Collector, type DataStream, EventTimeSessionWindows, KeyedBroadcastProcessFunction, type KeyedBroadcastContext, type KeyedBroadcastReadOnlyContext, KeyedProcessFunction, type KeyedProcessContext, MapStateDescriptor, type OnTimerContext, OutputTag, StateTtlConfig,
  TumblingEventTimeWindows, TumblingProcessingTimeWindows, ValueStateDescriptor, WatermarkStrategy,
} from '../../src/index.js';
import { harness, MiniCluster, TestStream } from '../../src/testing/index.js';

interface Click { user: string; page: string; at: number }
const cluster = new MiniCluster({ configuration: { 'parallelism.default': 2 } });
afterAll(() => cluster.close());

const visits = (clicks: DataStream<Click>) => clicks.keyBy('user').window(EventTimeSessionWindows.withGap('30 min')).aggregate(
  { createAccumulator: () => [] as string[], add: (click, pages) => [...pages, click.page], getResult: (pages) => pages.join('>'), merge: (a, b) => [...a, ...b] },
  (user, window, [path], out: Collector<{ user: string; path: string; minutes: number }>) => out.collect({ user, path: path!, minutes: (window.end - window.start) / 60_000 }));

class Inactive extends KeyedProcessFunction<string, Click, string> {
  private readonly last = new ValueStateDescriptor<number>('last').enableTimeToLive(StateTtlConfig.newBuilder('1 h').build());
  override processElement(click: Click, context: KeyedProcessContext<string>, _out: Collector<string>): void {
    this.getRuntimeContext().getState(this.last).update(click.at);
    context.timerService().registerEventTimeTimer(click.at + 10_000);
  }
  override onTimer(timestamp: number, context: OnTimerContext<string>, out: Collector<string>): void {
    if (this.getRuntimeContext().getState(this.last).value() === timestamp - 10_000) out.collect(`${context.getCurrentKey()} is inactive`);
  }
}

describe('an author of jobs tests', () => {
  it('a whole job of sessions', async () => {
    const clicks: Click[] = [{ user: 'a', page: '/', at: 0 }, { user: 'b', page: '/x', at: 60_000 }, { user: 'a', page: '/buy', at: 600_000 }, { user: 'a', page: '/', at: 7_200_000 }];
    const found = await cluster.run((env) => visits(env.fromCollection(clicks).assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<Click>().withTimestampAssigner((c) => c.at))));
    expect(found.sort((a, b) => a.user.localeCompare(b.user) || a.path.length - b.path.length)).toEqual([{ user: 'a', path: '/', minutes: 30 }, { user: 'a', path: '/>/buy', minutes: 40 }, { user: 'b', path: '/x', minutes: 30 }]);
  });
  it('a function with timers, over a snapshot', async () => {
    const h = await harness.keyed(Inactive, (c: Click) => c.user);
    h.push({ user: 'a', page: '/', at: 1000 }, 1000);
    h.push({ user: 'b', page: '/', at: 2000 }, 2000);
    h.watermark(5000);
    expect([h.numEventTimeTimers(), h.numKeyedStateEntries()]).toEqual([2, 2]);
    const again = await harness.keyed(Inactive, (c: Click) => c.user, { restoreFrom: await h.snapshot() });
    again.watermark(11_000);
    expect(again.take()).toEqual(['a is inactive']);
    again.advance('2 h');
    again.watermark(12_000);
    expect(again.values).toEqual([]);
  });
  it('a failure, silence and going on, from a script', async () => {
    const c = new MiniCluster({ configuration: { 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.delay': '1 s', 'execution.checkpointing.interval': '1 s' } });
    const script = TestStream.of<number>().record(1, 1).advance('2 s').record(2, 2).crash('power cut').record(3, 3).pause('1 min').record(4, 4).end();
    const job = await c.submit((env) => env.fromSource(script).keyBy(() => 'all').reduce((a, b) => a + b));
    await c.clock.advance('2 min');
    await job.finished;
    expect(job.results.at(-1)).toBe(10);
    await c.close();
  });
  it('a function of two inputs, with its rules', async () => {
    const rules = new MapStateDescriptor<string, number>('rules');
    const seen = new ValueStateDescriptor<number>('seen');
    class Limit extends KeyedBroadcastProcessFunction<string, Click, [string, number], string> {
      override processElement(c: Click, ctx: KeyedBroadcastReadOnlyContext<string>, out: Collector<string>) {
        const s = this.getRuntimeContext().getState(seen);
        const n = (s.value() ?? 0) + 1;
        s.update(n);
        if (n > (ctx.getBroadcastState(rules).get(c.page) ?? Infinity)) out.collect(`${c.user} too often on ${c.page}`);
      }
      override processBroadcastElement([page, n]: [string, number], ctx: KeyedBroadcastContext<string>, _out: Collector<string>) {
        ctx.getBroadcastState(rules).put(page, n);
        ctx.applyToKeyedState(seen, (_key, s) => s.clear());
      }
    }
    const h = await harness.keyedBroadcast(new Limit(), (c: Click) => c.user, [rules]);
    h.second.push(['/', 1]);
    h.first.push({ user: 'a', page: '/', at: 0 });
    h.first.push({ user: 'a', page: '/', at: 1 });
    h.second.push(['/', 5]);
    h.first.push({ user: 'a', page: '/', at: 2 });
    expect(h.values).toEqual(['a too often on /']);
  });
  it('what comes late, and windows by the clock', async () => {
    const late = new OutputTag<Click>('late');
    const job = await cluster.submit((env) => {
      const clicks = env.fromSource(TestStream.of<Click>().record({ user: 'a', page: '/', at: 0 }, 5000).watermark(20_000).record({ user: 'a', page: '/l', at: 0 }, 1000));
      const n = clicks.keyBy('user').window(TumblingEventTimeWindows.of('10 s')).sideOutputLateData(late).process<string>((user, _c, els, out) => out.collect(`${user} ${els.length}`));
      return { n, late: n.getSideOutput(late), clock: clicks.keyBy('user').window(TumblingProcessingTimeWindows.of('1 min')).maxBy('at') };
    });
    expect(job.results.n).toEqual(['a 1']);
    expect(job.results.late.map((c) => c.page)).toEqual(['/l']);
    expect(job.results.clock).toEqual([]);
    await cluster.clock.advance('1 min');
    expect(job.results.clock).toHaveLength(1);
    await job.cancel();
  });
});
