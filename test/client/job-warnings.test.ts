import { describe, expect, it } from 'vitest';
import { checkpointWarnings, droppedWindowsWarnings, timestampWarnings } from '../../src/client/job-warnings.js';
import { Configuration } from '../../src/core/configuration.js';
import { CheckpointDirectory, CheckpointInterval, CheckpointMode, UnalignedCheckpoints } from '../../src/core/options.js';
import { EventTimeSessionWindows, type StreamExecutionEnvironment, StreamExecutionEnvironment as Environment, TumblingEventTimeWindows, TumblingProcessingTimeWindows, WatermarkStrategy } from '../../src/index.js';
import { TestStream } from '../../src/testing/index.js';
import type { JobProgram } from '../../src/program/job-program.js';
import { type PipelineExecutor, withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { FakeJob, metrics, snapshot, vertex } from './fake-job.js';

async function built(build: (env: StreamExecutionEnvironment) => unknown): Promise<JobProgram> {
  let program: JobProgram | undefined;
  const executor: PipelineExecutor = {
    configuration: new Configuration(),
    execute: async (job) => {
      program = job;
      return {} as Awaited<ReturnType<PipelineExecutor['execute']>>;
    },
  };
  await withPipelineExecutor(executor, async () => {
    const env = Environment.getExecutionEnvironment();
    build(env);
    await env.executeAsync();
  });
  return program!;
}

/** What is said of the job that this builds. */
async function warningsOf(build: (env: StreamExecutionEnvironment) => unknown): Promise<string[]> {
  return timestampWarnings(await built(build), () => undefined);
}

const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n);
const windows = TumblingEventTimeWindows.of('1 s');

describe('a job is warned of windows by event time', () => {
  it('that no timestamps reach, with the operator and the source', async () => {
    const warnings = await warningsOf((env) => env.fromElements(1, 2).map((n) => n + 1).filter(() => true).keyBy((n) => n).window(windows).reduce((a) => a).print());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^"TumblingEventTimeWindows" works by event time, but nothing between it and "Source: Collection Source" gives records timestamps\. Call assign/);
  });

  it('that rolling results reach, but not in batch mode, where these have a timestamp', async () => {
    const build = (mode: 'STREAMING' | 'BATCH') => warningsOf((env) => env.setRuntimeMode(mode).fromElements(1, 2).keyBy((n) => n).reduce((a) => a).windowAll(windows).reduce((a) => a).print());
    expect([(await build('STREAMING')).length, (await build('BATCH')).length]).toEqual([1, 0]);
  });

  it('that one of several streams reaches without', async () => {
    const warnings = await warningsOf((env) => env.fromElements(1).assignTimestampsAndWatermarks(strategy).union(env.fromSequence(1, 2)).windowAll(EventTimeSessionWindows.withGap(1)).reduce((a) => a).print());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"Source: Sequence Source"');
  });

  it.each<[string, (env: StreamExecutionEnvironment) => unknown]>([
    ['that timestamps are assigned for', (env) => env.fromElements(1).assignTimestampsAndWatermarks(strategy).map((n) => n).windowAll(windows).reduce((a) => a).print()],
    ['behind a source that may give timestamps itself', (env) => env.fromSource(TestStream.of(1)).windowAll(windows).reduce((a) => a).print()],
    ['behind a function that might', (env) => env.fromElements(1).keyBy((n) => n).process({ processElement() {} }).windowAll(windows).reduce((a) => a).print()],
    ['behind other windows, whose results have the time of their window', (env) => env.fromElements(1).windowAll(TumblingProcessingTimeWindows.of(5)).reduce((a) => a).windowAll(windows).reduce((a) => a).print()],
  ])('but not of those %s', async (_, build) => {
    expect(await warningsOf(build)).toEqual([]);
  });
});

