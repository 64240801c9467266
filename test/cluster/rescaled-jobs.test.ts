import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Collector, type KeyedProcessContext, KeyedProcessFunction, LongCounter, StreamExecutionEnvironment, type ValueState, ValueStateDescriptor, WatermarkStrategy } from '../../src/index.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { MiniCluster, type RescaledBefore } from '../../src/cluster/mini-cluster.js';
import type { JobEvent, RunningJob } from '../../src/cluster/running-job.js';
import { NumberSequenceSource } from '../../src/connectors/sequence/number-sequence-source.js';
import type { InputStatus, ReaderOutput } from '../../src/operators/source.js';
import { type PipelineExecutor, withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { configurationOf } from '../../src/testing/test-configuration.js';
import { eventually } from '../eventually.js';
import { removeFolder } from '../remove-folder.js';

const NUMBERS = 20_000;
const KEYS = 7;

let folder: string;
let cluster: MiniCluster;
/** By key: the largest sum that the sink has seen. */
let sums: Map<number, number>;
/** Once false, nothing holds the numbers any more: until then they do not end. */
let held: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rescaled-'));
  sums = new Map();
  held = true;
});
afterEach(async () => {
  held = false;
  await cluster.close();
  await removeFolder(folder);
});

class RunningSum extends KeyedProcessFunction<unknown, [number, number], [number, number]> {
  private sum!: ValueState<number>;

  override open(): void {
    const opened = new LongCounter();
    opened.add(1);
    this.getRuntimeContext().addAccumulator('opened', opened);
    this.sum = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('sum', 0));
  }

  processElement([key, n]: [number, number], _context: KeyedProcessContext<unknown>, out: Collector<[number, number]>): void {
    const sum = this.sum.value()! + n;
    this.sum.update(sum);
    out.collect([key, sum]);
  }
}

/** A few numbers a turn, and the last hundred of each split only when nobody holds them. */
class HeldNumbers extends NumberSequenceSource {
  override createReader(...given: Parameters<NumberSequenceSource['createReader']>): ReturnType<NumberSequenceSource['createReader']> {
    const reader = super.createReader(...given);
    const poll = reader.pollNext.bind(reader);
    let emitted = 0;
    return Object.assign(reader, {
      pollNext(output: ReaderOutput<number>): InputStatus {
        if (held && emitted > 200) return 'NOTHING_AVAILABLE';
        let left = 20;
        return poll({
          collect(value) {
            left -= 1;
            emitted += 1;
            output.collect(value);
          },
          get full() {
            return left <= 0 || output.full;
          },
        });
      },
      isAvailable: () => new Promise<void>((resolve) => setTimeout(resolve, 1)),
    });
  }
}

/** @param settings undefined for those that are not to be set. */
async function start(settings: Record<string, unknown> = {}, rescaling: RescaledBefore = {}, parallelism = 1): Promise<RunningJob> {
  const all = {
    'jobmanager.scheduler': 'adaptive', 'execution.checkpointing.interval': '1 h', 'execution.checkpointing.dir': `${folder}/checkpoints`, 'state.backend.level.localdir': folder,
    'restart-strategy.type': 'none', ...settings,
  };
  const configuration = configurationOf(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
  cluster = MiniCluster.start({ configuration, workers: false, rescaling: () => rescaling });
  let submitted: RunningJob | undefined;
  const executor: PipelineExecutor = { configuration, execute: async (program) => jobClientOf((submitted = await cluster.submit(program))) };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(parallelism);
    env.fromSource(new HeldNumbers(1, NUMBERS), WatermarkStrategy.noWatermarks(), 'Numbers').uid('numbers')
      .map((n: number): [number, number] => [n % KEYS, n]).uid('pairs')
      .keyBy(0).process(RunningSum).name('Sums').uid('sums')
      .addSink({ invoke: ([key, sum]) => void sums.set(key, Math.max(sums.get(key) ?? 0, sum)) }).uid('sink');
    await env.executeAsync('sums');
  });
  return submitted!;
}

