import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { ClusterMetrics } from '../../src/dispatcher/cluster-metrics.js';
import { clusterMetricEndpoints } from '../../src/dispatcher/metric-endpoints.js';
import type { Dispatcher } from '../../src/dispatcher/dispatcher.js';
import { metricsAsJson, type MetricSample, type ScopedMetrics } from '../../src/metrics/metric-sample.js';
import { applicationOf } from '../../src/rest/serve-endpoints.js';
import { promtool } from '../metrics/promtool.js';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

const gauge = (value: number, ...path: string[]): MetricSample => ({ name: path.at(-1)!, groups: path.slice(0, -1), values: {}, kind: 'gauge', value });

/** What the process of a job says. */
function said(jobId: string, heap: number): ScopedMetrics[] {
  const job = { host: 'localhost', job_id: jobId, job_name: `Job ${jobId[0]}` };
  return [
    { scope: 'jm', variables: { host: 'localhost' }, metrics: [gauge(1, 'numRunningJobs'), gauge(heap, 'Status', 'JVM', 'Memory', 'Heap', 'Used')] },
    { scope: 'tm', variables: { host: 'localhost', tm_id: 'localhost:1-0' }, metrics: [gauge(heap, 'Status', 'JVM', 'Memory', 'Heap', 'Used')] },
    { scope: 'jm-job', variables: job, metrics: [gauge(heap / 10, 'numRestarts')] },
    { scope: 'task', variables: { ...job, tm_id: 'localhost:1-0', subtask_index: '0' }, metrics: [gauge(5, 'numRecordsIn')] },
  ];
}

let folder: string;
const servers: Server[] = [];
let ask: (path: string) => Promise<any>;

/** A process of a job that answers so; its socket. */
async function processOf(name: string, answer: unknown): Promise<string> {
  const socket = join(folder, name);
  const server = createServer((request, response) => void (request.url === '/metrics/samples' && response.end(JSON.stringify(answer))));
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(socket, resolve));
  return socket;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-metrics-'));
  const jobs = [
    { jobId: A, submitted: true, socket: await processOf('a', metricsAsJson(said(A, 10))) },
    { jobId: B, submitted: true, socket: await processOf('b', metricsAsJson(said(B, 30))) },
    { jobId: 'c'.repeat(32), submitted: true, socket: await processOf('c', [{ scope: 'made up' }]) },
    { jobId: 'd'.repeat(32), submitted: true, socket: join(folder, 'gone') },
    { jobId: 'e'.repeat(32), submitted: false, socket: undefined },
  ];
  const dispatcher = { jobs, options: { slots: { total: 8, free: 3 } } } as unknown as Dispatcher;
  const app = applicationOf(clusterMetricEndpoints(new ClusterMetrics(dispatcher, 2, systemClock)), '1');
  ask = async (path) => {
    const answer = await app.request(path);
    const text = await answer.text();
    return answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
  };
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

describe('the metrics of a session cluster', () => {
  it('are those of the Dispatcher and of every process that says something sensible, as one target', async () => {
    const text: string = await ask('/metrics');
    expect(await promtool(text)).toBe('read');
    const lines = text.split('\n').filter((line) => /numRunningJobs|taskSlots|Registered|numRestarts|numRecordsIn|taskmanager_Status|job_Status/.test(line) && !line.startsWith('#'));
    expect(lines).toEqual([
      'flink_jobmanager_numRegisteredTaskManagers{host="localhost"} 2', 'flink_jobmanager_numRunningJobs{host="localhost"} 4', 'flink_jobmanager_taskSlotsTotal{host="localhost"} 8', 'flink_jobmanager_taskSlotsAvailable{host="localhost"} 3',
      `flink_jobmanager_job_Status_JVM_Memory_Heap_Used{host="localhost",job_id="${A}",job_name="Job_a"} 10`, `flink_jobmanager_job_Status_JVM_Memory_Heap_Used{host="localhost",job_id="${B}",job_name="Job_b"} 30`,
      `flink_taskmanager_Status_JVM_Memory_Heap_Used{host="localhost",tm_id="${A}_localhost:1_0"} 10`, `flink_taskmanager_Status_JVM_Memory_Heap_Used{host="localhost",tm_id="${B}_localhost:1_0"} 30`,
      `flink_jobmanager_job_numRestarts{host="localhost",job_id="${A}",job_name="Job_a"} 1`, `flink_jobmanager_job_numRestarts{host="localhost",job_id="${B}",job_name="Job_b"} 3`,
      `flink_taskmanager_job_task_numRecordsIn{host="localhost",tm_id="${A}_localhost:1_0",job_id="${A}",job_name="Job_a",subtask_index="0"} 5`,
      `flink_taskmanager_job_task_numRecordsIn{host="localhost",tm_id="${B}_localhost:1_0",job_id="${B}",job_name="Job_b",subtask_index="0"} 5`,
    ]);
  });

  it('are added up over jobs and over TaskManagers, all or some', async () => {
    expect(await ask('/jobs/metrics?get=numRestarts&agg=min,sum')).toEqual([{ id: 'numRestarts', min: 1, sum: 4 }]);
    expect(await ask(`/jobs/metrics?get=numRestarts&agg=max&jobs=${A}`)).toEqual([{ id: 'numRestarts', max: 1 }]);
    expect(await ask('/taskmanagers/metrics?get=Status.JVM.Memory.Heap.Used&agg=avg')).toEqual([{ id: 'Status.JVM.Memory.Heap.Used', avg: 20 }]);
    expect(await ask('/taskmanagers/metrics')).toEqual([{ id: 'Status.JVM.Memory.Heap.Used' }]);
    expect(await ask(`/jobs/metrics?jobs=${'f'.repeat(32)}`)).toEqual([]);
  });

  it('are those of the Dispatcher where the JobManager is asked', async () => {
    expect(await ask('/jobmanager/metrics?get=taskSlotsAvailable,numRunningJobs')).toEqual([{ id: 'taskSlotsAvailable', value: '3' }, { id: 'numRunningJobs', value: '4' }]);
  });
});
