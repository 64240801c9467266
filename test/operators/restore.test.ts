/**
 * Operators that keep something go on from a snapshot as if nothing had happened.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataStream } from '../../src/api/data-stream.js';
import { AsyncDataStream } from '../../src/api/async-data-stream.js';
import type { FunctionInitializationContext } from '../../src/operators/checkpointed-function.js';
import { keyGroupOf, subtaskOfKeyGroup } from '../../src/core/key-group.js';
import { hashKey } from '../../src/core/key.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { harness, type HarnessOptions, type HarnessSnapshot, type OneInputTestHarness } from '../../src/testing/index.js';

interface Sale {
  readonly key: string;
  readonly n: number;
}

type Sales = DataStream<Sale>;

const rolling: [string, unknown][] = [
  ['sum', (sales: Sales) => sales.keyBy('key').sum('n')],
  ['min', (sales: Sales) => sales.keyBy('key').min('n')],
  ['maxBy', (sales: Sales) => sales.keyBy('key').maxBy('n')],
  ['reduce', (sales: Sales) => sales.keyBy('key').reduce((a, b) => ({ key: a.key, n: a.n * 2 + b.n }))],
  ['fold', (sales: Sales) => sales.keyBy('key').fold({ all: [] as number[] }, (folded, { n }) => ({ all: [...folded.all, n] }))],
];

/** A harness over the keyed operator alone: what follows it is not under test. */
const open = (build: unknown, options: HarnessOptions = {}): Promise<OneInputTestHarness<Sale, unknown>> => harness.operator<Sale, unknown>(build as (sales: Sales) => DataStream<unknown>, options);

describe.each(rolling)('a running %s', (_name, build) => {
  it('goes on from a snapshot, which has nothing of what came after it began', async () => {
    const sales = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), n: fc.integer({ min: -9, max: 9 }) }), { maxLength: 12 });
    await fc.assert(fc.asyncProperty(sales, sales, sales, fc.integer({ min: 0, max: 4 }), async (first, later, rest, written) => {
      const before = await open(build);
      before.pushAll(first);
      const snapshot = await before.driven.beginSnapshot();
      snapshot.step(written);
      before.pushAll(later);
      const after = await open(build, { restoreFrom: await snapshot.complete() });
      after.pushAll(rest);
      const whole = await open(build);
      whole.pushAll(first);
      whole.take();
      whole.pushAll(rest);
      expect(after.values).toEqual(whole.values);
    }), { numRuns: 60 });
  });

  it('gives each key to the subtask that has its key group', async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
    const one = await open(build);
    one.pushAll(keys.map((key, n) => ({ key, n })));
    const snapshot = await one.snapshot();
    const whole = one.take().length;
    expect(whole).toBe(40);
    for (const subtask of [0, 1, 2]) {
      const part = await open(build, { subtask, parallelism: 3, restoreFrom: snapshot });
      const own = keys.filter((key) => subtaskOfKeyGroup(keyGroupOf(hashKey(key), 128), 128, 3) === subtask);
      const next = own.map((key) => ({ key, n: 5 }));
      part.pushAll(next);
      one.take();
      one.pushAll(next);
      expect(part.values).toEqual(one.values);
    }
  });
});

it('a fold that changes what it keeps does not change a snapshot that has begun', async () => {
  const build = (sales: Sales) => sales.keyBy('key').fold({ all: [] as number[] }, (folded, { n }) => (folded.all.push(n), folded));
  const before = await open(build);
  before.push({ key: 'a', n: 1 });
  const snapshot = await before.driven.beginSnapshot();
  before.push({ key: 'a', n: 2 });
  const after = await open(build, { restoreFrom: await snapshot.complete() });
  after.push({ key: 'a', n: 3 });
  expect(after.values).toEqual([{ all: [1, 3] }]);
});

it('a running result in snapshots is a value state, whichever function made it', async () => {
  const sum = await open((sales: Sales) => sales.keyBy('key').sum('n'));
  sum.pushAll([{ key: 'a', n: 1 }, { key: 'a', n: 2 }]);
  const reduce = await open((sales: Sales) => sales.keyBy('key').reduce((a, b) => ({ key: a.key, n: a.n + b.n })), { restoreFrom: await sum.snapshot() });
  reduce.push({ key: 'a', n: 4 });
  expect(reduce.values).toEqual([{ key: 'a', n: 7 }]);
});

