/**
 * Windows of jobs that fail and go on from a checkpoint: whatever is emitted, also what is emitted again, is a whole window.
 */
import { describe, expect, it } from 'vitest';
import {
  type Collector, CountEvictor, type DataStream, EventTimeSessionWindows, RichMapFunction, type StreamExecutionEnvironment, SlidingEventTimeWindows, type TimeWindow, TumblingEventTimeWindows, type Window, type WindowAssigner,
} from '../../src/index.js';
import { MiniCluster, TestStream } from '../../src/testing/index.js';
import { eventually } from '../eventually.js';

/** One record of each key at each millisecond, whose value is its time. */
type Item = readonly [key: string, n: number];
type Span = readonly [start: number, end: number];
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const TIMES = 120;
const SIZE = 40;
const SLIDE = 10;

/** A checkpoint is taken while the clock moves on, in the middle of windows; well after it the source fails. */
function script(): TestStream<Item> {
  let stream = TestStream.of<Item>();
  for (let n = 0; n < TIMES; n++) {
    // A pause of all sessions.
    if (n % SIZE === SIZE - 1) continue;
    for (const key of KEYS) stream = stream.record([key, n], n);
    stream = stream.watermark(n - 1);
    if (n === 57) stream = stream.advance('2 s').pause('1 s');
    if (n === 95) stream = stream.crash();
  }
  return stream.end();
}

const sumOf = ([start, end]: Span): number => Array.from({ length: TIMES }, (_, n) => n).filter((n) => n >= start && n < end && n % SIZE !== SIZE - 1).reduce((sum, n) => sum + n, 0);
const spans = (first: number, slide: number, size: number): Span[] => Array.from({ length: Math.ceil((TIMES - first) / slide) }, (_, i): Span => [first + i * slide, first + i * slide + size]);
const shown = (key: string, span: Span, sum: number): string => `${key} ${span.join('-')} ${sum}`;

const TUMBLING: [WindowAssigner<unknown, TimeWindow>, Span[]] = [TumblingEventTimeWindows.of(SIZE), spans(0, SIZE, SIZE)];
const SLIDING: [WindowAssigner<unknown, TimeWindow>, Span[]] = [SlidingEventTimeWindows.of(SIZE, SLIDE), spans(SLIDE - SIZE, SLIDE, SIZE)];
const SESSIONS: [WindowAssigner<unknown, TimeWindow>, Span[]] = [EventTimeSessionWindows.withGap(1), spans(0, SIZE, SIZE - 1)];

const emit = (key: string, { start, end }: TimeWindow, items: readonly Item[], out: Collector<string>): void => out.collect(shown(key, [start, end], items.reduce((sum, [, n]) => sum + n, 0)));
const add = ([key, a]: Item, [, b]: Item): Item => [key, a + b];
type Build = (items: DataStream<Item>, assigner: WindowAssigner<unknown, TimeWindow>) => DataStream<string>;
const keyed = (items: DataStream<Item>, assigner: WindowAssigner<unknown, TimeWindow>) => items.rebalance().keyBy(([key]) => key).window(assigner);

/** Tells a test of completed checkpoints. */
class Noticing extends RichMapFunction<Item, Item> {
  static completed = 0;
  map(item: Item): Item {
    return item;
  }
  notifyCheckpointComplete(): void {
    Noticing.completed += 1;
  }
}

const BUILDS: readonly (readonly [name: string, build: Build, keys: number, kinds: readonly (typeof TUMBLING)[]])[] = [
  ['lists', (items, assigner) => keyed(items, assigner).apply<string>(emit), 1, [TUMBLING, SLIDING, SESSIONS]],
  ['reductions', (items, assigner) => keyed(items, assigner).reduce(add, emit), 1, [TUMBLING, SLIDING, SESSIONS]],
  ['lists for an evictor', (items, assigner) => keyed(items, assigner).evictor(CountEvictor.of(SIZE * 2)).apply<string>(emit), 1, [TUMBLING, SLIDING, SESSIONS]],
  ['lists of all keys', (items, assigner) => items.rebalance().windowAll(assigner).apply<string>((window, all, out) => emit('all', window, all, out)), KEYS.length, [TUMBLING, SLIDING]],
  ['reductions of all keys', (items, assigner) => items.rebalance().windowAll(assigner).reduce(add, (window: TimeWindow, all: readonly Item[], out: Collector<string>) => emit('all', window, all, out)), KEYS.length, [TUMBLING, SLIDING]],
  ['pairs of lists', (items, assigner) => items.coGroup(items).where(([key]) => key).equalTo(([key]) => key).window(assigner as WindowAssigner<unknown, Window>)
    .apply<string>((first, second, out) => out.collect(`${first[0]![0]} ${first.length} ${second.length}`)), 0, [TUMBLING]],
];

describe.each(['hashmap', 'level'])('with the backend %s, after a failure', (backend) => {
  it.each(BUILDS.flatMap(([name, build, keys, kinds]) => kinds.map(([assigner, expected]) => [String(assigner), name, build, keys, assigner, expected] as const)))('%s of %s are whole', async (_kind, _name, build, keys, assigner, expected) => {
    const cluster = new MiniCluster({ configuration: { 'parallelism.default': 3, 'state.backend.type': backend, 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 1, 'restart-strategy.fixed-delay.delay': '0 s', 'execution.checkpointing.interval': '1 s' } });
    try {
      Noticing.completed = 0;
      const job = await cluster.submit((env: StreamExecutionEnvironment) => build(env.fromSource(script()).map(Noticing), assigner));
      await eventually(() => expect(Noticing.completed).toBeGreaterThan(0));
      await cluster.clock.advance('5 s');
      await job.finished;
      const all = keys === 0 ? KEYS.flatMap((key) => [`${key} ${SIZE - 1} ${SIZE - 1}`]) : keys === 1 ? KEYS.flatMap((key) => expected.map((span) => shown(key, span, sumOf(span)))) : expected.map((span) => shown('all', span, keys * sumOf(span)));
      // The first window had fired before the checkpoint, from which the second attempt goes on.
      if (keys > 0) expect(job.results.filter((line) => line === all[0])).toHaveLength(1);
      expect([...new Set(job.results)].sort()).toEqual(all.sort());
    } finally {
      await cluster.close();
    }
  });
});
