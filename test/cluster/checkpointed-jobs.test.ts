import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, type KeyedProcessContext, type DataStream, KeyedProcessFunction, type KeyedStream, RichSinkFunction, type SinkFunction, StreamExecutionEnvironment, TumblingEventTimeWindows, type ValueState, ValueStateDescriptor, WatermarkStrategy } from '../../src/index.js';
import { type NumberRange, NumberSequenceSource } from '../../src/connectors/sequence/number-sequence-source.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../src/operators/source.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import type { RestoreSettings } from '../../src/cluster/prepare-restore.js';
import type { RunningJob } from '../../src/cluster/running-job.js';
import { type PipelineExecutor, withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { configurationOf } from '../../src/testing/test-configuration.js';
import { removeFolder } from '../remove-folder.js';

const NUMBERS = 100_000;
const KEYS = 7;

let folder: string;
let cluster: MiniCluster;
let sums: Map<number, number>;
/** Called with each number on its way. */
let onNumber: (n: number) => void;
/** Whether the numbers come slowly. */
let held: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpointed-'));
  sums = new Map();
  onNumber = () => {};
  held = false;
});
afterEach(async () => {
  await cluster.close();
  await removeFolder(folder);
});

class RunningSum extends KeyedProcessFunction<unknown, [number, number], [number, number]> {
  private sum!: ValueState<number>;

  override open(): void {
    this.sum = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('sum', 0));
  }

  processElement([key, n]: [number, number], _context: KeyedProcessContext<unknown>, out: Collector<[number, number]>): void {
    const sum = this.sum.value()! + n;
    this.sum.update(sum);
    out.collect([key, sum]);
  }
}

/** Lets the event loop have the thread often, as a source does whose records cost something. */
class SlowNumbers extends NumberSequenceSource {
  override createReader(context: SourceReaderContext<NumberRange>): SourceReader<number, NumberRange> {
    const reader = super.createReader(context);
    const poll = reader.pollNext.bind(reader);
    return Object.assign(reader, {
      pollNext(output: ReaderOutput<number>): InputStatus {
        let left = held ? 1 : 100;
        const until = performance.now() + (held ? 0.5 : 0);
        const status = poll({
          collect: (value) => {
            left -= 1;
            output.collect(value);
          },
          get full() {
            return left <= 0 || output.full;
          },
        });
        while (performance.now() < until);
        return status;
      },
    });
  }
}

/** Sums up the numbers by their remainder; the sink sees every sum on its way. */
function build(env: StreamExecutionEnvironment, parallelism: number): void {
  env.setParallelism(parallelism);
  const sink: SinkFunction<[number, number]> = { invoke: ([key, sum]) => void sums.set(key, Math.max(sums.get(key) ?? 0, sum)) };
  env.fromSource(new SlowNumbers(1, NUMBERS), WatermarkStrategy.noWatermarks(), 'numbers').uid('numbers')
    .map((n: number): [number, number] => {
      onNumber(n);
      return [n % KEYS, n];
    }).uid('pairs')
    .keyBy(0).process(RunningSum).uid('sums')
    .addSink(sink).uid('sink');
}

async function start(settings: Record<string, unknown> = {}, restore?: Partial<RestoreSettings>, parallelism = 2, define = build): Promise<RunningJob> {
  const configuration = configurationOf({
    'execution.checkpointing.interval': '20 ms', 'execution.checkpointing.dir': `${folder}/checkpoints`, 'execution.checkpointing.savepoint-dir': `${folder}/savepoints`,
    'restart-strategy.type': 'none', ...settings,
  });
  cluster = MiniCluster.start({ configuration, workers: false });
  let submitted: RunningJob | undefined;
  const executor: PipelineExecutor = {
    configuration,
    execute: async (program) => {
      submitted = await cluster.submit(program, restore?.path === undefined ? undefined : { allowNonRestoredState: false, claimMode: 'NO_CLAIM', path: restore.path, ...restore });
      return jobClientOf(submitted);
    },
  };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    define(env, parallelism);
    await env.executeAsync('sums');
  });
  return submitted!;
}