it.each([
  ['sum', (sales: Sales) => sales.keyBy('key').sum('n'), (sales: Sales) => sales.keyBy('n').sum('n')],
  ['fold', (sales: Sales) => sales.keyBy('key').fold(0, (a, b) => a + b.n), (sales: Sales) => sales.keyBy('n').fold(0, (a, b) => a + b.n)],
])('a running %s refuses keys of another type than those that it has', async (_name, byText, byNumber) => {
  const before = await open(byText);
  before.push({ key: 'a', n: 1 });
  const snapshot = await before.snapshot();
  const after = await open(byNumber, { restoreFrom: snapshot });
  expect(() => after.push({ key: 'a', n: 1 })).toThrow(/were of the type string in the snapshot and are of the type number in the program/);
  const fitting = await open(byText, { restoreFrom: snapshot });
  fitting.push({ key: 'b', n: 1 });
  expect(fitting.values).toHaveLength(1);
});

it('a sum goes on with records that have got another field, and with those that had none', async () => {
  const before = await open((sales: Sales) => sales.keyBy('key').sum('n'));
  before.pushAll([{ key: 'a', n: 1 }, { key: 'b', n: 1 }]);
  const after = await open((sales: Sales) => sales.keyBy('key').sum('n'), { restoreFrom: await before.snapshot() });
  after.pushAll([{ key: 'c', n: 1, note: 'new' } as Sale, { key: 'a', n: 2, note: 'new' } as Sale, { key: 'c', n: 2, note: 'newer' } as Sale]);
  expect(after.values).toEqual([{ key: 'c', n: 1, note: 'new' }, { key: 'a', n: 3 }, { key: 'c', n: 3, note: 'new' }]);
});

describe('asynchronous calls', () => {
  it.each(['ordered', 'unordered'] as const)('in flight are made again after a restore, those that waited for room too (%s)', async (order) => {
    const asked: number[] = [];
    const build = (answers: boolean) => (numbers: DataStream<number>) => {
      const fn = (n: number): Promise<number> => {
        asked.push(n);
        return answers ? Promise.resolve(n * 10) : new Promise(() => {});
      };
      return order === 'ordered' ? AsyncDataStream.orderedWait(numbers, fn, 1_000, 2) : AsyncDataStream.unorderedWait(numbers, fn, 1_000, 2);
    };
    const before = await harness.operator<number, number>(build(false));
    for (const n of [1, 2, 3]) before.push(n, n);
    const snapshot = await before.snapshot();
    expect(asked.splice(0)).toEqual([1, 2]);
    const after = await harness.operator<number, number>(build(true), { restoreFrom: snapshot });
    await after.settle();
    await after.end();
    expect(asked).toEqual([1, 2, 3]);
    expect(after.output.toSorted((a, b) => a.timestamp - b.timestamp)).toEqual([{ value: 10, timestamp: 1 }, { value: 20, timestamp: 2 }, { value: 30, timestamp: 3 }]);
  });

  it('that are answered but still wait for those before them are made again, too, in the order of the queue', async () => {
    const asked: number[] = [];
    const build = (answers: (n: number) => boolean) => (numbers: DataStream<number>) =>
      AsyncDataStream.orderedWait(numbers, (n: number) => {
        asked.push(n);
        return answers(n) ? Promise.resolve(n * 10) : new Promise<number>(() => {});
      }, 1_000);
    const before = await harness.operator<number, number>(build((n) => n !== 1));
    for (const n of [1, 2, 3]) before.push(n, n);
    await before.settle();
    expect([before.values, asked.splice(0)]).toEqual([[], [1, 2, 3]]);
    const after = await harness.operator<number, number>(build(() => true), { restoreFrom: await before.snapshot() });
    await after.settle();
    await after.end();
    expect([after.values, asked]).toEqual([[10, 20, 30], [1, 2, 3]]);
  });

  it('that were waiting to be tried again begin anew, with their first attempt', async () => {
    const attempts: number[] = [];
    const build = (fails: boolean) => (numbers: DataStream<number>) =>
      AsyncDataStream.orderedWait(numbers, async (n: number, { attempt }) => {
        attempts.push(attempt);
        if (fails) throw new Error('not now');
        return n;
      }, { timeout: 1_000, retry: { retries: 5, delay: 10 } });
    const before = await harness.operator<number, number>(build(true));
    before.push(1);
    for (let round = 0; round < 2; round++) {
      await before.settle();
      before.advance(10);
    }
    const snapshot = await before.snapshot();
    expect(attempts.splice(0).slice(0, 2)).toEqual([1, 2]);
    const after = await harness.operator<number, number>(build(false), { restoreFrom: snapshot });
    await after.settle();
    await after.end();
    expect([attempts, after.values]).toEqual([[1], [1]]);
  });

  it('whose results have left are not made again', async () => {
    const build = (numbers: DataStream<number>) => AsyncDataStream.orderedWait(numbers, (n: number) => Promise.resolve(n), 1_000);
    const before = await harness.operator<number, number>(build);
    before.push(1);
    await new Promise((resolve) => setImmediate(resolve));
    await before.settle();
    expect(before.values).toEqual([1]);
    expect((await before.snapshot()).state).toBeUndefined();
  });
});

