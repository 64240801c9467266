import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/core/clock.js';
import { LongCounter, RichMapFunction } from '../../src/index.js';
import { archiveOf } from '../../src/rest/archive.js';
import type { Endpoint } from '../../src/rest/endpoint.js';
import { openApiDocument, openApiPath } from '../../src/rest/open-api.js';
import { applicationOf } from '../../src/rest/serve-endpoints.js';
import { taskManagerId } from '../../src/rest/task-names.js';
import { endlessNumbers } from './endless-numbers.js';
import { serveJob, type ServedJob } from './served-job.js';

class Counting extends RichMapFunction<number, number> {
  private readonly seen = new LongCounter();

  override open(): void {
    this.getRuntimeContext().addAccumulator('seen', this.seen);
  }

  override map(value: number): number {
    this.seen.add(1);
    return value;
  }
}

let served: ServedJob;
let job: string;
let source: string;
let counting: string;

beforeAll(async () => {
  served = await serveJob((env) => {
    env.setParallelism(2);
    endlessNumbers(env).keyBy((n) => n % 3).map(new Counting()).name('Counted: all').addSink({ invoke: () => undefined }).name('Nowhere');
  }, { 'execution.checkpointing.interval': '1 h', 'security.rest.token': 'hidden', 'pipeline.global-job-parameters': 'colour:blue,db.password:hidden' });
  job = `/jobs/${served.job.jobId}`;
  await served.getWhen(job, ({ state, vertices }) => state === 'RUNNING' && vertices.every(({ status }: { status: string }) => status === 'RUNNING'));
  [source, counting] = (await served.get(job)).vertices.map(({ id }: { id: string }) => `${job}/vertices/${id}`);
  await served.operate(`${job}/checkpoints`, {}, `${job}/checkpoints`);
});
afterAll(() => served.close());

/** What there is for the parameters of a path. */
function pathOf({ path }: Endpoint, triggerId: string): string {
  const values: Record<string, string> = {
    jobid: served.job.jobId, vertexid: source.split('/').at(-1)!, subtaskindex: '0', attempt: '0', checkpointid: '1', triggerid: triggerId,
    taskmanagerid: encodeURIComponent(taskManagerId(0)), filename: 'job.log', datasetid: 'd'.repeat(32),
  };
  return path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? `unknown parameter ${name}`);
}

describe('every GET endpoint', () => {
  it('answers what its schema says, bare and under /v1', async () => {
    const { json: { 'request-id': trigger } } = await served.ask('POST', `${job}/checkpoints`, {});
    for (const name of ['job.log', 'job.out']) writeFileSync(join(served.folder, name), 'a line\n');
    const wrong: string[] = [];
    // In this process no thread is a TaskManager.
    const readable = served.endpoints.filter(({ method, path }) => method === 'get' && path !== '/taskmanagers/:taskmanagerid/thread-dump' && !path.includes('/rescaling/'));
    for (const endpoint of readable) {
      const path = pathOf(endpoint, trigger);
      const { status, json } = await served.ask('GET', path);
      const under = await served.ask('GET', `/v1${path}`);
      if (status !== 200 || under.status !== 200) wrong.push(`${path}: ${status}, /v1: ${under.status} ${JSON.stringify(json)}`);
      const read = endpoint.answer?.().safeParse(json);
      if (read && !read.success) wrong.push(`${path}: ${JSON.stringify(read.error.issues)}`);
      if (!endpoint.answer && typeof json !== 'string') wrong.push(`${path} is no text`);
    }
    expect(wrong).toEqual([]);
    expect(readable.length).toBeGreaterThan(45);
  });

  it('is in the OpenAPI document with its parameters, and nothing else is', async () => {
    const document = openApiDocument(served.endpoints, '1.2.3');
    const inDocument = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)).sort();
    const routes = applicationOf(served.endpoints, '1.2.3').routes.filter(({ path }) => !path.startsWith('/v1') && path !== '/openapi.json' && path !== '/docs');
    expect(inDocument).toEqual(routes.map(({ method, path }) => `${method.toLowerCase()} ${openApiPath(path)}`).sort());
    expect(inDocument).toEqual([...new Set(inDocument)]);
    expect(await served.get('/openapi.json')).toEqual(JSON.parse(JSON.stringify(document)));
    const metrics = document.paths['/jobs/{jobid}/vertices/{vertexid}/subtasks/metrics']!['get']!;
    expect(metrics.parameters.map(({ name, in: place }) => `${place} ${name}`)).toEqual(['path jobid', 'path vertexid', 'query get', 'query agg', 'query subtasks']);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!.replace('#/components/schemas/', ''));
    expect([references.length > 0, references.filter((reference) => !(reference in document.components.schemas))]).toEqual([true, []]);
    expect(await served.get('/docs')).toContain('<code>/jobs/{jobid}/checkpoints/config</code>');
  });
});

