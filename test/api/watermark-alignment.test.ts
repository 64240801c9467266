import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReaderOutput, Source } from '../../src/operators/source.js';
import { FlinkError, type DataStream, type StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

let cluster: MiniCluster;
beforeEach(() => void (cluster = new MiniCluster()));
afterEach(() => cluster.close());

interface Event { readonly from: string; readonly at: number }

/** A source of one subtask that emits one record a poll; when there are no more it has nothing, until some come. */
class Script implements Source<Event> {
  readonly boundedness = 'CONTINUOUS_UNBOUNDED';
  readonly parallel = false;
  private readonly events: Event[];
  private arrived: (() => void) | undefined;
  private ended = false;

  constructor(from: string, times: readonly number[] = []) {
    this.events = times.map((at) => ({ from, at }));
  }
  /** Some more have come. */
  more(...events: Event[]): void {
    this.events.push(...events);
    this.arrived?.();
  }
  end(): void {
    this.ended = true;
    this.arrived?.();
  }
  createEnumerator() {
    return { handleSplitRequest() {}, addSplitsBack() {}, addReader() {}, snapshotState: () => null };
  }
  restoreEnumerator() {
    return this.createEnumerator();
  }
  createReader() {
    return {
      pollNext: (output: ReaderOutput<Event>) => {
        const next = this.events.shift();
        if (!next) return this.ended ? ('END_OF_INPUT' as const) : ('NOTHING_AVAILABLE' as const);
        output.collect(next);
        return 'MORE_AVAILABLE' as const;
      },
      isAvailable: () => new Promise<void>((resolve) => (this.arrived = resolve)),
      addSplits() {},
      notifyNoMoreSplits() {},
      snapshotState: () => [],
    };
  }
}

const byTime = WatermarkStrategy.forMonotonousTimestamps<Event>().withTimestampAssigner(({ at }) => at);
const seconds = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => (from + at) * 1000);
/** The last second that a source has brought. */
const reached = (results: readonly Event[], from: string): number => Math.max(-1, ...results.filter((event) => event.from === from).map(({ at }) => at / 1000));

async function both(fast: Script, slow: Script, strategy: WatermarkStrategy<Event>, shape: (a: DataStream<Event>, b: DataStream<Event>, env: StreamExecutionEnvironment) => DataStream<Event> = (a, b) => a.union(b)) {
  return cluster.submit((env) => shape(env.fromSource(fast, strategy, 'fast'), env.fromSource(slow, strategy, 'slow'), env));
}

describe('sources whose strategies name the same group', () => {
  const aligned = byTime.withWatermarkAlignment('group', '10 s', '2 s');

  it('wait for the slowest: none is read beyond its watermark and the drift', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', seconds(0, 5))];
    const job = await both(fast, slow, aligned);
    await cluster.clock.advance('2 s');
    // The watermark is a millisecond before the last record.
    expect([reached(job.results, 'slow'), reached(job.results, 'fast')]).toEqual([5, 16]);
    await cluster.clock.advance('1 h');
    expect(reached(job.results, 'fast')).toBe(16);
  });

  it('go on when it does, at the next update', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', [0])];
    const job = await both(fast, slow, aligned);
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(11);
    slow.more({ from: 'slow', at: 30_000 });
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(41);
  });

  it('do not wait for one that has ended', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', [0])];
    const job = await both(fast, slow, aligned);
    slow.end();
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(100);
  });

  it('do not wait for one that is idle', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', [0])];
    const job = await both(fast, slow, aligned.withIdleness('5 s'));
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(11);
    await cluster.clock.advance('10 s');
    expect(reached(job.results, 'fast')).toBe(100);
  });

  it('are not idle for having waited', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 30)), new Script('slow', [0])];
    const job = await both(fast, slow, aligned.withIdleness('1 h'), (a, b) => a.union(b));
    await cluster.clock.advance('30 min');
    slow.more(...seconds(1, 2).map((at) => ({ from: 'slow', at })));
    await cluster.clock.advance('40 min');
    // Fast has waited for 70 minutes and is still there to be waited for.
    slow.more({ from: 'slow', at: 60_000 });
    await cluster.clock.advance('10 s');
    expect([reached(job.results, 'fast'), reached(job.results, 'slow')]).toEqual([30, 60]);
  });

  it('wait across streams that never meet', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', [0])];
    const job = await cluster.submit((env) => ({ fast: env.fromSource(fast, aligned), slow: env.fromSource(slow, aligned) }));
    await cluster.clock.advance('4 s');
    expect(reached(job.results.fast, 'fast')).toBe(11);
  });

  it('wait where the strategy is assigned behind the source, in its chain', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', [0])];
    const job = await cluster.submit((env) => env.fromSource(fast).filter(() => true).assignTimestampsAndWatermarks(aligned).union(env.fromSource(slow).assignTimestampsAndWatermarks(aligned)));
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(11);
  });

  it('do not wait for those of another group', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', [0])];
    const job = await cluster.submit((env) => env.fromSource(fast, aligned).union(env.fromSource(slow, byTime.withWatermarkAlignment('other', 0))));
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(100);
  });
});

describe('sources without a group', () => {
  it('never wait for one that has nothing to read, whether it has sent something or not', async () => {
    for (const times of [[], [0]]) {
      const [fast, slow] = [new Script('fast', seconds(0, 100)), new Script('slow', times)];
      const job = await both(fast, slow, byTime);
      expect(reached(job.results, 'fast')).toBe(100);
      job.cancel();
    }
  });

  it('all come to their end, however they drift', async () => {
    const [fast, slow] = [new Script('fast', seconds(0, 400)), new Script('slow', Array.from({ length: 400 }, (_, at) => at))];
    fast.end();
    slow.end();
    const job = await both(fast, slow, byTime);
    expect([reached(job.results, 'fast'), job.results.length]).toEqual([400, 801]);
  });
});

describe('withWatermarkAlignment', () => {
  it('updates every second unless told otherwise, and is kept by what is added to the strategy', () => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps<Event>().withWatermarkAlignment('g', '5 s').withIdleness(1).withTimestampAssigner(({ at }) => at);
    expect(strategy.alignment).toEqual({ group: 'g', maxDriftMs: 5000, updateIntervalMs: 1000 });
  });

  it.each([
    ['an empty group', () => byTime.withWatermarkAlignment('', 1)],
    ['a negative drift', () => byTime.withWatermarkAlignment('g', -1)],
    ['an interval of nothing', () => byTime.withWatermarkAlignment('g', 1, 0)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrow(FlinkError);
  });
});