const requirementsFor = (job: RunningJob, upperBound: number, lowerBound = 1) => Object.fromEntries(job.description.jobGraph.vertices.map(({ id }) => [id, { lowerBound, upperBound }]));
const widths = (job: RunningJob) => job.snapshot().vertices.map(({ parallelism }) => parallelism);

/** All its tasks run, as many as that, or have come to their end: readers without a split do. */
async function runsAt(job: RunningJob, width: number): Promise<void> {
  await eventually(() => {
    const { status, vertices, exceptions } = job.snapshot();
    if (status === 'FAILED') return void expect(exceptions).toEqual([]);
    expect([status, ...vertices.flatMap(({ subtasks }) => subtasks.map(({ state }) => (state === 'FINISHED' ? 'RUNNING' : state)))]).toEqual(['RUNNING', ...Array.from({ length: width * vertices.length }, () => 'RUNNING')]);
  });
}

function eventsOf(job: RunningJob): JobEvent[] {
  const events: JobEvent[] = [];
  job.subscribe((event) => events.push(event));
  return events;
}

async function expectRightSums(job: RunningJob): Promise<void> {
  held = false;
  const { status, error } = await job.result;
  expect(error).toBeUndefined();
  expect(status).toBe('FINISHED');
  const expected = Array.from({ length: KEYS }, (_, key) => {
    let sum = 0;
    for (let n = key === 0 ? KEYS : key; n <= NUMBERS; n += KEYS) sum += n;
    return [key, sum];
  });
  expect([...sums].sort(([a], [b]) => a - b)).toEqual(expected);
}