describe('a job', () => {
  it('is told with its vertices, times and plan', async () => {
    const details = await served.get(job);
    expect(details).toMatchObject({ jid: served.job.jobId, name: 'Words', state: 'RUNNING', 'job-type': 'STREAMING', 'end-time': -1 });
    expect(details.timestamps.RUNNING).toBeGreaterThanOrEqual(details['start-time']);
    expect(details.timestamps.FINISHED).toBe(0);
    expect(details['status-counts']).toMatchObject({ RUNNING: 2, FINISHED: 0 });
    expect(details.vertices.map(({ parallelism, tasks }: any) => [parallelism, tasks.RUNNING])).toEqual([[1, 1], [2, 2]]);
    expect(details.plan.nodes[1]).toMatchObject({ parallelism: 2, description: 'Counted: all<br/>+- Sink: Nowhere<br/>', inputs: [{ num: 0, id: details.vertices[0].id, ship_strategy: 'HASH', exchange: 'pipelined_bounded' }] });
    expect((await served.get(`${job}/plan`)).plan).toEqual(details.plan);
  });

  it('is in the overviews', async () => {
    expect(await served.get('/jobs')).toEqual({ jobs: [{ id: served.job.jobId, status: 'RUNNING' }] });
    expect((await served.get('/jobs/overview')).jobs[0]).toMatchObject({ state: 'RUNNING', tasks: { total: 3, running: 3, finished: 0 } });
    expect(await served.get('/overview')).toMatchObject({ taskmanagers: 1, 'slots-total': 2, 'slots-available': 0, 'jobs-running': 1, 'jobs-finished': 0, 'flink-version': '1.2.3' });
  });

  it('says what it runs with', async () => {
    expect((await served.get(`${job}/config`))['execution-config']).toMatchObject({ 'user-config': { colour: 'blue', 'db.password': '******' }, 'job-parallelism': 2 });
    expect(await served.get(`${job}/checkpoints/config`)).toMatchObject({ mode: 'exactly_once', interval: 3_600_000, checkpoint_storage: 'JobManagerCheckpointStorage', externalization: { enabled: false } });
  });

  it('has checkpoints, each with its vertices and their subtasks', async () => {
    const { counts, latest } = await served.get(`${job}/checkpoints`);
    expect(counts.completed).toBeGreaterThanOrEqual(1);
    expect(latest.completed).toMatchObject({ className: 'completed', num_subtasks: 3, num_acknowledged_subtasks: 3 });
    const id = counting.split('/').at(-1)!;
    const detailed = await served.get(`${job}/checkpoints/details/1`);
    expect(detailed.tasks[id]).toMatchObject({ num_subtasks: 2, num_acknowledged_subtasks: 2 });
    const vertex = await served.get(`${job}/checkpoints/details/1/subtasks/${id}`);
    expect(vertex.subtasks.map(({ className, index }: any) => [className, index])).toEqual([['completed', 0], ['completed', 1]]);
  });

  it('takes savepoints, which can be deleted', async () => {
    const { location } = await served.operate(`${job}/savepoints`, { 'target-directory': served.folder }, `${job}/savepoints`);
    expect(existsSync(join(location, '_metadata'))).toBe(true);
    expect(await served.operate('/savepoint-disposal', { 'savepoint-path': location }, '/savepoint-disposal')).toEqual({});
    expect(existsSync(location)).toBe(false);
    expect(await served.operate('/savepoint-disposal', { 'savepoint-path': location }, '/savepoint-disposal')).toMatchObject({ 'failure-cause': { error: { code: 'SNAPSHOT_MISSING' } } });
  });
});

describe('an operation', () => {
  it('may be asked for with null for what is not said, as clients of Apache Flink do', async () => {
    const savepoint = { 'target-directory': served.folder, 'cancel-job': null, formatType: null, triggerId: null };
    expect(await served.operate(`${job}/savepoints`, savepoint, `${job}/savepoints`)).toEqual({ location: expect.stringContaining('savepoint-') });
    expect(await served.operate(`${job}/checkpoints`, { checkpointType: null, triggerId: null }, `${job}/checkpoints`)).toEqual({ checkpointId: expect.any(Number) });
  });
});

