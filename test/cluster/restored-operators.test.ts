/**
 * Jobs that fail in the middle give what they would have given, whatever kind of operator has to go on from a checkpoint.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AsyncDataStream, type DataStream, EventTimeSessionWindows, SlidingEventTimeWindows, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from '../../src/index.js';
import { type NumberRange, NumberSequenceSource } from '../../src/connectors/sequence/number-sequence-source.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../src/operators/source.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import type { RunningJob } from '../../src/cluster/running-job.js';
import { type PipelineExecutor, withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { configurationOf } from '../../src/testing/test-configuration.js';
import { removeFolder } from '../remove-folder.js';

const NUMBERS = 6_000;

let folder: string;
let cluster: MiniCluster;
/** Resolves with the first checkpoint that is complete. */
let checkpointed: { readonly promise: Promise<void>; resolve(): void; done: boolean };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restored-'));
});
afterEach(async () => {
  await cluster.close();
  await removeFolder(folder);
});

/** So many numbers a reader emits before the first checkpoint, and the rest after it: the job cannot end without one. */
const BEFORE_CHECKPOINT = 1_000;

/** A few numbers a turn. */
class HeldNumbers extends NumberSequenceSource {
  override createReader(context: SourceReaderContext<NumberRange>): SourceReader<number, NumberRange> {
    const reader = super.createReader(context);
    const poll = reader.pollNext.bind(reader);
    const available = reader.isAvailable.bind(reader);
    let emitted = 0;
    const held = (): boolean => emitted >= BEFORE_CHECKPOINT && !checkpointed.done;
    return Object.assign(reader, {
      notifyCheckpointComplete: () => checkpointed.resolve(),
      isAvailable: () => (held() ? checkpointed.promise : available()),
      pollNext(output: ReaderOutput<number>): InputStatus {
        if (held()) return 'NOTHING_AVAILABLE';
        let left = 10;
        return poll({
          collect: (value) => {
            left -= 1;
            emitted += 1;
            output.collect(value);
          },
          get full() {
            return left <= 0 || output.full;
          },
        });
      },
    });
  }
}

function firstCheckpoint(): typeof checkpointed {
  let notify!: () => void;
  const promise = new Promise<void>((resolve) => (notify = resolve));
  const resolve = (): void => {
    first.done = true;
    notify();
  };
  const first = { promise, done: false, resolve };
  return first;
}

interface Event {
  readonly key: string;
  readonly n: number;
}
type Results = DataStream<string>;

const text = (key: string, window: { start: number; end: number }, values: readonly unknown[]): string => `${key} ${window.start}-${window.end}: ${values.join(' ')}`;

const kinds: [string, (events: DataStream<Event>) => Results][] = [
  ['tumbling windows of lists', (events) => events.keyBy('key').window(TumblingEventTimeWindows.of(500)).apply<string>((key, window, elements, out) => out.collect(text(String(key), window, elements.map(({ n }) => n).sort((a, b) => a - b))))],
  ['sliding windows of sums', (events) => events.keyBy('key').window(SlidingEventTimeWindows.of(900, 300)).sum('n').map(({ key, n }) => `${key} ${n}`)],
  ['sliding windows of an accumulator', (events) => events.keyBy('key').window(SlidingEventTimeWindows.of(600, 300)).reduce((a, b) => ({ key: a.key, n: a.n + b.n }), (key, window, elements, out) => out.collect(text(String(key), window, elements.map(({ n }) => n))))],
  ['sessions', (events) => events.filter(({ n }) => n % 700 < 400).keyBy('key').window(EventTimeSessionWindows.withGap(100)).reduce((a, b) => ({ key: a.key, n: a.n + b.n }), (key, window, elements, out) => out.collect(text(String(key), window, elements.map(({ n }) => n))))],
  ['count windows', (events) => events.keyBy('key').countWindow(100).sum('n').map(({ key, n }) => `${key} ${n}`)],
  ['running sums', (events) => events.keyBy('key').sum('n').map(({ key, n }) => `${key} ${n}`)],
  ['asynchronous calls', (events) => AsyncDataStream.unorderedWait(events, async ({ key, n }: Event) => `${key} ${n}`, 10_000, 20)],
  ['an interval join', (events) => {
    const keyed = events.keyBy('key');
    return keyed.intervalJoin(events.filter(({ n }) => n % 50 === 0).keyBy('key')).between(-60, 60).process<string>((a, b, _context, out) => out.collect(`${a.n} ${b.n}`));
  }],
  ['a join of windows', (events) => events.join(events.filter(({ n }) => n % 50 === 0)).where(({ key }) => key).equalTo(({ key }) => key).window(TumblingEventTimeWindows.of(300)).apply((a, b) => `${a.n} ${b.n}`)],
];

/** @param failing throws once, after a checkpoint is complete and some records more. */
async function run(build: (events: DataStream<Event>) => Results, failing: boolean, parallelism: number): Promise<string[]> {
  const seen = new Set<string>();
  const configuration = configurationOf({
    'execution.checkpointing.interval': '20 ms', 'execution.checkpointing.dir': `${folder}/checkpoints`,
    'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 3, 'restart-strategy.fixed-delay.delay': '1 ms',
  });
  cluster = MiniCluster.start({ configuration, workers: false });
  let job: RunningJob | undefined;
  let failures = 0;
  let sinceCheckpoint = 0;
  checkpointed = firstCheckpoint();
  if (!failing) checkpointed.resolve();
  const executor: PipelineExecutor = {
    configuration,
    execute: async (program) => {
      job = await cluster.submit(program);
      return jobClientOf(job);
    },
  };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(parallelism);
    const events = env.fromSource(new HeldNumbers(1, NUMBERS), WatermarkStrategy.forBoundedOutOfOrderness<number>(10).withTimestampAssigner((n) => n), 'numbers')
      .map((n: number): Event => {
        if (failing && failures === 0 && checkpointed.done && ++sinceCheckpoint > 200) {
          failures = 1;
          throw new Error('in the middle');
        }
        return { key: `k${n % 5}`, n };
      });
    build(events).addSink((line: string) => void seen.add(line));
    await env.executeAsync('restored');
  });
  const result = await job!.result;
  expect(result.error).toBeUndefined();
  expect(failures).toBe(failing ? 1 : 0);
  await cluster.close();
  return [...seen].sort();
}

/** With two readers the order differs from run to run, and with it what these give. */
const ORDERED = ['count windows', 'running sums'];

it.each(kinds)('%s', { timeout: 60_000 }, async (kind, build) => {
  const parallelism = ORDERED.includes(kind) ? 1 : 2;
  const expected = await run(build, false, parallelism);
  const found = await run(build, true, parallelism);
  expect(expected.length).toBeGreaterThan(40);
  // Seen again is seen once here: sinks that commit are tested elsewhere. Nothing is missing, and nothing is wrong.
  expect(found).toEqual(expected);
});
