import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Collector, type KeyedProcessContext, KeyedProcessFunction, type OnTimerContext, RichMapFunction, TumblingEventTimeWindows, type RuntimeContext } from '../../src/index.js';
import { ManualClock, MiniCluster, TestStream, type TestStreamEvent } from '../../src/testing/index.js';
import type { SourceReaderContext } from '../../src/operators/source.js';

let cluster: MiniCluster;
beforeEach(() => void (cluster = new MiniCluster()));
afterEach(() => cluster.close());

interface Count { readonly key: string; readonly n: number }
const sum = (a: Count, b: Count): Count => ({ key: a.key, n: a.n + b.n });

it('is data that calls write', () => {
  const script: TestStreamEvent<string>[] = [
    { type: 'record', value: 'a' }, { type: 'record', value: 'b', timestamp: 5 }, { type: 'watermark', timestamp: 5 }, { type: 'idle' },
    { type: 'advance', duration: '1 s' }, { type: 'pause', duration: 3 }, { type: 'crash', message: 'boom' }, { type: 'end' },
  ];
  expect(TestStream.of('a').record('b', 5).watermark(5).idle().advance('1 s').pause(3).crash('boom').end()).toEqual(new TestStream(script));
});

it('is a new stream after each call', () => {
  const start = TestStream.of(1);
  const [one, other] = [start.record(2).end(), start.record(3).end()];
  expect([start, one, other].map(({ events, boundedness }) => [events.length, boundedness])).toEqual([[1, 'CONTINUOUS_UNBOUNDED'], [3, 'BOUNDED'], [3, 'BOUNDED']]);
});

it('plays records with their timestamps and watermarks', async () => {
  const stream = TestStream.of<Count>().record({ key: 'a', n: 1 }, 1).record({ key: 'a', n: 2 }, 12).watermark(10).record({ key: 'a', n: 4 }, 3).end();
  const windows = await cluster.run((env) => env.fromSource(stream).keyBy('key').window(TumblingEventTimeWindows.of(10)).reduce(sum));
  expect(windows.map(({ n }) => n)).toEqual([1, 2]);
});

it('that has gone idle holds no watermark of others back', async () => {
  class Seen extends RichMapFunction<number, number> {
    map(n: number): number {
      return n;
    }
  }
  const job = await cluster.submit((env) => {
    const busy = env.fromSource(TestStream.of<number>().record(1, 1).watermark(20));
    const idle = env.fromSource(TestStream.of<number>().pause('1 s').idle());
    return busy.union(idle).map(Seen).keyBy(() => 0).window(TumblingEventTimeWindows.of(10)).reduce((a) => a);
  });
  expect(job.results).toEqual([]);
  await cluster.clock.advance('1 s');
  expect(job.results).toEqual([1]);
});

it('moves the clock when everything before has been handled', async () => {
  class Reminder extends KeyedProcessFunction<string, Count, string> {
    processElement({ key, n }: Count, context: KeyedProcessContext<string>): void {
      context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + n);
      void key;
    }
    override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
      out.collect(`${context.getCurrentKey()} at ${time}`);
    }
  }
  const stream = TestStream.of<Count>({ key: 'a', n: 50 }).advance(10).record({ key: 'b', n: 20 }).advance('1 s').end();
  expect(await cluster.run((env) => env.fromSource(stream).keyBy('key').process(Reminder))).toEqual(['b at 30', 'a at 50']);
  expect(cluster.clock.now()).toBe(1010);
});

it('pauses until another one has moved the clock', async () => {
  const leading = TestStream.of('first').advance('2 s').record('third').end();
  const following = TestStream.of<string>().pause('1 s').record('second').end();
  expect(await cluster.run((env) => env.fromSource(leading).union(env.fromSource(following)))).toEqual(['first', 'second', 'third']);
});

it('stays open without an end', async () => {
  const job = await cluster.submit((env) => env.fromSource(TestStream.of(1)));
  await cluster.clock.advance('1 d');
  let ended = false;
  void job.finished.catch(() => {}).finally(() => (ended = true));
  await cluster.atRest();
  expect(ended).toBe(false);
  expect(await job.cancel()).toEqual([1]);
});

it('plays nothing after its end', async () => {
  expect(await cluster.run((env) => env.fromSource(TestStream.of(1).end().record(2)))).toEqual([1]);
});

it('crashes with its message', async () => {
  const job = await cluster.submit((env) => env.fromSource(TestStream.of(1).crash('the disk is full').record(2).end()));
  await expect(job.finished).rejects.toThrow(/^the disk is full$/);
  expect(job.results).toEqual([1]);
});

it.each([[0, 'one'], [1, 'two'], [2, undefined]])('in attempt %i crashes with %s', async (attempt, message) => {
  const stream = TestStream.of(1).crash('one').record(2).crash('two').record(3).end();
  const clock = new ManualClock();
  const reader = stream.createReader(readerContext({ attempt, clock }));
  reader.addSplits([{ id: '0', played: 0 }]);
  const poll = () => reader.pollNext({ collect() {}, full: false });
  if (message === undefined) return expect(poll()).toBe('END_OF_INPUT');
  expect(poll()).toBe('NOTHING_AVAILABLE');
  const available = reader.isAvailable();
  clock.advance(0);
  await available;
  expect(poll).toThrow(message);
});

it('goes on from where a snapshot was taken', () => {
  const stream = TestStream.of(1).crash('one').record(2).pause(5).record(3).end();
  const first = stream.createReader(readerContext({ attempt: 1 }));
  first.addSplits([{ id: '0', played: 0 }]);
  const records: number[] = [];
  const output = { collect: (n: number) => void records.push(n), full: false };
  expect(first.pollNext(output)).toBe('NOTHING_AVAILABLE');
  const restored = stream.createReader(readerContext({ attempt: 1 }));
  restored.addSplits(first.snapshotState(1));
  expect(restored.pollNext(output)).toBe('END_OF_INPUT');
  expect(records).toEqual([1, 2, 3]);
});

it('waits where the clock runs by itself', async () => {
  const clock = new ManualClock();
  const reader = TestStream.of<number>().advance('5 s').record(1).end().createReader(readerContext({ clock }));
  reader.addSplits([{ id: '0', played: 0 }]);
  const records: number[] = [];
  const output = { collect: (n: number) => void records.push(n), full: false };
  expect(reader.pollNext(output)).toBe('NOTHING_AVAILABLE');
  const available = reader.isAvailable();
  clock.advance('5 s');
  await available;
  expect(reader.pollNext(output)).toBe('END_OF_INPUT');
  expect(records).toEqual([1]);
});

function readerContext({ attempt = 0, clock = new ManualClock() }: { attempt?: number; clock?: ManualClock }): SourceReaderContext<never> {
  return { subtaskIndex: 0, parallelism: 1, clock, runtime: { getAttemptNumber: () => attempt } as unknown as RuntimeContext, sendSplitRequest() {}, sendSourceEvent() {} };
}