describe('the parallelism of a job that runs', () => {
  const bounds = (lowerBound: number, upperBound: number): object => ({ parallelism: { lowerBound, upperBound } });
  const vertexId = (path: string): string => path.split('/').at(-1)!;

  it('is told, and may be asked for as it is', async () => {
    const requirements = { [vertexId(source)]: bounds(1, 1), [vertexId(counting)]: bounds(2, 2) };
    expect(await served.get(`${job}/resource-requirements`)).toEqual(requirements);
    expect(await served.ask('PUT', `${job}/resource-requirements`, { ...requirements, [vertexId(counting)]: bounds(1, 8) })).toEqual({ status: 200, json: {} });
  });

  it.each([
    ['another one', () => ({ [vertexId(source)]: bounds(1, 1), [vertexId(counting)]: bounds(3, 4) }), 409, '"Counted: all -> Sink: Nowhere" has parallelism 2, and a job that runs does not change it.'],
    ['not all vertices', () => ({ [vertexId(source)]: bounds(1, 1) }), 400, '(Counted: all -> Sink: Nowhere) is missing.'],
    ['no vertex of it', () => ({ [vertexId(source)]: bounds(1, 1), [vertexId(counting)]: bounds(2, 2), x: bounds(1, 1) }), 400, 'x is no vertex of the job.'],
    ['bounds that no vertex can have', () => ({ [vertexId(source)]: bounds(1, 1), [vertexId(counting)]: bounds(2, 129) }), 400, 'expected bounds from 1 to 128, the lower one first; 2 and 129 came.'],
    ['nothing as a bound', () => ({ [vertexId(source)]: bounds(0, 1), [vertexId(counting)]: bounds(2, 2) }), 400, 'the lower one first; 0 and 1 came.'],
    ['no bounds', () => ({ [vertexId(source)]: bounds(-2, 1) }), 400, 'lowerBound'],
  ])('is not changed: %s is refused with the reason', async (_, wanted, status, reason) => {
    expect(await served.ask('PUT', `${job}/resource-requirements`, wanted())).toEqual({ status, json: { errors: [expect.stringContaining(reason)] } });
  });

  it('is changed where the scheduler is adaptive: the same job, the same vertices, another number of subtasks', async () => {
    const adaptive = await serveJob((env) => {
      let cancelled = false;
      const numbers = env.addSource<number>({
        async run(context) {
          // It runs once more after it was told to end.
          cancelled = false;
          for (let n = 0; !cancelled; n++) {
            context.collect(n);
            await sleep(systemClock, 1);
          }
        },
        cancel: () => void (cancelled = true),
      }, 'Numbers');
      numbers.keyBy((n) => n % 5).map((n) => n).name('Keyed').addSink(() => {}).name('Nowhere');
    }, { 'jobmanager.scheduler': 'Adaptive' });
    try {
      const path = `/jobs/${adaptive.job.jobId}`;
      const [numbers, keyed] = (await adaptive.get(path)).vertices.map(({ id }: { id: string }) => id);
      const before = await adaptive.getWhen(path, ({ vertices }) => vertices.every(({ status }: { status: string }) => status === 'RUNNING'));
      expect(before.vertices.map(({ maxParallelism }: { maxParallelism: number }) => maxParallelism)).toEqual([1, 128]);
      expect(await adaptive.get(`${path}/resource-requirements`)).toEqual({ [numbers]: bounds(1, 1), [keyed]: bounds(1, 1) });
      expect(await adaptive.ask('PUT', `${path}/resource-requirements`, { [numbers]: bounds(1, 2), [keyed]: bounds(1, 3) })).toEqual({ status: 400, json: { errors: [expect.stringContaining('expected bounds from 1 to 1, for it runs in one subtask only')] } });
      expect(await adaptive.ask('PUT', `${path}/resource-requirements`, { [numbers]: bounds(1, -1), [keyed]: bounds(-1, 3) })).toEqual({ status: 200, json: {} });
      expect(await adaptive.get(`${path}/resource-requirements`)).toEqual({ [numbers]: bounds(1, 1), [keyed]: bounds(1, 3) });
      const after = await adaptive.getWhen(path, ({ state, vertices }) => state === 'RUNNING' && vertices[1].tasks.RUNNING === 3);
      expect(after).toMatchObject({ jid: before.jid, 'start-time': before['start-time'], vertices: [{ id: numbers, parallelism: 1 }, { id: keyed, parallelism: 3 }] });
      expect(after.plan.nodes.map(({ parallelism }: { parallelism: number }) => parallelism).sort()).toEqual([1, 3]);
      expect(await adaptive.get(`${path}/vertices/${keyed}`)).toMatchObject({ parallelism: 3, subtasks: [{ subtask: 0 }, { subtask: 1 }, { subtask: 2 }] });
      expect((await adaptive.get(`${path}/exceptions`)).exceptionHistory.entries).toEqual([]);
      adaptive.job.cancel();
      await adaptive.job.result;
      expect(await adaptive.ask('PUT', `${path}/resource-requirements`, { [numbers]: bounds(1, 1), [keyed]: bounds(1, 2) })).toMatchObject({ status: 409 });
    } finally {
      await adaptive.close();
    }
  });

  it('is not changed by the older way either, which answers as Flink does', async () => {
    for (const [method, path] of [['PATCH', 'rescaling?parallelism=3'], ['GET', `rescaling/${'0'.repeat(32)}`]] as const) {
      expect(await served.ask(method, `${job}/${path}`)).toEqual({ status: 503, json: { errors: [expect.stringContaining('Rescaling is disabled.')] } });
    }
  });
});

