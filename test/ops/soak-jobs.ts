/** Ten sorts of endless job for the soak, each with state that stays as large as it is: `flink run soak-jobs.ts <sort> <folder>`. */
import { openSync } from 'node:fs';
import {
  AsyncDataStream, BasePathBucketAssigner, DataGeneratorSource, EventTimeSessionWindows, FileSink, KeyedProcessFunction, OnCheckpointRollingPolicy, SlidingEventTimeWindows,
  StateTtlConfig, StreamExecutionEnvironment, Time, TumblingEventTimeWindows, ValueStateDescriptor, WatermarkStrategy,
} from 'flink-ts';
import type { Collector, DataStream, KeyedProcessContext, OnTimerContext, ValueState } from 'flink-ts';

const PER_SECOND = 200;
const LARGE = 1_000_003;
const [sort = '', folder = ''] = process.argv.slice(2);
const env = StreamExecutionEnvironment.getExecutionEnvironment();

/** Event time goes as fast as the clock. */
function numbers(name: string): DataStream<number> {
  const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => (n * 1_000) / PER_SECOND);
  return env.fromSource(new DataGeneratorSource((n) => n, 1e12, PER_SECOND), strategy, name);
}

const plus = (a: number, b: number): number => (a + b) % LARGE;

/** Remembers every number for two seconds. */
class Expiring extends KeyedProcessFunction<number, number, number> {
  private seen!: ValueState<number>;

  override open(): void {
    const descriptor = new ValueStateDescriptor<number>('seen');
    descriptor.enableTimeToLive(StateTtlConfig.newBuilder(Time.seconds(2)).cleanupIncrementally(10, true).build());
    this.seen = this.getRuntimeContext().getState(descriptor);
  }

  processElement(n: number, _context: KeyedProcessContext<number>, out: Collector<number>): void {
    this.seen.update(n);
    out.collect(n);
  }
}

/** Forgets a key when its timer comes. */
class Forgetting extends KeyedProcessFunction<number, number, number> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count', 0));
  }

  processElement(n: number, context: KeyedProcessContext<number>): void {
    this.count.update((this.count.value() ?? 0) + 1);
    context.timerService().registerEventTimeTimer((n * 1_000) / PER_SECOND + 1_000);
  }

  override onTimer(_time: number, _context: OnTimerContext<number>, out: Collector<number>): void {
    out.collect(this.count.value() ?? 0);
    this.count.clear();
  }
}

const files = FileSink.forRowFormat<number>(folder, (n) => `${n}\n`).withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();

const kept: object[] = [];

const SORTS: Record<string, () => DataStream<number> | undefined> = {
  sums: () => numbers('Numbers').keyBy((n) => n % 100).reduce(plus),
  windows: () => numbers('Numbers').keyBy((n) => n % 10).window(TumblingEventTimeWindows.of('1 s')).reduce(plus),
  sliding: () => numbers('Numbers').keyBy((n) => n % 10).window(SlidingEventTimeWindows.of('2 s', '500 ms')).reduce(plus),
  sessions: () => numbers('Numbers').filter((n) => n % 400 < 200).keyBy((n) => n % 7).window(EventTimeSessionWindows.withGap('300 ms')).reduce(plus),
  expiring: () => numbers('Numbers').keyBy((n) => n).process(new Expiring()),
  timers: () => numbers('Numbers').keyBy((n) => Math.floor(n / 10)).process(new Forgetting()),
  disk: () => numbers('Numbers').flatMap((n, out: Collector<number>) => [0, 1, 2, 3].forEach((i) => out.collect(n * 4 + i))).keyBy((n) => n % 5_000).reduce(plus),
  join: () => numbers('Left').keyBy((n) => n % 50).intervalJoin(numbers('Right').keyBy((n) => n % 50)).between('-500 ms', '500 ms').process<number>((left, right, _context, out) => out.collect(left + right)),
  calls: () => AsyncDataStream.unorderedWait(numbers('Numbers'), async (n) => Promise.resolve(n + 1), { timeout: '10 s', capacity: 20 }).rebalance().map((n) => n).setParallelism(2),
  // What the soak has to notice: it runs only when it is asked for.
  leaks: () => numbers('Numbers').map((n) => kept.push({ file: n % 20 === 0 ? openSync('/dev/null', 'r') : 0, memory: new Array(10_000).fill(n + 0.5) })),
  files: () => {
    numbers('Numbers').map((n) => n % 10).sinkTo(files);
    return undefined;
  },
};

SORTS[sort]!()?.addSink({ invoke: () => undefined });
await env.execute(`Soak: ${sort}`);
