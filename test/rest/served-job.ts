/** A job on an embedded cluster in this thread, and the REST application over it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localFiles } from '../../src/checkpoint/local-files.js';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import type { RunningJob } from '../../src/cluster/running-job.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { optionOf } from '../../src/core/options.js';
import { systemRandom } from '../../src/core/random.js';
import { StreamExecutionEnvironment } from '../../src/index.js';
import { withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { AsynchronousOperations } from '../../src/rest/asynchronous-operations.js';
import type { Endpoint } from '../../src/rest/endpoint.js';
import { JobRecords } from '../../src/rest/job-records.js';
import { allEndpoints } from '../../src/rest/rest-server.js';
import { applicationOf } from '../../src/rest/serve-endpoints.js';
import { removeFolder } from '../remove-folder.js';

export interface Answer {
  readonly status: number;
  readonly json: any;
}

export interface ServedJob {
  readonly job: RunningJob;
  readonly records: JobRecords;
  readonly operations: AsynchronousOperations;
  readonly endpoints: readonly Endpoint[];
  readonly folder: string;
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** With the body as it is. */
  request(method: string, path: string, body?: string): Promise<Answer>;
  get(path: string): Promise<any>;
  /** Asks until the answer is so. */
  getWhen(path: string, so: (json: any) => boolean): Promise<any>;
  /** Begins an operation and waits for its outcome. */
  operate(path: string, body: unknown, statusPath: string): Promise<any>;
  close(): Promise<void>;
}

export async function serveJob(build: (env: StreamExecutionEnvironment) => unknown, settings: Record<string, string | undefined> = {}): Promise<ServedJob> {
  const folder = mkdtempSync(join(tmpdir(), 'rest-'));
  const configuration = new Configuration();
  for (const [key, value] of Object.entries({ 'execution.checkpointing.savepoint-dir': folder, ...settings })) if (value !== undefined) configuration.setRaw(optionOf(key, 'the test'), value, 'the test');
  const cluster = MiniCluster.start({ configuration, workers: false });
  let job!: RunningJob;
  const executor = {
    configuration,
    execute: async (program: Parameters<MiniCluster['submit']>[0]) => jobClientOf((job = await cluster.submit(program))),
  };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env);
    await env.executeAsync('Words');
  });
  const records = new JobRecords(systemClock);
  records.add(job);
  const operations = new AsynchronousOperations(systemClock, systemRandom);
  const endpoints = allEndpoints(records, operations, { clock: systemClock, configuration, files: localFiles, version: '1.2.3', logFolder: folder });
  const app = applicationOf(endpoints, '1.2.3');
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> => request(method, path, body === undefined ? undefined : JSON.stringify(body));
  const request = async (method: string, path: string, body?: string): Promise<Answer> => {
    const response = await app.request(path, { method, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    return { status: response.status, json: response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text };
  };
  const get = async (path: string): Promise<unknown> => {
    const { status, json } = await ask('GET', path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(json)}`);
    return json;
  };
  const getWhen = async (path: string, so: (json: unknown) => boolean): Promise<unknown> => {
    for (let tries = 0; tries < 2_000; tries++) {
      const json = await get(path);
      if (so(json)) return json;
      await sleep(systemClock, 20);
    }
    throw new Error(`${path} never came to that: ${JSON.stringify(await get(path))}`);
  };
  return {
    job, records, operations, endpoints, folder, ask, request, get, getWhen,
    async operate(path, body, statusPath) {
      const { json } = await ask('POST', path, body);
      return ((await getWhen(`${statusPath}/${json['request-id']}`, (one) => (one as Answer['json']).status.id === 'COMPLETED')) as Answer['json']).operation;
    },
    async close() {
      job.cancel();
      await job.result;
      records.close();
      operations.close();
      await cluster.close();
      await removeFolder(folder);
    },
  };
}