describe('what only clusters of Apache Flink have', () => {
  it('data sets: there are none, and deleting one is over at once', async () => {
    expect(await served.get('/datasets')).toEqual({ dataSets: [] });
    const { status, json } = await served.ask('DELETE', `/datasets/${'0'.repeat(32)}`);
    expect(status).toBe(202);
    expect(await served.getWhen(`/datasets/delete/${json['request-id']}`, (one) => one.status.id === 'COMPLETED')).toEqual({ status: { id: 'COMPLETED' }, operation: {} });
    expect((await served.ask('DELETE', '/datasets/some')).status).toBe(400);
  });

  it('heartbeats of clients are taken, and no job waits for them', async () => {
    expect(await served.ask('PATCH', `${job}/clientHeartbeat`, { expiredTimestamp: 1 })).toEqual({ status: 202, json: {} });
  });

  it('incremental checkpoints cannot be asked for', async () => {
    expect(await served.ask('POST', `${job}/checkpoints`, { checkpointType: 'INCREMENTAL' })).toMatchObject({ status: 400 });
  });
});

describe('the JobManager of a job', () => {
  it('says what was set for the job, without secrets, and where the logs are', async () => {
    const settings = await served.get(`${job}/jobmanager/config`);
    expect(settings).toContainEqual({ key: 'pipeline.global-job-parameters', value: expect.stringContaining('blue') });
    expect(settings).toContainEqual({ key: 'security.rest.token', value: '******' });
    expect(await served.get(`${job}/jobmanager/log-url`)).toEqual({ url: 'http://localhost/jobmanager/log' });
    expect(await served.get(`${job}/taskmanagers/${encodeURIComponent(taskManagerId(0))}/log-url`)).toEqual({ url: `http://localhost/taskmanagers/${encodeURIComponent(taskManagerId(0))}/log` });
  });
});

describe('a vertex', () => {
  it('is told with its subtasks and figures over them', async () => {
    const vertex = await served.get(counting);
    expect(vertex).toMatchObject({ parallelism: 2, maxParallelism: 128 });
    expect(vertex.subtasks[1]).toMatchObject({ subtask: 1, status: 'RUNNING', attempt: 0, 'end-time': -1, 'taskmanager-id': taskManagerId(0) });
    expect(vertex.subtasks[0]['status-duration'].RUNNING).toBeGreaterThanOrEqual(0);
    expect(vertex.aggregated.metrics['read-records'].sum).toBe(vertex.subtasks.reduce((sum: number, { metrics }: any) => sum + metrics['read-records'], 0));
    expect(await served.get(`${counting}/subtasks/1/attempts/0`)).toMatchObject({ subtask: 1, attempt: 0 });
    expect((await served.get(`${counting}/taskmanagers`)).taskmanagers).toMatchObject([{ status: 'RUNNING', 'status-counts': { RUNNING: 2 } }]);
    expect((await served.get(`${counting}/subtasktimes`)).subtasks[0].timestamps.RUNNING).toBeGreaterThan(0);
  });

  it('says how its subtasks spend their time', async () => {
    const { status, backpressureLevel, subtasks } = await served.get(`${counting}/backpressure`);
    expect([status, backpressureLevel]).toEqual(['ok', 'ok']);
    expect(subtasks).toHaveLength(2);
    expect(subtasks[0].idleRatio).toBeGreaterThan(0.2);
  });

  it('says how far event time has come, with Flink’s number for not at all', async () => {
    expect(await served.get(`${counting}/watermarks`)).toEqual([0, 1].map((n) => ({ id: `${n}.currentInputWatermark`, value: '-9223372036854775808' })));
  });
});

