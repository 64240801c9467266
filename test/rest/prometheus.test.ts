/** /metrics of a job that runs, as Prometheus finds it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RichMapFunction } from '../../src/index.js';
import { metricsFromJson } from '../../src/metrics/metric-sample.js';
import { promtool } from '../metrics/promtool.js';
import { endlessNumbers } from './endless-numbers.js';
import { serveJob, type ServedJob } from './served-job.js';

class Measured extends RichMapFunction<number, number> {
  private seen!: { inc(): void };

  override open(): void {
    const group = this.getRuntimeContext().getMetricGroup();
    this.seen = group.addGroup('remainder', 'any').counter('seen');
    group.histogram('sizes').update(3);
    group.meter('speed');
    group.gauge('label', () => 'text');
  }

  override map(value: number): number {
    this.seen.inc();
    return value;
  }
}

let served: ServedJob;
let text: string;
beforeAll(async () => {
  served = await serveJob((env) => {
    env.setParallelism(2);
    endlessNumbers(env).keyBy((n) => n % 3).map(new Measured()).name('Measured: all').addSink({ invoke: () => undefined }).name('Nowhere');
  });
  await served.getWhen(`/jobs/${served.job.jobId}`, ({ vertices }) => vertices.every(({ status }: { status: string }) => status === 'RUNNING'));
  text = await served.getWhen('/metrics', (said) => Number(valueOf(said, 'flink_taskmanager_job_task_operator_remainder_seen', 'subtask_index="1"')) > 5);
});
afterAll(() => served.close());

/** The value of the first sample whose name and labels have these in them. */
function valueOf(said: string, name: string, ...labels: string[]): string | undefined {
  const line = said.split('\n').find((one) => one.startsWith(name) && labels.every((label) => one.includes(label)));
  return line?.slice(line.lastIndexOf(' ') + 1);
}

describe('/metrics', () => {
  it('is what Prometheus reads', async () => {
    expect(await promtool(text)).toBe('read');
  });

  it('has each family once, with what it is', () => {
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(new Set(types).size).toBe(types.length);
    expect(types).toContain('# TYPE flink_taskmanager_job_task_operator_sizes summary');
    expect(types.filter((line) => line.endsWith(' gauge')).length).toBe(types.length - 1);
  });

  it('names cluster, job, tasks and operators as Flink’s reporter does, with its labels', () => {
    expect(valueOf(text, 'flink_jobmanager_numRunningJobs')).toBe('1');
    expect(Number(valueOf(text, 'flink_jobmanager_Status_JVM_Memory_Heap_Used'))).toBeGreaterThan(1e6);
    expect(Number(valueOf(text, 'flink_jobmanager_Status_JVM_GarbageCollector_All_Count'))).toBeGreaterThanOrEqual(Number(valueOf(text, 'flink_jobmanager_Status_JVM_GarbageCollector_Scavenge_Count')));
    expect(valueOf(text, 'flink_jobmanager_job_numRestarts', 'job_name="Words"')).toBe('0');
    expect(Number(valueOf(text, 'flink_taskmanager_job_task_numRecordsOut', 'task_name="Source:_Custom_Source"', 'subtask_index="0"'))).toBeGreaterThan(5);
    const operator = text.split('\n').find((line) => line.startsWith('flink_taskmanager_job_task_operator_remainder_seen{'))!;
    expect([...operator.matchAll(/(\w+)="/g)].map(([, name]) => name)).toEqual([
      'host', 'tm_id', 'job_id', 'job_name', 'task_id', 'task_name', 'task_attempt_id', 'task_attempt_num', 'subtask_index', 'operator_id', 'operator_name', 'remainder',
    ]);
    expect(operator).toContain('operator_name="Measured:_all"');
    expect(operator).toContain('remainder="any"');
  });

  it('counts what comes to the first operator of a chain and what leaves the last', async () => {
    const source = 'operator_name="Source:_Custom_Source"';
    const said = await served.getWhen('/metrics', (now) => Number(valueOf(now, 'flink_taskmanager_job_task_operator_numRecordsOutPerSecond', source)) > 1);
    const [out, task] = [valueOf(said, 'flink_taskmanager_job_task_operator_numRecordsOut{', source), valueOf(said, 'flink_taskmanager_job_task_numRecordsOut{', 'task_name="Source:_Custom_Source"')];
    expect([Number(out) > 5, out]).toEqual([true, task]);
    expect(Number(valueOf(said, 'flink_taskmanager_job_task_operator_numRecordsIn{', 'operator_name="Measured:_all"', 'subtask_index="1"'))).toBeGreaterThan(5);
    expect([valueOf(said, 'flink_taskmanager_job_task_operator_numRecordsIn{', source), valueOf(said, 'flink_taskmanager_job_task_operator_numRecordsOut{', 'operator_name="Measured:_all"')]).toEqual([undefined, undefined]);
  });

  it('has figures of histograms and rates, and 0 for text', () => {
    expect(valueOf(text, 'flink_taskmanager_job_task_operator_sizes', 'quantile="0.99"')).toBe('3');
    expect(valueOf(text, 'flink_taskmanager_job_task_operator_sizes_count')).toBe('1');
    expect(valueOf(text, 'flink_taskmanager_job_task_operator_speed')).toBe('0');
    expect(valueOf(text, 'flink_taskmanager_job_task_operator_sizes_p99')).toBeUndefined();
    expect(valueOf(text, 'flink_taskmanager_job_task_operator_label')).toBe('0');
    expect(valueOf(text, 'flink_jobmanager_job_lastCheckpointExternalPath')).toBe('0');
  });

  it('says what is so now, not what was so when somebody last asked', async () => {
    const before = Number(valueOf(text, 'flink_taskmanager_job_task_operator_remainder_seen', 'subtask_index="1"'));
    await served.getWhen('/metrics', (said) => Number(valueOf(said, 'flink_taskmanager_job_task_operator_remainder_seen', 'subtask_index="1"')) > before + 20);
  });

  it('is there as data, too', async () => {
    const all = metricsFromJson(await served.get('/metrics/samples'));
    expect(new Set(all.map(({ scope }) => scope))).toEqual(new Set(['jm', 'tm', 'jm-job', 'jm-operator', 'task', 'operator']));
    const task = all.find(({ scope }) => scope === 'task')!;
    expect(task.metrics).toContainEqual({ name: 'numRecordsIn', groups: [], values: {}, kind: 'gauge', value: expect.any(Number) });
  });
});
