import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import type { JobSnapshot, RunningJob } from '../../src/cluster/running-job.js';
import { MetricReports } from '../../src/cluster/metric-reports.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { type DataStream, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from '../../src/index.js';
import { withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { standstillOf } from '../../src/cluster/standstill.js';
import { type Event, Scripted } from '../api/scripted-splits.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { TestStream } from '../../src/testing/test-stream.js';

let cluster: MiniCluster;
let jobs: RunningJob[];

beforeEach(() => {
  cluster = MiniCluster.start({ configuration: new Configuration(), workers: false });
  jobs = [];
});
afterEach(async () => {
  for (const job of jobs) job.cancel();
  await Promise.all(jobs.map((job) => job.result));
  await cluster.close();
});

async function start(build: (env: StreamExecutionEnvironment) => unknown): Promise<RunningJob> {
  const executor = {
    configuration: new Configuration(),
    execute: async (program: Parameters<MiniCluster['submit']>[0]) => {
      jobs.push(await cluster.submit(program));
      return jobClientOf(jobs.at(-1)!);
    },
  };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env);
    await env.executeAsync();
  });
  return jobs[0]!;
}

/** The job as it stands when this is so. */
async function snapshotWhen(job: RunningJob, so: (snapshot: JobSnapshot) => boolean): Promise<JobSnapshot> {
  for (let tries = 0; tries < 1_600; tries++) {
    const snapshot = job.snapshot();
    if (so(snapshot)) return snapshot;
    await sleep(systemClock, 25);
  }
  throw new Error(`it never came to that: ${JSON.stringify(job.snapshot())}`);
}

const metricsOf = ({ vertices }: JobSnapshot, operator: string): Record<string, unknown> | undefined =>
  vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ operators }) => operators)).find(({ name }) => name === operator)?.metrics;

const window = (stream: DataStream<number>): unknown => stream.keyBy((n) => n % 2).window(TumblingEventTimeWindows.of(10)).reduce((a, b) => a + b).collectAsync();