describe('accumulators', () => {
  it('are told while the job runs, added up and by subtask', async () => {
    const one = await served.getWhen(`${job}/accumulators`, (known) => Number(known['user-task-accumulators'][0]?.value) > 5);
    expect(one['user-task-accumulators']).toMatchObject([{ name: 'seen', type: 'LongCounter' }]);
    const { parallelism, subtasks } = await served.get(`${counting}/subtasks/accumulators`);
    expect([parallelism, subtasks.length]).toEqual([2, 2]);
    expect((await served.get(`${counting}/accumulators`))['user-accumulators'].length).toBe(2);
    expect(await served.get(`${source}/accumulators`)).toMatchObject({ 'user-accumulators': [] });
  });
});

describe('metrics', () => {
  it('of what the JobManager does for a source are told by its vertex, and of others there are none', async () => {
    const reading = await serveJob((env) => {
      env.fromSequence(1, 3).map((n) => n).startNewChain().addSink({ invoke: () => new Promise<void>(() => undefined) });
    });
    try {
      const id = `/jobs/${reading.job.jobId}`;
      const [{ id: sourceId }, { id: mapId }] = (await reading.get(id)).vertices;
      expect(await reading.get(`${id}/vertices/${sourceId}/jm-operator-metrics`)).toEqual([{ id: 'Source__Sequence_Source.enumerator.unassignedSplits' }]);
      expect(await reading.getWhen(`${id}/vertices/${sourceId}/jm-operator-metrics?get=Source__Sequence_Source.enumerator.unassignedSplits`, ([{ value }]) => value === '0')).toBeTruthy();
      expect(await reading.get(`${id}/vertices/${mapId}/jm-operator-metrics`)).toEqual([]);
    } finally {
      await reading.close();
    }
  });

  it('are only named without get', async () => {
    const names = await served.get(`${counting}/metrics`);
    expect(names).toContainEqual({ id: '1.numRecordsIn' });
    expect(await served.get(`${counting}/subtasks/0/metrics`)).toContainEqual({ id: 'busyTimeMsPerSecond' });
    expect(await served.getWhen(`${counting}/subtasks/0/metrics`, (known) => known.some(({ id }: any) => id === 'Counted__all.currentInputWatermark'))).toBeTruthy();
  });

  it('are told when they are asked for; names nobody has are left out', async () => {
    const [one, ...others] = await served.getWhen(`${source}/subtasks/0/metrics?get=numRecordsOut,nothing`, ([known]) => Number(known.value) > 10);
    expect([one.id, others]).toEqual(['numRecordsOut', []]);
  });

  it('are put together over subtasks, those that are asked for', async () => {
    const [sums] = await served.getWhen(`${counting}/subtasks/metrics?get=numRecordsIn`, ([known]) => known.sum > 10);
    expect(sums.sum).toBeGreaterThanOrEqual(sums.max);
    expect((await served.get(`${counting}/subtasks/metrics?get=numRecordsIn&get=nothing&get=numRecordsOut&agg=sum&agg=avg`)).map((one: object) => Object.keys(one))).toEqual([['id', 'sum', 'avg'], ['id', 'sum', 'avg']]);
    const [only] = await served.get(`${counting}/subtasks/metrics?get=numRecordsIn&agg=SUM,max&subtasks=1-5`);
    expect(Object.keys(only)).toEqual(['id', 'sum', 'max']);
    expect(only.sum).toBe(only.max);
  });

  it('over jobs and TaskManagers that are not there are none', async () => {
    const nowhere = 'f'.repeat(32);
    expect(await served.get(`/jobs/metrics?get=numRestarts&agg=max&jobs=${nowhere},${served.job.jobId}`)).toEqual([{ id: 'numRestarts', max: 0 }]);
    expect(await served.get(`/jobs/metrics?get=numRestarts&jobs=${nowhere}`)).toEqual([]);
    expect(await served.get('/taskmanagers/metrics?get=Status.JVM.CPU.Load&taskmanagers=nobody')).toEqual([]);
  });

  it('per second are of the last seconds', async () => {
    const [rate] = await served.getWhen(`${source}/subtasks/0/metrics?get=numRecordsOutPerSecond`, ([known]) => Number(known.value) > 1);
    expect(Number(rate.value)).toBeLessThanOrEqual(1_100);
  });

  it('of jobs are about restarts and checkpoints', async () => {
    const metrics = Object.fromEntries((await served.get(`${job}/metrics?get=numRestarts,numberOfCompletedCheckpoints,lastCheckpointDuration,uptime`)).map(({ id, value }: any) => [id, Number(value)]));
    expect(metrics['numRestarts']).toBe(0);
    expect(metrics['numberOfCompletedCheckpoints']).toBeGreaterThanOrEqual(1);
    expect(metrics['uptime']).toBeGreaterThan(0);
    const own = await served.getWhen(`${counting}/subtasks/0/metrics?get=checkpointStartDelayNanos,checkpointAlignmentTime`, (known) => known.length === 2);
    expect(own.every(({ value }: any) => Number(value) >= 0 && Number(value) < 60e9)).toBe(true);
    expect(await served.get(`/jobs/metrics?get=numRestarts&agg=max&jobs=${served.job.jobId}`)).toEqual([{ id: 'numRestarts', max: 0 }]);
    expect(await served.get('/jobmanager/metrics?get=numRunningJobs,taskSlotsTotal')).toEqual([{ id: 'numRunningJobs', value: '1' }, { id: 'taskSlotsTotal', value: '2' }]);
  });
});

