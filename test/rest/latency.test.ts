/** Latency of a job that is tracked, as others are told of it. */
import { expect, it } from 'vitest';
import type { StreamExecutionEnvironment } from '../../src/index.js';
import { promtool } from '../metrics/promtool.js';
import { endlessNumbers } from './endless-numbers.js';
import { serveJob, type ServedJob } from './served-job.js';

const endless = (env: StreamExecutionEnvironment): void => {
  env.setParallelism(2);
  endlessNumbers(env).name('numbers').map((n) => n).setParallelism(1).name('chained').keyBy((n) => n % 3).map((n) => n).name('behind').addSink({ invoke: () => undefined }).name('Nowhere');
};

const served = async (settings: Record<string, string>, test: (job: ServedJob, id: (name: string) => string) => Promise<void>): Promise<void> => {
  const job = await serveJob(endless, settings);
  const operators = job.job.description.jobGraph.vertices.flatMap((vertex) => vertex.operators);
  try {
    await test(job, (name) => operators.find((one) => one.name.includes(name))!.operatorId);
  } finally {
    await job.close();
  }
};

it('is there for each operator and subtask behind the source, under Flink’s names, with the job’s own metrics', async () => {
  await served({ 'metrics.latency.interval': '5 ms' }, async (job, id) => {
    const of = (name: string, subtask: number): string => `latency.source_id.${id('numbers')}.operator_id.${id(name)}.operator_subtask_index.${subtask}.latency`;
    const wanted = [of('chained', 0), ...['behind', 'Nowhere'].flatMap((name) => [of(name, 0), of(name, 1)])];
    const ids: { id: string }[] = await job.getWhen(`/jobs/${job.job.jobId}/metrics`, (all: { id: string }[]) => wanted.every((name) => all.some((one) => one.id === `${name}_p99`)));
    expect(ids.filter((one) => one.id.startsWith('latency.') && one.id.endsWith('_mean')).map((one) => one.id).sort()).toEqual(wanted.map((name) => `${name}_mean`).sort());
    const [{ value }] = await job.get(`/jobs/${job.job.jobId}/metrics?get=${of('Nowhere', 1)}_max`);
    expect([Number(value) >= 0, Number(value) < 60_000]).toEqual([true, true]);
    const text: string = await job.get('/metrics');
    expect(await promtool(text)).toBe('read');
    expect(text).toMatch(new RegExp(`^flink_taskmanager_job_latency_source_id_operator_id_operator_subtask_index_latency_count\\{host="[^"]*",tm_id="[^"]*",job_id="[^"]*",job_name="Words",.*operator_id="${id('behind')}",operator_subtask_index="1"\\} [1-9]`, 'm'));
    expect(text).not.toContain('operator_latency');
  });
});

it('is told apart by subtask of the source, or not at all, where that is asked for', async () => {
  for (const [granularity, name] of [['subtask', /^latency\.source_id\.[0-9a-f]{32}\.source_subtask_index\.0\.operator_id\.[0-9a-f]{32}\.operator_subtask_index\.[01]\.latency_mean$/], ['single', /^latency\.operator_id\.[0-9a-f]{32}\.operator_subtask_index\.[01]\.latency_mean$/]] as const) {
    await served({ 'metrics.latency.interval': '5 ms', 'metrics.latency.granularity': granularity }, async (job) => {
      await job.getWhen(`/jobs/${job.job.jobId}/metrics`, (all: { id: string }[]) => all.filter((one) => name.test(one.id)).length === 5);
    });
  }
});

it('is tracked where the program asks for it', async () => {
  const job = await serveJob((env) => {
    env.getConfig().setLatencyTrackingInterval(5);
    expect(env.getConfig().getLatencyTrackingInterval()).toBe(5);
    endless(env);
  });
  try {
    await job.getWhen(`/jobs/${job.job.jobId}/metrics`, (all: { id: string }[]) => all.some((one) => one.id.startsWith('latency.source_id.')));
  } finally {
    await job.close();
  }
});

it('is not tracked unless that is asked for', async () => {
  await served({}, async (job) => {
    await job.getWhen('/metrics', (text: string) => /numRecordsIn\{.*Nowhere.*\} [1-9]/.test(text));
    expect((await job.get(`/jobs/${job.job.jobId}/metrics`) as { id: string }[]).filter((one) => one.id.startsWith('latency'))).toEqual([]);
  });
});