describe('the metrics of a running job', () => {
  it('say what each operator holds, and how far event time has come there', async () => {
    const job = await start((env) => window(env.fromSource(TestStream.of<number>().record(1, 1).record(2, 2).record(3, 12).watermark(5))));
    const snapshot = await snapshotWhen(job, (now) => metricsOf(now, 'TumblingEventTimeWindows')?.['currentInputWatermark'] === 5);
    expect(metricsOf(snapshot, 'TumblingEventTimeWindows')).toMatchObject({
      currentInputWatermark: 5, currentOutputWatermark: 5, numOpenWindows: 2, numEventTimeTimers: 2, numProcessingTimeTimers: 0, numKeyedStateEntries: 3, numLateRecordsDropped: 0,
    });
    const [sources, windows] = snapshot.vertices;
    expect(sources!.subtasks[0]).toMatchObject({ currentOutputWatermark: 5, watermarkIdle: false, recordsIn: 3 });
    expect(windows!.subtasks[0]).toMatchObject({ currentInputWatermark: 5, currentOutputWatermark: 5 });
    expect(metricsOf(snapshot, sources!.operators[0]!.name)).toMatchObject({ currentOutputWatermark: 5, isIdle: false, watermarkAlignmentDrift: 0 });
  });

  it('tell the splits of a source apart, and who waits for one of them is told which', async () => {
    const steps = [{ split: 'a', time: 1 }, { split: 'b', time: 2 }, { split: 'c', time: 1 }, { end: 'c' }, { split: 'a', time: 25 }];
    const strategy = WatermarkStrategy.forMonotonousTimestamps<Event>();
    const job = await start((env) => env.fromSource(new Scripted(steps, true, true), strategy, 'Splits').map(({ time }) => time).windowAll(TumblingEventTimeWindows.of(10)).reduce((a, b) => a + b).collectAsync());
    const snapshot = await snapshotWhen(job, (now) => metricsOf(now, 'TumblingEventTimeWindows')?.['currentInputWatermark'] === 1);
    const ofSplits = metricsOf(snapshot, 'Timestamps/Watermarks')!;
    expect(ofSplits).toMatchObject({ 'split.a.currentWatermark': 24, 'split.b.currentWatermark': 1, 'split.a.isIdle': false, 'split.b.watermarkLag': expect.any(Number) });
    expect(Object.keys(ofSplits).filter((name) => name.startsWith('split.c.'))).toEqual([]);
    expect(standstillOf(snapshot)).toMatchObject({ cause: 'split-behind', holder: { operator: 'Timestamps/Watermarks', split: { id: 'b', watermark: 1 } } });
  });

  it('tell the inputs of an operator apart', async () => {
    const job = await start((env) => {
      const [a, b] = [env.fromSource(TestStream.of<number>().watermark(5)), env.fromSource(TestStream.of<number>().watermark(3))];
      a.rebalance().connect(b.rebalance()).map((n) => n, (n) => n).setParallelism(2).collectAsync();
    });
    const snapshot = await snapshotWhen(job, (now) => metricsOf(now, 'Co-Map')?.['currentInputWatermark'] === 3);
    expect(metricsOf(snapshot, 'Co-Map')).toMatchObject({ currentInput1Watermark: 5, currentInput2Watermark: 3, currentInputWatermark: 3, currentOutputWatermark: 3 });
  });

  it('say since when a source has read nothing, and whether it is idle', async () => {
    const job = await start((env) => env.fromSource(TestStream.of<number>().record(1, 1).idle()).collectAsync());
    const snapshot = await snapshotWhen(job, (now) => (metricsOf(now, now.vertices[0]!.operators[0]!.name)?.['sourceIdleTime'] as number) > 50);
    expect(snapshot.vertices[0]!.subtasks[0]).toMatchObject({ watermarkIdle: true });
    expect(snapshot.vertices[0]!.subtasks[0]!.lastRecordAt).toBeGreaterThan(0);
  });

  it('stay with the job when it has ended, as they were then', async () => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n);
    const job = await start((env) => window(env.fromElements(1, 2, 25).assignTimestampsAndWatermarks(strategy)));
    const { final } = await job.result;
    expect(metricsOf(final, 'TumblingEventTimeWindows')).toMatchObject({ numOpenWindows: 0, currentInputWatermark: Infinity });
  });
});

describe('the reports that make them up', () => {
  it('are asked for no more often than is of use', () => {
    const clock = new ManualClock();
    let asked = 0;
    const reports = new MetricReports(clock, () => {
      asked += 1;
      return [];
    });
    for (let look = 0; look < 10; look++) {
      reports.ask();
      clock.advance(50);
    }
    expect(asked).toBe(3);
  });

  it('are waited for until every TaskManager has answered, or has had a quarter of a second', async () => {
    const clock = new ManualClock();
    const reports = new MetricReports(clock, () => [0, 1]);
    const refreshed: string[] = [];
    const both = reports.refresh().then(() => refreshed.push('both'));
    reports.answered(0);
    await Promise.resolve();
    expect(refreshed).toEqual([]);
    reports.answered(1);
    await both;
    clock.advance(1_000);
    const late = reports.refresh().then(() => refreshed.push('late'));
    reports.answered(1);
    clock.advance(250);
    await late;
    expect([refreshed, clock.scheduled]).toEqual([['both', 'late'], 0]);
  });

  it('are those of the attempt that is asked for', () => {
    const reports = new MetricReports(new ManualClock(), () => []);
    const operators = [{ nodeId: 1, name: 'Map', metrics: { n: 1 } }];
    reports.receive([{ vertexId: 'v', subtask: 0, attempt: 1, operators }]);
    reports.receive([{ vertexId: 'v', subtask: 0, attempt: 0, operators: [] }]);
    expect([reports.of('v', 0, 1), reports.of('v', 0, 0), reports.of('v', 1, 1)]).toEqual([operators, [], []]);
  });
});