describe('the process', () => {
  it('shows what was set, but no secrets', async () => {
    const settings = await served.get('/jobmanager/config');
    expect(settings).toContainEqual({ key: 'execution.checkpointing.interval', value: '3600000' });
    expect(settings).toContainEqual({ key: 'security.rest.token', value: '******' });
  });

  it('shows its log files, and no others', async () => {
    mkdirSync(join(served.folder, 'inner'), { recursive: true });
    writeFileSync(join(served.folder, 'job.log'), 'a line\n');
    expect((await served.get('/jobmanager/logs')).logs.find(({ name }: any) => name === 'job.log')).toMatchObject({ size: 7 });
    expect(await served.get('/jobmanager/logs/job.log')).toBe('a line\n');
    expect(await served.get('/jobmanager/log')).toBe('a line\n');
    for (const name of ['..%2F..%2Fetc%2Fpasswd', '%2Fetc%2Fpasswd', 'inner', 'missing.log']) expect((await served.ask('GET', `/jobmanager/logs/${name}`)).status).toBe(404);
  });

  it('says what its main thread is doing', async () => {
    const { threadInfos } = await served.get('/jobmanager/thread-dump');
    expect(threadInfos[0].threadName).toMatch(/^jobmanager \(\d+\.\d %\)$/);
    expect(threadInfos[0].stringifiedThreadInfo).toContain('\tat ');
  });
});

describe('a request for what is not there', () => {
  const nowhere = 'f'.repeat(32);
  it.each([
    ['an unknown job', `/jobs/${nowhere}`, 404, `Job ${nowhere} not found`],
    ['something that is no job id', '/jobs/abc', 400, 'A job id has 32 hexadecimal digits; "abc" came.'],
    ['an unknown route', '/nothing', 404, 'Not found: GET /nothing'],
    ['a TaskManager of another process', '/taskmanagers/localhost:1-0', 404, 'TaskExecutor localhost:1-0 not found'],
    ['an unknown disposal', `/savepoint-disposal/${nowhere}`, 404, `There is no operation with the trigger id ${nowhere}, or its result is no longer kept.`],
  ])('as %s says so', async (_, path, status, message) => {
    expect(await served.ask('GET', path)).toEqual({ status, json: { errors: [message] } });
  });

  it.each([
    ['an unknown vertex', `vertices/${nowhere}`, 404, `JobVertex ${nowhere} not found`],
    ['an unknown checkpoint', 'checkpoints/details/999', 404, 'Could not find checkpointing statistics for checkpoint 999.'],
  ])('as %s of the job says so', async (_, path, status, message) => {
    expect(await served.ask('GET', `${job}/${path}`)).toEqual({ status, json: { errors: [message] } });
  });

  it('as an unknown subtask says so', async () => {
    expect(await served.ask('GET', `${counting}/subtasks/2`)).toEqual({ status: 404, json: { errors: [`Invalid subtask index for vertex ${counting.split('/').at(-1)}`] } });
  });

  it.each([
    ['vertices/abc', 'vertexid: expected 32 hexadecimal digits; "abc" came.'], ['vertices/VERTEX/subtasks/x', 'subtaskindex: expected a whole number from 0; "x" came.'],
    ['vertices/VERTEX/subtasks/-1', 'subtaskindex: expected a whole number from 0; "-1" came.'], ['vertices/VERTEX/subtasks/0/attempts/-1', 'attempt: expected a whole number from 0; "-1" came.'],
    ['checkpoints/details/-1', 'checkpointid: expected a whole number from 0; "-1" came.'], ['checkpoints/details/last', 'checkpointid: expected a whole number from 0; "last" came.'],
    ['savepoints/abc', 'triggerid: expected 32 hexadecimal digits; "abc" came.'],
  ])('with %s, which cannot be one, is a bad request', async (path, reason) => {
    expect(await served.ask('GET', `${job}/${path.replace('VERTEX', counting.split('/').at(-1)!)}`)).toEqual({ status: 400, json: { errors: [`Bad request: ${reason}`] } });
  });
});