/** All its tasks run: it has taken a checkpoint. */
async function underWay(job: RunningJob): Promise<void> {
  while (job.checkpoints().counts.completed === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

function expectedSums(): Map<number, number> {
  const expected = new Map<number, number>();
  for (let n = 1; n <= NUMBERS; n++) expected.set(n % KEYS, (expected.get(n % KEYS) ?? 0) + n);
  return expected;
}

const sorted = (map: Map<number, number>): [number, number][] => [...map].sort(([a], [b]) => a - b);

describe('a job with checkpoints', () => {
  it('takes them while it runs and ends with a last one', async () => {
    const job = await start();
    const result = await job.result;
    expect(result.error).toBeUndefined();
    const { counts, latest } = job.checkpoints();
    expect(counts).toMatchObject({ failed: 0, inProgress: 0 });
    expect(counts.completed).toBeGreaterThan(0);
    expect(latest.completed!.numAcknowledgedSubtasks).toBeGreaterThan(0);
    expect(sorted(sums)).toEqual(sorted(expectedSums()));
    expect(readdirSync(`${folder}/checkpoints`)).toEqual([]);
  });

  it('counts every record once, whatever failed on the way', async () => {
    let failures = 0;
    const job = await start({ 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 3, 'restart-strategy.fixed-delay.delay': '1 ms' });
    held = true;
    onNumber = () => {
      if (failures < 3 && job.checkpoints().counts.completed > failures) {
        failures += 1;
        held = failures < 3;
        throw new Error(`failure ${failures}`);
      }
    };
    const result = await job.result;
    expect([result.status, failures]).toEqual(['FINISHED', 3]);
    expect(sorted(sums)).toEqual(sorted(expectedSums()));
  });

  it('goes on after a stop with savepoint, with another parallelism', async () => {
    held = true;
    const first = await start();
    await underWay(first);
    const path = await first.stopWithSavepoint();
    held = false;
    expect(await first.result).toMatchObject({ status: 'FINISHED', savepoint: path });
    expect([...sums.values()].reduce((sum, each) => sum + each, 0)).toBeLessThan((NUMBERS * (NUMBERS + 1)) / 2);
    expect(path).toMatch(new RegExp(`^${folder}/savepoints/savepoint-`));
    await cluster.close();
    for (const parallelism of [1, 3]) {
      const next = await start({}, { path }, parallelism);
      expect(await next.result).toMatchObject({ status: 'FINISHED' });
      expect(sorted(sums)).toEqual(sorted(expectedSums()));
      await cluster.close();
    }
  });

  it('that is cancelled with a savepoint can go on from it', async () => {
    held = true;
    const first = await start();
    await underWay(first);
    const path = await first.cancelWithSavepoint();
    held = false;
    expect(await first.result).toMatchObject({ status: 'CANCELED', savepoint: path });
    await cluster.close();
    const next = await start({}, { path });
    await next.result;
    expect(sorted(sums)).toEqual(sorted(expectedSums()));
  });

  it('does not start when its checkpoints cannot be kept', async () => {
    writeFileSync(`${folder}/file`, '');
    await expect(start({ 'execution.checkpointing.dir': `${folder}/file/in` })).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE', message: expect.stringContaining(`${folder}/file/in`) });
    expect(sums.size).toBe(0);
  });

  it('in batch mode runs the failed task again, and nothing before it: each result is as if nothing had failed', async () => {
    let failures = 0;
    const begun: string[] = [];
    const settings = { 'execution.runtime-mode': 'BATCH', 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 3, 'restart-strategy.fixed-delay.delay': '1 ms' };
    const job = await start(settings, undefined, 1, (env) => {
      const sink: SinkFunction<[number, number]> = { invoke: ([key, sum]) => void sums.set(key, sum) };
      for (const name of ['failing', 'other']) {
        env.fromSequence(1, 1000).filter((n) => n > 1 || begun.push(name) > 0).keyBy((n) => n % KEYS).process<[number, number]>({
          processElement: (_n, context) => context.timerService().registerEventTimeTimer(1),
          onTimer: (_time, context, out) => {
            if (name === 'failing' && context.getCurrentKey() === 3 && failures++ < 2) throw new Error('enough');
            out.collect([context.getCurrentKey(), name === 'other' ? -1 : 1]);
          },
        }).map(([key, n]): [number, number] => [n < 0 ? key + KEYS : key, n]).addSink(sink);
      }
    });
    expect((await job.result).status).toBe('FINISHED');
    expect(begun.sort()).toEqual(['failing', 'other']);
    expect(sorted(sums)).toEqual(Array.from({ length: 2 * KEYS }, (_, key) => [key, key < KEYS ? 1 : -1]));
  });

  it('refuses a savepoint in batch mode', async () => {
    held = true;
    const job = await start({ 'execution.runtime-mode': 'BATCH' });
    await expect(job.triggerSavepoint()).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED', message: expect.stringContaining('batch mode') });
    job.cancel();
    await job.result;
  });

  it('is refused, before anything of it runs, where the snapshot has windows of another kind', async () => {
    held = true;
    const counted = (window: (numbers: KeyedStream<number, number>) => DataStream<number>) => (env: StreamExecutionEnvironment): void => {
      const strategy = WatermarkStrategy.noWatermarks<number>().withTimestampAssigner((n) => n);
      window(env.fromSource(new SlowNumbers(1, NUMBERS), strategy, 'numbers').uid('numbers').keyBy((n) => n % KEYS)).addSink({ invoke: (n: number) => void sums.set(n, n) } satisfies SinkFunction<number>).uid('sink');
    };
    const first = await start({}, undefined, 1, counted((numbers) => numbers.window(TumblingEventTimeWindows.of('1 h')).reduce((a, b) => a + b).uid('windows')));
    await underWay(first);
    const path = await first.stopWithSavepoint();
    await first.result;
    await cluster.close();
    const counting = start({}, { path }, 1, counted((numbers) => numbers.countWindow(3).reduce((a, b) => a + b).uid('windows')));
    await expect(counting).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE', message: expect.stringContaining('has windows of time in the snapshot and count windows in the program') });
    expect(sums.size).toBe(0);
  });

  it('leaves snapshot and output alone when it cannot go on from a snapshot', async () => {
    held = true;
    const first = await start();
    await underWay(first);
    const path = await first.stopWithSavepoint();
    const before = readdirSync(path);
    sums.clear();
    await cluster.close();
    await expect(start({ 'pipeline.max-parallelism': 77 }, { path })).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE' });
    await expect(start({}, { path: `${path}x` })).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING' });
    expect([readdirSync(path), sums.size]).toEqual([before, 0]);
  });

  describe('whose snapshot knows keys', () => {
    /** What sinks have seen, and that they were opened. */
    let seen: (number | 'open')[];
    class Seeing extends RichSinkFunction<number> {
      override open(): void {
        seen.push('open');
      }
      invoke(n: number): void {
        seen.push(n);
      }
    }
    /** The sums by other keys, or of fewer numbers, and beside them a sink that gets every number at once. */
    const beside = (keyOf: (pair: [number, number]) => number | string, keep: (n: number) => boolean = () => true) => (env: StreamExecutionEnvironment, parallelism: number): void => {
      env.setParallelism(parallelism);
      const numbers = env.fromSource(new SlowNumbers(1, NUMBERS), WatermarkStrategy.noWatermarks(), 'numbers').uid('numbers');
      numbers.addSink(new Seeing()).uid('seeing');
      numbers.filter(keep).map((n: number): [number, number] => [n % KEYS, n]).uid('pairs').keyBy(keyOf).process(RunningSum).uid('sums').addSink(() => {}).uid('sink');
    };
    const stopped = async (): Promise<string> => {
      held = true;
      const first = await start();
      await underWay(first);
      const path = await first.stopWithSavepoint();
      await cluster.close();
      held = false;
      seen = [];
      return path;
    };

    it.each([1, 2])('opens no sink before the first of them, and none when it is of another type (parallelism %i)', async (parallelism) => {
      const path = await stopped();
      const job = await start({ 'restart-strategy.type': 'fixed-delay' }, { path, allowNonRestoredState: true }, parallelism, beside(([key]) => `key ${key}`));
      expect(await job.result).toMatchObject({ status: 'FINISHED' });
      await cluster.close();
      seen = [];
      // Most of the records do not come to where the keys are.
      const refused = await start({ 'restart-strategy.type': 'fixed-delay' }, { path }, parallelism, beside(([key]) => `key ${key}`, (n) => n % 500 === 0));
      expect(await refused.result).toMatchObject({ status: 'FAILED', refused: true, error: { code: 'STATE_INCOMPATIBLE', message: expect.stringContaining('were of the type number in the snapshot and are of the type string in the program') } });
      expect(seen).toEqual([]);
    });

    it.each([1, 2])('gives sinks beside them every record, in order, where none of them comes (parallelism %i)', async (parallelism) => {
      const path = await stopped();
      const job = await start({}, { path }, parallelism, beside(([key]) => key, () => false));
      expect(await job.result).toMatchObject({ status: 'FINISHED' });
      expect(seen.filter((each) => each === 'open')).toHaveLength(parallelism);
      const numbers = seen.filter((each) => each !== 'open');
      expect(new Set(numbers).size).toBe(numbers.length);
      // Which of two readers comes to its end last is not defined.
      expect(numbers).toContain(NUMBERS);
      if (parallelism === 1) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    });
  });
});
