import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  FlinkError, OutputTag, ProcessFunction, type ProcessContext, type Collector, RichMapFunction, StreamExecutionEnvironment, SlidingProcessingTimeWindows, TumblingEventTimeWindows, TumblingProcessingTimeWindows, WatermarkStrategy,
} from '../../src/index.js';
import { MiniCluster, TestStream } from '../../src/testing/index.js';

let cluster: MiniCluster;
beforeEach(() => void (cluster = new MiniCluster()));
afterEach(() => cluster.close());

const sum = (a: { key: string; n: number }, b: { key: string; n: number }) => ({ key: a.key, n: a.n + b.n });

describe('running a program', () => {
  it('gives the records of the stream that the program answers', async () => {
    expect(await cluster.run((env) => env.fromElements(1, 2, 3).map((n) => n * n))).toEqual([1, 4, 9]);
  });

  it('gives the records of several streams of one job by name', async () => {
    const odd = new OutputTag<number>('odd');
    class Split extends ProcessFunction<number, number> {
      processElement(n: number, context: ProcessContext, out: Collector<number>): void {
        if (n % 2 === 1) context.output(odd, n);
        else out.collect(n);
      }
    }
    const result = await cluster.run((env) => {
      const even = env.fromSequence(1, 5).process(Split);
      return { even, odd: even.getSideOutput(odd) };
    });
    expect(result).toEqual({ even: [2, 4], odd: [1, 3, 5] });
  });

  it('gives what a program answers that executes its job itself', async () => {
    const name = await cluster.run(async (env) => {
      env.fromElements(1).print();
      return (await env.execute('mine')).getJobName();
    });
    expect(name).toBe('mine');
  });

  it('keeps printed lines', async () => {
    await cluster.run(async (env) => {
      env.fromElements('a', 'b').print();
      await env.execute();
    });
    expect(cluster.printed).toEqual(['a', 'b']);
  });

  it('also takes a program that gets its environment for itself', async () => {
    const main = async (): Promise<void> => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      env.fromElements('from main').print();
      await env.execute();
    };
    await cluster.run(main);
    expect(cluster.printed).toEqual(['from main']);
  });

  it('serves one job after the other, and several at once', async () => {
    expect(await cluster.run((env) => env.fromElements('first'))).toEqual(['first']);
    const both = await Promise.all([1, 2].map((n) => cluster.run((env) => env.fromSequence(1, 3).map((i) => i * n))));
    expect(both).toEqual([[1, 2, 3], [2, 4, 6]]);
  });

  it('runs in parallel subtasks when the configuration says so', async () => {
    cluster = new MiniCluster({ configuration: { 'parallelism.default': 3 } });
    class Subtask extends RichMapFunction<number, number> {
      map(): number {
        return this.getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
      }
    }
    const subtasks = await cluster.run((env) => env.fromSequence(1, 30).rebalance().map(Subtask));
    expect([...new Set(subtasks)].sort()).toEqual([0, 1, 2]);
  });

  it('does the same in the same order each time', async () => {
    const once = () => new MiniCluster({ configuration: { 'parallelism.default': 4 } }).run((env) => env.fromSequence(1, 200).shuffle().map((n) => n % 7).keyBy((n) => n).process<string>((n, context, out) => out.collect(`${context.getCurrentKey()}:${n}`)));
    expect(await once()).toEqual(await once());
  });
});

describe('a failure', () => {
  class OutOfStock extends Error {}

  it('rejects with the very error that a function threw', async () => {
    const failing = cluster.run((env) => env.fromElements('apple').map((): string => { throw new OutOfStock('no apples'); }));
    await expect(failing).rejects.toBeInstanceOf(OutOfStock);
    await expect(failing).rejects.toThrow(/^no apples$/);
  });

  it('rejects with it also where the program executes the job itself', async () => {
    await expect(cluster.run(async (env) => {
      env.fromElements(1).map((): number => { throw new OutOfStock('none'); }).print();
      await env.execute();
    })).rejects.toBeInstanceOf(OutOfStock);
  });

  it('rejects with what the program threw', async () => {
    await expect(cluster.run(() => { throw new RangeError('before any job'); })).rejects.toBeInstanceOf(RangeError);
  });

  it('of no function rejects with what the engine says', async () => {
    await expect(cluster.run((env) => env.fromElements(1).keyBy(() => undefined as unknown as string).reduce((a) => a))).rejects.toMatchObject({ code: 'KEY_INVALID' });
  });

  it('names the call that is missing when no job was run', async () => {
    await expect(cluster.run((env) => { env.fromElements(1).print(); })).rejects.toMatchObject({ code: 'JOB_NEVER_EXECUTED' });
    await expect(cluster.submit((() => 1) as never)).rejects.toBeInstanceOf(FlinkError);
  });

  it('says so when a configuration key does not exist', () => {
    expect(() => new MiniCluster({ configuration: { 'parallelism.defualt': 3 } })).toThrow('unknown configuration key "parallelism.defualt" (the test)');
  });

  it('leaves the cluster ready for the next job', async () => {
    await cluster.run((env) => env.fromElements(1).map((): number => { throw new Error('once'); })).catch(() => {});
    expect(await cluster.run((env) => env.fromElements(2))).toEqual([2]);
  });
});