it('an interval join meets what came before the restore, and forgets it in time', async () => {
  interface Event {
    readonly key: string;
    readonly name: string;
  }
  const join = (restoreFrom?: HarnessSnapshot) => harness.connected<Event, Event, string>((left, right) =>
    left.keyBy('key').intervalJoin(right.keyBy('key')).between(-5, 5).process<string>((a: Event, b: Event, _context: unknown, out: { collect(line: string): void }) => out.collect(`${a.name} ${b.name}`)), restoreFrom ? { restoreFrom } : {});
  const before = await join();
  before.first.push({ key: 'a', name: 'l1' }, 10);
  before.second.push({ key: 'b', name: 'r1' }, 10);
  const after = await join(await before.snapshot());
  after.second.push({ key: 'a', name: 'r2' }, 12);
  after.first.push({ key: 'b', name: 'l2' }, 12);
  expect(after.values).toEqual(['l1 r2', 'l2 r1']);
  after.first.watermark(100);
  after.second.watermark(100);
  expect([after.numKeyedStateEntries(), after.numEventTimeTimers()]).toEqual([0, 0]);
});

describe('a function that keeps operator state', () => {
  /** Buffers what comes in; union and broadcast state beside it. */
  class Buffering {
    buffered: string[] = [];
    restored: unknown[] = [];
    committed: number[] = [];
    private state: ReturnType<ReturnType<FunctionInitializationContext['getOperatorStateStore']>['getListState']> | undefined;
    initializeState(context: FunctionInitializationContext): void {
      const store = context.getOperatorStateStore();
      this.state = store.getListState(new ListStateDescriptor<unknown>('buffer'));
      this.restored = [context.isRestored(), context.getRestoredCheckpointId(), [...this.state.get()], [...store.getUnionListState(new ListStateDescriptor('union')).get()], [...store.getBroadcastState(new MapStateDescriptor('rules'))]];
      this.buffered = [...this.state.get()] as string[];
      if (context.isRestored()) return;
      store.getUnionListState(new ListStateDescriptor<string>('union')).add('u');
      store.getBroadcastState(new MapStateDescriptor<string, number>('rules')).put('r', 1);
    }
    snapshotState({ getCheckpointId, getCheckpointTimestamp }: { getCheckpointId(): number; getCheckpointTimestamp(): number }): void {
      this.state!.update([...this.buffered, ...(this.buffered.length > 5 ? [`${getCheckpointId()} at ${getCheckpointTimestamp()}`] : [])]);
    }
    notifyCheckpointComplete(checkpointId: number): void {
      this.committed.push(checkpointId);
    }
    map(value: string): string {
      this.buffered.push(value);
      return value;
    }
  }
  const start = async (options: HarnessOptions = {}) => {
    const fn = new Buffering();
    return { fn, driven: await harness.operator<string, string>((words) => words.map(fn), options) };
  };

  it('is asked before the snapshot, told of its id, and finds its state after a restore', async () => {
    const { fn, driven } = await start();
    expect(fn.restored).toEqual([false, null, [], [], []]);
    driven.pushAll(['a', 'b', 'c', 'd', 'e', 'f']);
    const snapshot = await driven.snapshot(7, 99);
    await driven.notifyCheckpointComplete(7);
    expect(fn.committed).toEqual([7]);
    const { fn: after } = await start({ restoreFrom: snapshot });
    expect(after.restored).toEqual([true, 7, ['a', 'b', 'c', 'd', 'e', 'f', '7 at 99'], ['u'], [['r', 1]]]);
  });

  it('gets its share when the parallelism changes: lists dealt out, union lists and broadcast state for all', async () => {
    const old = await Promise.all([['a', 'b', 'c', 'd'], ['e']].map(async (words, subtask) => {
      const { driven } = await start({ subtask, parallelism: 2 });
      driven.pushAll(words);
      return driven.snapshot();
    }));
    const shares = await Promise.all([0, 1, 2].map(async (subtask) => (await start({ subtask, parallelism: 3, restoreFrom: old })).fn.restored.slice(2)));
    expect(shares).toEqual([[['a', 'b'], ['u', 'u'], [['r', 1]]], [['c', 'd'], ['u', 'u'], [['r', 1]]], [['e'], ['u', 'u'], [['r', 1]]]]);
  });

  it('keeps its own list while the parallelism stays, however uneven', async () => {
    const old = await Promise.all([['a', 'b', 'c', 'd'], ['e']].map(async (words, subtask) => {
      const { driven } = await start({ subtask, parallelism: 2 });
      driven.pushAll(words);
      return driven.snapshot();
    }));
    const shares = await Promise.all([0, 1].map(async (subtask) => (await start({ subtask, parallelism: 2, restoreFrom: old })).fn.buffered));
    expect(shares).toEqual([['a', 'b', 'c', 'd'], ['e']]);
  });
});