describe('windows by the clock that the end of the input finds open', () => {
  const ended = async (status: 'FINISHED' | 'CANCELED', counts: readonly number[]): Promise<string[]> => {
    const subtasks = counts.map((count, at) => metrics(at, { operators: [{ nodeId: 1, name: 'Windows', metrics: { numWindowsDroppedAtEnd: count } }] }));
    const job = new FakeJob('1');
    job.end({ status, final: snapshot([vertex('a', 'Windows', subtasks)]) });
    return droppedWindowsWarnings(await job.result);
  };

  it('are counted over the subtasks, and named', async () => {
    const [warning, ...more] = await ended('FINISHED', [2, 0, 3]);
    expect(warning).toMatch(/^the input ended before the clock closed 5 windows of "Windows"/);
    expect(more).toEqual([]);
  });

  it('are not spoken of when there are none, or when the job was cancelled', async () => {
    expect([await ended('FINISHED', [0]), await ended('CANCELED', [3])]).toEqual([[], []]);
  });
});

describe('a job is warned of its checkpoints', () => {
  const iterating = (env: StreamExecutionEnvironment): void => {
    const loop = env.fromElements(3).iterate();
    loop.closeWith(loop.filter((n) => n > 0).map((n) => n - 1)).print();
  };
  const checkpointed = (): Configuration => new Configuration().set(CheckpointInterval, 1000);

  it('that they leave out what an iteration sends back', async () => {
    const [warning, ...more] = checkpointWarnings(await built(iterating), checkpointed());
    expect(warning).toContain('records on their way back to its head are in no checkpoint');
    expect(more).toEqual([]);
  });

  it('that they cannot be unaligned as configured', async () => {
    const program = await built((env) => env.fromElements(1).print());
    expect(checkpointWarnings(program, checkpointed().set(UnalignedCheckpoints, true).set(CheckpointMode, 'AT_LEAST_ONCE'))).toMatchObject([expect.stringContaining('checkpoints of this job are aligned')]);
    expect(checkpointWarnings(program, checkpointed().set(UnalignedCheckpoints, true))).toEqual([]);
  });

  it('that operators with state have no uid, where checkpoints outlive the process', async () => {
    const inFolder = (): Configuration => checkpointed().set(CheckpointDirectory, '/checkpoints');
    const nameless = await built((env) => env.fromElements(1).map((n) => n).keyBy((n) => n).reduce((a) => a).print());
    expect(checkpointWarnings(nameless, inFolder())).toEqual([
      `"Source: Collection Source" and 1 other may keep state but have no uid: once operators are added or removed, the state of a checkpoint no longer finds them. Call uid('…') on each.`,
    ]);
    expect(checkpointWarnings(nameless, checkpointed())).toEqual([]);
    const named = await built((env) => env.fromElements(1).uid('numbers').keyBy((n) => n).reduce((a) => a).uid('first').print());
    expect(checkpointWarnings(named, inFolder())).toEqual([]);
  });

  const endless = { async *[Symbol.asyncIterator](): AsyncGenerator<number> {} };
  it.each<[string, (env: StreamExecutionEnvironment) => { print(): unknown }, boolean]>([
    ['standard input', (env) => env.readTextFile('-'), true],
    ['a socket', (env) => env.socketTextStream('localhost', 1), true],
    ['an asynchronous iterable', (env) => env.fromCollection(endless), true],
    ['an iterator', (env) => env.fromCollection([1].values()), true],
    ['a source function that keeps no state', (env) => env.addSource(() => {}), true],
    ['a source function that keeps state', (env) => env.addSource({ run() {}, cancel() {}, snapshotState: () => [], restoreState() {} } as never), false],
    ['a file', (env) => env.readTextFile('a.txt'), false],
    ['an array', (env) => env.fromCollection([1]), false],
    ['a function that makes an asynchronous iterable', (env) => env.fromCollection(() => endless), false],
  ])('that they cannot bring back what has been read, unless it can be read again: %s', async (_, source, warned) => {
    const warnings = checkpointWarnings(await built((env) => source(env).print()), checkpointed());
    expect(warnings).toEqual(warned ? [expect.stringMatching(/^"Source: .*" cannot be read again: after a failure/)] : []);
  });

  it('but not when it takes none', async () => {
    expect(checkpointWarnings(await built(iterating), new Configuration())).toEqual([]);
  });
});