describe('a request that is wrong', () => {
  it.each([
    ['POST', 'savepoints', '{', 'the body is not JSON'],
    ['POST', 'savepoints', '{"formatType":"BINARY"}', 'Bad request: formatType: '],
    ['POST', 'stop', '{"triggerId":"1"}', 'Bad request: triggerId: expected 32 hexadecimal digits'],
    ['GET', 'exceptions?maxExceptions=many', undefined, 'Bad request: maxExceptions: expected a whole number'],
    ['PATCH', '?mode=explode', undefined, 'Bad request: mode: '],
    ['GET', 'metrics/x', undefined, 'Not found'],
  ])('(%s %s %s) is refused with the reason', async (method, path, body, message) => {
    const app = applicationOf(served.endpoints, '1');
    const response = await app.request(`${job}${path.startsWith('?') ? '' : '/'}${path}`, { method, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(message === 'Not found' ? 404 : 400);
    expect((await response.json() as { errors: string[] }).errors[0]).toContain(message);
  });

  it.each(['stop', 'STOP'])('in asking for the mode %s, which Flink has no more, is sent elsewhere', async (mode) => {
    expect(await served.ask('PATCH', `${job}?mode=${mode}`)).toEqual({ status: 308, json: { errors: [expect.stringContaining('POST /jobs/:jobid/stop')] } });
    expect(served.job.status()).toBe('RUNNING');
  });

  it('in its method is told which ones there are', async () => {
    expect(await served.ask('DELETE', job)).toEqual({ status: 405, json: { errors: [`${job} takes GET, PATCH; DELETE came.`] } });
  });
});

describe('a savepoint without a folder', () => {
  it.each(['savepoints', 'stop'])('is begun by %s neither where none is given nor where none is configured', async (action) => {
    const homeless = await serveJob((env) => env.fromSequence(0, 1e12).map((n) => n).filter(() => false).addSink({ invoke: () => undefined }), { 'execution.checkpointing.savepoint-dir': undefined });
    const message = 'a savepoint needs a directory, but none was given and execution.checkpointing.savepoint-dir is not set';
    expect(await homeless.ask('POST', `/jobs/${homeless.job.jobId}/${action}`, {})).toMatchObject({ status: 400, json: { errors: [message], error: { code: 'CONFIGURATION' } } });
    expect(homeless.job.status()).not.toBe('FINISHED');
    homeless.job.cancel();
    await homeless.job.result;
    await homeless.close();
  });
});

describe('a job that has ended', () => {
  it('leaves everything that is answered about it, and can be cancelled no more', async () => {
    const ended = await serveJob((env) => env.fromElements(1, 2, 3).map((n) => n).addSink({ invoke: () => undefined }));
    const path = `/jobs/${ended.job.jobId}`;
    await ended.job.result;
    expect(await ended.ask('PATCH', path)).toMatchObject({ status: 409, json: { errors: [expect.stringContaining('already reached another terminal state (FINISHED)')] } });
    expect(await ended.get(`${path}/execution-result`)).toMatchObject({ status: { id: 'COMPLETED' }, 'job-execution-result': { 'application-status': 'SUCCEEDED' } });
    const answers = await archiveOf(ended.records.all()[0]!, ended.operations);
    const paths = answers.map((answer) => answer.path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const part of ['', '/plan', '/config', '/exceptions', '/checkpoints', '/checkpoints/config', '/accumulators', '/execution-result', '/status']) expect(paths).toContain(`${path}${part}`);
    for (const { path: archived, json } of answers.slice(1)) {
      const { now: _, ...live } = await ended.get(archived);
      const { now: __, ...kept } = json as { now?: number };
      expect(live, archived).toEqual(kept);
    }
    await ended.close();
  });

  it('is cancelled with the cluster of its run', async () => {
    const running = await serveJob((env) => env.fromSequence(0, 1e12).map((n) => n).filter(() => false).addSink({ invoke: () => undefined }));
    expect(await running.ask('DELETE', '/cluster')).toEqual({ status: 200, json: {} });
    expect((await running.job.result).status).toBe('CANCELED');
    await running.close();
  });

  it('that has failed says why, with the task and what lies behind it', async () => {
    const failed = await serveJob((env) => env.fromElements(1).map(() => {
      throw new Error('no such luck');
    }).name('Unlucky').addSink({ invoke: () => undefined }));
    await failed.job.result;
    const { exceptionHistory, 'root-exception': root, 'all-exceptions': all } = await failed.get(`/jobs/${failed.job.jobId}/exceptions`);
    expect(exceptionHistory.entries[0]).toMatchObject({ taskName: expect.stringMatching(/Unlucky.* \(1\/1\) - execution #0$/), taskManagerId: taskManagerId(0), failureLabels: {} });
    expect(root).toContain('no such luck');
    expect(all).toHaveLength(1);
    expect(await failed.get(`/jobs/${failed.job.jobId}/execution-result`)).toMatchObject({ 'job-execution-result': { 'application-status': 'FAILED', 'failure-cause': { class: 'FlinkError' } } });
    await failed.close();
  });

  it('leaves how it was stopped, for whoever asks after that', async () => {
    const stopped = await serveJob((env) => env.fromSequence(0, 1e12).map((n) => n).filter(() => false).addSink({ invoke: () => undefined }));
    const path = `/jobs/${stopped.job.jobId}`;
    await stopped.getWhen(path, ({ vertices }) => vertices.every(({ status }: { status: string }) => status === 'RUNNING'));
    const { json: { 'request-id': trigger } } = await stopped.ask('POST', `${path}/stop`, {});
    await stopped.job.result;
    expect(await archiveOf(stopped.records.all()[0]!, stopped.operations)).toContainEqual({ path: `${path}/savepoints/${trigger}`, json: { status: { id: 'COMPLETED' }, operation: { location: expect.stringContaining('savepoint-') } } });
    await stopped.close();
  });

  it('keeps the attempts that others have replaced', async () => {
    let thrown = false;
    const twice = await serveJob((env) => env.fromElements(1).map((n) => {
      if (!thrown) {
        thrown = true;
        throw new Error('once');
      }
      return n;
    }).addSink({ invoke: () => undefined }), { 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.delay': '1 ms' });
    await twice.job.result;
    const [{ id }] = (await twice.get(`/jobs/${twice.job.jobId}`)).vertices;
    const subtask = `/jobs/${twice.job.jobId}/vertices/${id}/subtasks/0`;
    expect(await twice.get(subtask)).toMatchObject({ attempt: 1, status: 'FINISHED' });
    expect(await twice.get(`${subtask}/attempts/0`)).toMatchObject({ attempt: 0, status: 'FAILED' });
    expect(await twice.ask('GET', `${subtask}/attempts/2`)).toMatchObject({ status: 404 });
    expect((await archiveOf(twice.records.all()[0]!, twice.operations)).map(({ path }) => path)).toEqual(expect.arrayContaining([`${subtask}/attempts/0`, `${subtask}/attempts/1`]));
    expect(await twice.get(`/jobs/${twice.job.jobId}/metrics?get=numRestarts`)).toEqual([{ id: 'numRestarts', value: '1' }]);
    await twice.close();
  });

  it('is cancelled with 202', async () => {
    const running = await serveJob((env) => env.fromSequence(0, 1e12).map((n) => n).filter(() => false).addSink({ invoke: () => undefined }));
    await running.getWhen(`/jobs/${running.job.jobId}/status`, ({ status }) => status === 'RUNNING');
    expect(await running.ask('PATCH', `/jobs/${running.job.jobId}?mode=cancel`)).toEqual({ status: 202, json: {} });
    expect((await running.job.result).status).toBe('CANCELED');
    expect(await running.ask('PATCH', `/jobs/${running.job.jobId}`), 'who asks again gets what was asked for').toEqual({ status: 202, json: {} });
    await running.close();
  });
});
