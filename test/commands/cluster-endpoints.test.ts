/** What a session cluster answers is what its document says. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { dispatcherEndpoints } from '../../src/dispatcher/dispatcher-application.js';
import { openApiDocument } from '../../src/rest/open-api.js';
import { workspace } from './flink.js';

const { file, flink } = workspace();
const endpoints = dispatcherEndpoints({ served: { clock: systemClock, configuration: new Configuration() } } as never);

interface Answer {
  readonly status: number;
  readonly json: any;
}

async function ask(url: string, path: string, init?: RequestInit): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, init);
  const text = await answer.text();
  return { status: answer.status, json: answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text };
}

async function askUntil(url: string, path: string, so: (json: any) => boolean): Promise<any> {
  for (;;) {
    const { status, json } = await ask(url, path);
    if (status === 200 && so(json)) return json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What is wrong with the answers at these paths. */
async function wrongAnswers(url: string, asked: typeof endpoints, values: Readonly<Record<string, string>>): Promise<string[]> {
  const wrong: string[] = [];
  for (const { path, answer, contentType } of asked) {
    const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[path.startsWith('/datasets') && name === 'triggerid' ? 'deletion' : path.startsWith('/savepoint-disposal') && name === 'triggerid' ? 'disposal' : name] ?? `no ${name}`));
    const { status, json } = await ask(url, filled);
    const read = answer?.().safeParse(json);
    if (status !== 200) wrong.push(`${filled}: ${status} ${JSON.stringify(json)}`);
    else if (read && !read.success) wrong.push(`${filled}: ${JSON.stringify(read.error.issues)}`);
    else if (!answer && contentType === undefined && typeof json !== 'string') wrong.push(`${filled} is no text`);
  }
  return wrong;
}

describe('a session cluster', () => {
  it('answers everything that its document lists as its schemas say, of jobs that run and of jobs that have ended', async () => {
    file('endless.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
let stop;
env.addSource({ run: (context) => new Promise((resolve) => (stop = [setInterval(() => context.collect(1), 10), resolve])), cancel: () => (clearInterval(stop[0]), stop[1]()) }).keyBy((n) => n).map((n) => n).setParallelism(2).print();
await env.execute('Endless');
`);
    const { url } = JSON.parse((await flink(['cluster', 'start', '--json', '--port', '0', '-D', 'execution.checkpointing.interval=1h', '-D', 'rest.flamegraph.enabled=true'])).stdout) as { url: string };
    try {
      const { json: document } = await ask(url, '/openapi.json');
      expect(document.paths).toEqual(JSON.parse(JSON.stringify(openApiDocument(endpoints, '0').paths)));
      const jobid = /[0-9a-f]{32}/.exec((await flink(['run', '-d', 'endless.ts'])).stdout)![0];
      const { vertices } = await askUntil(url, `/jobs/${jobid}`, (job) => job.vertices.length > 0 && job.vertices.every(({ tasks, parallelism }: { tasks: { RUNNING: number }; parallelism: number }) => tasks.RUNNING === parallelism));
      const begin = async (path: string, method = 'POST', body = '{}'): Promise<string> => (await ask(url, path, { method, ...(method === 'POST' ? { body } : {}) })).json['request-id'];
      const values = {
        jobid, vertexid: vertices[1].id as string, subtaskindex: '0', attempt: '0', checkpointid: '1', filename: `${jobid}.log`,
        triggerid: await begin(`/jobs/${jobid}/checkpoints`), disposal: await begin('/savepoint-disposal', 'POST', '{"savepoint-path":"/nowhere"}'), deletion: await begin(`/datasets/${'0'.repeat(32)}`, 'DELETE'),
        taskmanagerid: (await askUntil(url, '/taskmanagers', ({ taskmanagers }) => taskmanagers.length > 0)).taskmanagers[0].id as string,
      };
      const { operation } = await askUntil(url, `/jobs/${jobid}/checkpoints/${values.triggerid}`, ({ status }) => status.id === 'COMPLETED');
      expect(operation).toEqual({ checkpointId: 1 });
      // A cluster without logs of its TaskManagers has none to show, a bundle was not uploaded, and rescaling is always refused.
      const readable = endpoints.filter(({ method, path }) => method === 'get' && !/rescaling|jarid|^\/taskmanagers\/:taskmanagerid\/(log$|stdout|logs\/)/.test(path));
      expect(readable.length).toBeGreaterThan(55);
      expect(await wrongAnswers(url, readable, values)).toEqual([]);
      await ask(url, `/jobs/${jobid}`, { method: 'PATCH' });
      await askUntil(url, `/jobs/${jobid}/status`, ({ status }) => status === 'CANCELED');
      await askUntil(url, '/taskmanagers', ({ taskmanagers }) => taskmanagers.length === 0);
      expect(await wrongAnswers(url, readable.filter(({ path }) => path.startsWith('/jobs') && !/requirements|standstill/.test(path)), values)).toEqual([]);
    } finally {
      await flink(['cluster', 'stop']);
    }
  });
});