it('a keyed function finds state and timers of its key after a restore at another parallelism', async () => {
  const counting = {
    count: undefined as never as { value(): number | null; update(n: number): void },
    open(): void {},
    setRuntimeContext(context: { getState(d: ValueStateDescriptor<number>): never }): void {
      this.count = context.getState(new ValueStateDescriptor<number>('count'));
    },
    processElement(_word: string, context: { timerService(): { registerEventTimeTimer(time: number): void } }): void {
      this.count.update((this.count.value() ?? 0) + 1);
      context.timerService().registerEventTimeTimer(10);
    },
    onTimer(_time: number, context: { getCurrentKey(): string }, out: { collect(line: string): void }): void {
      out.collect(`${context.getCurrentKey()} ${this.count.value()}`);
    },
  };
  const start = (options?: HarnessOptions) => harness.keyed<string, string, string>({ ...counting } as never, (word) => word, options);
  const before = await start();
  before.pushAll(['a', 'b', 'c', 'a', 'hello', 'a']);
  const snapshot = await before.snapshot();
  const fired = await Promise.all([0, 1, 2, 3].map(async (subtask) => {
    const part = await start({ subtask, parallelism: 4, restoreFrom: snapshot });
    part.watermark(10);
    return part.values;
  }));
  expect(fired.flat().sort()).toEqual(['a 3', 'b 1', 'c 1', 'hello 1']);
  expect(fired.every((lines) => lines.length < 4)).toBe(true);
});

it('the watermark of a keyed function is in no snapshot: after a restore it is the smallest there is, and timers below the old one wait for the first to come', async () => {
  const telling = {
    processElement: (time: number, context: { timerService(): { registerEventTimeTimer(time: number): void; currentWatermark(): number } }, out: { collect(line: string): void }) => {
      out.collect(`at ${context.timerService().currentWatermark()}`);
      context.timerService().registerEventTimeTimer(time);
    },
    onTimer: (time: number, _context: unknown, out: { collect(line: string): void }) => out.collect(`timer ${time}`),
  };
  const start = (options?: HarnessOptions) => harness.keyed<number, string, string>(telling as never, () => 'a', options);
  const before = await start();
  before.watermark(100);
  before.pushAll([50, 200]);
  expect(before.take()).toEqual(['at 100', 'at 100']);
  const after = await start({ restoreFrom: await before.snapshot() });
  after.push(60);
  expect(after.take()).toEqual(['at -Infinity']);
  after.watermark(55);
  expect(after.take()).toEqual(['timer 50']);
});

it('processing-time timers of a keyed function that were overdue at the restore fire as soon as its task runs, the others in their time', async () => {
  const setting = {
    processElement: (due: number, context: { timerService(): { registerProcessingTimeTimer(time: number): void } }) => context.timerService().registerProcessingTimeTimer(due),
    onTimer: (time: number, context: { getCurrentKey(): number }, out: { collect(line: string): void }) => out.collect(`${context.getCurrentKey()} at ${time}`),
  };
  const start = (options: HarnessOptions) => harness.keyed<number, number, string>(setting as never, (due) => due, options);
  const before = await start({ clock: new ManualClock(100) });
  before.pushAll([150, 300, 700]);
  const clock = new ManualClock(500);
  const after = await start({ clock, restoreFrom: await before.snapshot() });
  expect([after.values, after.numProcessingTimeTimers(), clock.nextCall]).toEqual([[], 3, 500]);
  after.driven.advance(0);
  expect(after.take()).toEqual(['150 at 150', '300 at 300']);
  after.driven.advance(200);
  expect(after.take()).toEqual([]);
  after.driven.advance(1);
  expect(after.take()).toEqual(['700 at 700']);
});

it('a harness refuses a snapshot of another maximum parallelism', async () => {
  const before = await open(rolling[0]![1], { maxParallelism: 64 });
  before.push({ key: 'a', n: 1 });
  await expect(open(rolling[0]![1], { restoreFrom: await before.snapshot() })).rejects.toThrow('the snapshot was taken with a maximum parallelism of 64, the harness has 128');
});