describe('the clock', () => {
  it('starts at 0, or where the test says, and moves only when told', async () => {
    expect(cluster.clock.now()).toBe(0);
    cluster = new MiniCluster({ startTime: 1_700_000_000_000 });
    expect(await cluster.run((env) => env.fromElements(0).process<number>((_, context, out) => out.collect(context.timerService().currentProcessingTime())))).toEqual([1_700_000_000_000]);
    await cluster.clock.advance('1 min');
    expect(cluster.clock.now()).toBe(1_700_000_060_000);
  });

  it('does not go back', async () => {
    await cluster.clock.advanceTo(500);
    await expect(cluster.clock.advance(-1)).rejects.toThrow('forward only');
    await expect(cluster.clock.advanceTo(499)).rejects.toThrow('it is 500');
    await cluster.clock.advanceTo(500);
  });

  it('moves for one after the other', async () => {
    await Promise.all([cluster.clock.advance(10), cluster.clock.advance(20)]);
    expect(cluster.clock.now()).toBe(30);
  });

  it('fires processing-time windows while a job runs', async () => {
    const words = TestStream.of({ key: 'a', n: 1 }, { key: 'b', n: 2 }, { key: 'a', n: 3 });
    const job = await cluster.submit((env) => env.fromSource(words).keyBy('key').window(TumblingProcessingTimeWindows.of('5 s')).reduce(sum));
    expect(job.results).toEqual([]);
    await cluster.clock.advance(4_999);
    expect(job.results).toEqual([]);
    await cluster.clock.advance(1);
    expect(job.results).toEqual([{ key: 'a', n: 4 }, { key: 'b', n: 2 }]);
    expect(await job.cancel()).toEqual(job.results);
  });

  it('fires everything on a long way in order', async () => {
    const words = TestStream.of({ key: 'a', n: 1 }).pause('3 s').record({ key: 'a', n: 2 });
    const job = await cluster.submit((env) => env.fromSource(words).keyBy('key').window(SlidingProcessingTimeWindows.of('4 s', '2 s')).reduce(sum).map(({ n }) => n));
    await cluster.clock.advance('1 h');
    expect(job.results).toEqual([1, 3, 2]);
  });

  it('ticks for periodic watermarks', async () => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n);
    const job = await cluster.submit((env) => env.fromSource(TestStream.of(10).advance('200 ms').record(20), strategy).process<number>((_, context, out) => out.collect(context.timerService().currentWatermark())));
    expect(job.results).toEqual([-Infinity, 9]);
  });
});

describe('a submitted job', () => {
  it('ends with its results when its input ends', async () => {
    const job = await cluster.submit((env) => env.fromElements(1, 2));
    expect(await job.finished).toEqual([1, 2]);
    expect(await job.cancel()).toEqual([1, 2]);
  });

  it('shows what each stream has emitted so far', async () => {
    const job = await cluster.submit((env) => {
      const numbers = env.fromSource(TestStream.of(1, 2).pause('1 s').record(3));
      return { numbers, squares: numbers.map((n) => n * n) };
    });
    expect(job.results).toEqual({ numbers: [1, 2], squares: [1, 4] });
    await cluster.clock.advance('1 s');
    expect(job.results).toEqual({ numbers: [1, 2, 3], squares: [1, 4, 9] });
  });

  it('rejects with the error of its function, which nobody has to hear', async () => {
    const job = await cluster.submit((env) => env.fromElements(1).map((): number => { throw new TypeError('here'); }));
    await expect(job.finished).rejects.toBeInstanceOf(TypeError);
    await cluster.submit((env) => env.fromElements(1).map((): number => { throw new TypeError('unheard'); }));
  });

  it('ends when the cluster closes', async () => {
    const job = await cluster.submit((env) => env.fromSource(TestStream.of(1)));
    await cluster.close();
    await expect(job.finished).rejects.toMatchObject({ code: 'JOB_CANCELED' });
  });
});

describe('a cluster warns', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  });
  afterEach(() => void vi.restoreAllMocks());

  it('of windows by event time behind a stream that never gets timestamps, with the line that made them, once', async () => {
    for (let job = 0; job < 2; job++) {
      await expect(cluster.run((env) => env.fromElements(1).keyBy((n) => n).window(TumblingEventTimeWindows.of('1 s')).reduce((a) => a))).rejects.toThrow(FlinkError);
    }
    expect(cluster.warnings).toHaveLength(1);
    expect(cluster.warnings[0]).toMatch(/^"TumblingEventTimeWindows" \(test\/testing\/mini-cluster\.test\.ts:\d+\) works by event time, but nothing between it and/);
    expect(said).toEqual([`Warning: ${cluster.warnings[0]}\n`]);
  });

  it('of windows by the clock that the end of the input dropped', async () => {
    await cluster.run((env) => env.fromElements(1, 2).windowAll(TumblingProcessingTimeWindows.of('1 h')).reduce((a, b) => a + b));
    expect(cluster.warnings).toEqual([expect.stringMatching(/^the input ended before the clock closed 1 window of /)]);
    expect(said).toEqual([`Warning: ${cluster.warnings[0]}\n`]);
  });

  it('of nothing where there is nothing', async () => {
    await cluster.run((env) => env.fromElements(1, 2));
    expect([cluster.warnings, said]).toEqual([[], []]);
  });
});