describe('a job whose scheduler is adaptive', () => {
  it.each([
    ['on the heap', {}],
    ['on the disk', { 'state.backend.type': 'level' }],
    ['on the disk, with local copies of what was the state of other subtasks', { 'state.backend.type': 'level', 'execution.checkpointing.incremental': true, 'execution.state-recovery.from-local': true }],
    ['in checkpoints in memory', { 'execution.checkpointing.dir': undefined }],
    ['in no checkpoints but that one', { 'execution.checkpointing.interval': undefined }],
  ])('goes from 1 to 3 to 2 subtasks while it runs, with its state %s', async (_, settings) => {
    const job = await start(settings);
    await runsAt(job, 1);
    const { jobId, startTime } = job.snapshot();
    for (const width of [3, 2]) {
      await eventually(() => expect(sums.size).toBe(KEYS));
      await job.requirements!.set(requirementsFor(job, width));
      await runsAt(job, width);
      expect(job.checkpoints().counts.completed).toBe(width === 3 ? 1 : 2);
      expect(job.description.jobGraph.vertices.map(({ parallelism }) => parallelism)).toEqual(widths(job));
      expect(job.requirements!.get()).toEqual(requirementsFor(job, width));
    }
    expect(job.snapshot()).toMatchObject({ jobId, startTime, exceptions: [] });
    await expectRightSums(job);
  });

  it('counts as many subtasks in its checkpoints as it has then', async () => {
    const job = await start();
    await runsAt(job, 1);
    await job.requirements!.set(requirementsFor(job, 3));
    await runsAt(job, 3);
    await job.triggerCheckpoint();
    const [newest, before] = job.checkpoints().history;
    expect([before!.numSubtasks, newest!.numSubtasks]).toEqual([job.snapshot().vertices.length, 3 * job.snapshot().vertices.length]);
    await expectRightSums(job);
  });

  it('says what has become of which vertex, and nothing where nothing has', async () => {
    const job = await start();
    await runsAt(job, 1);
    const events = eventsOf(job);
    await job.requirements!.set(requirementsFor(job, 3));
    await runsAt(job, 3);
    await job.requirements!.set(requirementsFor(job, 3, 2));
    await job.requirements!.set(requirementsFor(job, 2));
    await runsAt(job, 2);
    const rescaled = events.filter((event) => event.type === 'rescaled').map(({ vertices }) => vertices);
    expect(rescaled).toEqual([[1, 3], [3, 2]].map(([from, to]) => job.snapshot().vertices.map(({ name }) => ({ name, from, to }))));
    await expectRightSums(job);
  });

  it('adds up what the subtasks have that it has then', async () => {
    const job = await start();
    for (const width of [1, 3, 2]) {
      await job.requirements!.set(requirementsFor(job, width));
      await runsAt(job, width);
    }
    await expectRightSums(job);
    expect((await job.result).accumulators).toEqual({ opened: { kind: expect.any(String), value: 2 } });
  });

  it('restarts at its new parallelism when a task fails later', async () => {
    const job = await start({ 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.delay': '1 ms' });
    await runsAt(job, 1);
    await job.requirements!.set(requirementsFor(job, 3));
    await runsAt(job, 3);
    const fail = vi.spyOn(RunningSum.prototype, 'processElement').mockImplementationOnce(() => {
      throw new Error('once');
    });
    held = false;
    await eventually(() => expect(job.snapshot().exceptions).toMatchObject([{ error: { message: expect.stringContaining('once') } }]));
    fail.mockRestore();
    expect(widths(job)).toEqual(job.snapshot().vertices.map(() => 3));
    await expectRightSums(job);
  });

  it('uses the slots that there are, and gives back what it does not use', async () => {
    const kept: number[] = [];
    const job = await start({}, { slots: { extend: async () => 2, keep: (slots) => kept.push(slots) } });
    await runsAt(job, 1);
    await job.requirements!.set(requirementsFor(job, 4));
    await runsAt(job, 2);
    await job.requirements!.set(requirementsFor(job, 1));
    await runsAt(job, 1);
    await eventually(() => expect(kept).toEqual([2, 1]));
    await expectRightSums(job);
  });

  it('stays as it is without slots for the lower bounds, and says how many are missing', async () => {
    const kept: number[] = [];
    const job = await start({}, { slots: { extend: async () => 2, keep: (slots) => kept.push(slots) } });
    await runsAt(job, 1);
    const events = eventsOf(job);
    await job.requirements!.set(requirementsFor(job, 4, 3));
    const error = { code: 'RESCALING_FAILED', message: 'the lower bounds take 3 slots, of which 1 is missing: the job keeps its parallelism' };
    await eventually(() => expect(job.snapshot().exceptions).toMatchObject([{ error }]));
    expect(events).toMatchObject([{ type: 'rescaling-failed', error }]);
    expect(kept).toEqual([1]);
    expect(job.snapshot()).toMatchObject({ status: 'RUNNING', restarts: 0 });
    await expectRightSums(job);
  });

  it('says that it has what it can get when it is to have more, and is within its bounds', async () => {
    const job = await start({}, { slots: { extend: async () => 1, keep: () => {} } });
    await runsAt(job, 1);
    await job.requirements!.set(requirementsFor(job, 4));
    await eventually(() => expect(job.snapshot().exceptions).toMatchObject([{ error: { code: 'RESCALING_FAILED', message: 'the upper bounds take 4 slots, and the job has all 1 that it can get: the job keeps its parallelism' } }]));
    expect(job.snapshot()).toMatchObject({ status: 'RUNNING', restarts: 0 });
    await expectRightSums(job);
  });

  it('stays as it is when the checkpoint fails that it would go on from', async () => {
    const job = await start({ 'execution.checkpointing.dir': undefined, 'execution.checkpointing.jobmanager-storage.max-state-size': '1 b', 'execution.checkpointing.tolerable-failed-checkpoints': 100 });
    await runsAt(job, 1);
    await job.requirements!.set(requirementsFor(job, 3));
    await eventually(() => expect(job.snapshot().exceptions).toMatchObject([{ error: { code: 'RESCALING_FAILED', message: expect.stringContaining('the job keeps its parallelism: the checkpoint') } }]));
    expect(job.snapshot()).toMatchObject({ status: 'RUNNING', restarts: 0 });
    job.cancel();
  });

  it('does what was required last, when that comes while it is at it', async () => {
    const job = await start();
    await runsAt(job, 1);
    await Promise.all([4, 3, 2].map((width) => job.requirements!.set(requirementsFor(job, width))));
    await runsAt(job, 2);
    expect(job.requirements!.get()).toEqual(requirementsFor(job, 2));
    await expectRightSums(job);
  });

  it('takes no requirements that nobody would remember', async () => {
    const job = await start({}, { remember: () => Promise.reject(new Error('the store is full')) });
    await runsAt(job, 1);
    const before = job.requirements!.get();
    await expect(job.requirements!.set(requirementsFor(job, 3))).rejects.toThrow('the store is full');
    expect(job.requirements!.get()).toBe(before);
    await expectRightSums(job);
    expect(job.snapshot().restarts).toBe(0);
  });

  it('takes none that it cannot fulfil, and none when it has ended', async () => {
    const job = await start();
    await expect(job.requirements!.set(requirementsFor(job, 129))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expectRightSums(job);
    await expect(job.requirements!.set(requirementsFor(job, 2))).rejects.toMatchObject({ code: 'RESCALING_FAILED', message: expect.stringContaining('has ended: it is FINISHED') });
  });

  it('begins as it was remembered, and knows what the program says', async () => {
    const first = await start();
    const requirements = requirementsFor(first, 4);
    await expectRightSums(first);
    await cluster.close();
    held = true;
    sums.clear();
    const job = await start({}, { remembered: { requirements, slots: 3 } });
    await runsAt(job, 3);
    expect(job.requirements!.get()).toEqual(requirements);
    await job.requirements!.set(requirementsFor(job, 2));
    await runsAt(job, 2);
    await expectRightSums(job);
  });

  it('begins with records dealt out where they are one to one in the program, and has them one to one again', async () => {
    const partitionings = (job: RunningJob) => job.description.jobGraph.edges.map(({ partitioning }) => partitioning);
    const unchained = { 'pipeline.operator-chaining.enabled': false };
    const first = await start(unchained);
    const [source, ...others] = first.description.jobGraph.vertices.map(({ id }) => id);
    expect(partitionings(first)).toEqual(['FORWARD', 'HASH', 'FORWARD']);
    await expectRightSums(first);
    await cluster.close();
    held = true;
    sums.clear();
    const requirements = Object.fromEntries([[source!, { lowerBound: 1, upperBound: 1 }], ...others.map((id) => [id, { lowerBound: 1, upperBound: 2 }] as const)]);
    const job = await start(unchained, { remembered: { requirements, slots: 2 } });
    await eventually(() => expect(widths(job)).toEqual([1, 2, 2, 2]));
    expect(partitionings(job)).toEqual(['RESCALE', 'HASH', 'FORWARD']);
    await job.requirements!.set(requirementsFor(job, 2));
    await runsAt(job, 2);
    expect(partitionings(job)).toEqual(['FORWARD', 'HASH', 'FORWARD']);
    await expectRightSums(job);
  });

  it('makes enumerators for as many readers as there are', async () => {
    const made = vi.spyOn(NumberSequenceSource.prototype, 'restoreEnumerator');
    const job = await start();
    await runsAt(job, 1);
    await job.requirements!.set(requirementsFor(job, 3));
    await runsAt(job, 3);
    expect(made.mock.calls.map(([context]) => context.currentParallelism())).toEqual([1, 3]);
    made.mockRestore();
    await expectRightSums(job);
  });
});

it('a job with the default scheduler, or in batch mode, keeps its parallelism', async () => {
  for (const settings of [{ 'jobmanager.scheduler': 'default' }, { 'execution.runtime-mode': 'BATCH' }]) {
    held = false;
    const job = await start(settings);
    expect(job.requirements).toBeUndefined();
    await job.result;
    await cluster.close();
  }
});
