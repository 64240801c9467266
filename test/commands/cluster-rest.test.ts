/** The REST interface of a session cluster, and commands that speak to a cluster by `-m`: ours, and one of Apache Flink. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { job, workspace } from './flink.js';

const { file, flink, path } = workspace();

interface State {
  readonly url: string;
  readonly log: string;
}

async function ask(url: string, init?: RequestInit): Promise<[number, unknown]> {
  const answer = await fetch(url, init);
  return [answer.status, await answer.json()];
}

describe('the REST interface of a session cluster', () => {
  it('takes bundles, runs them, refuses what is wrong with them, and ends with savepoints', async () => {
    file('numbers.ts', job('numbers.map((n) => n + 1).print();'));
    file('endless.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(1, Number.MAX_SAFE_INTEGER).filter(() => false).print();
await env.execute('Endless');
`);
    await flink(['bundle', '-q', 'numbers.ts', '-o', 'numbers.mjs']);
    const started = await flink(['cluster', 'start', '--json', '--port', '0', '--savepoint-on-exit', '-D', `execution.checkpointing.savepoint-dir=${join(path, 'saves')}`]);
    const { url, log } = JSON.parse(started.stdout) as State;
    const [, uploaded] = await ask(`${url}/v1/jars/upload?name=..%2Fnumbers.mjs`, { method: 'POST', body: readFileSync(join(path, 'numbers.mjs')) });
    const id = (uploaded as { filename: string }).filename.split('/').at(-1)!;
    expect(await ask(`${url}/jars`)).toEqual([200, { address: url, files: [{ id, name: 'numbers.mjs', uploaded: expect.any(Number) as number, entry: [] }] }]);
    const run = (body: object): Promise<[number, unknown]> => ask(`${url}/jars/${id}/run`, { method: 'POST', body: JSON.stringify(body) });
    expect(await run({ parallelism: 0 })).toEqual([400, { errors: [expect.stringContaining('parallelism')] }]);
    expect(await run({ flinkConfiguration: { 'parallelism.defalt': 2 } })).toEqual([400, expect.objectContaining({ errors: ['unknown configuration key "parallelism.defalt" (the submission)'] })]);
    expect(await run({ programArgs: 'a', programArgsList: ['b'] })).toEqual([400, { errors: ['Confusing request: programArgs and programArgsList are specified, please, use only programArgsList'] }]);
    expect(await run({ savepointPath: '/nowhere' })).toEqual([200, { jobid: expect.any(String) as string }]);
    const [status, { jobid }] = (await run({ jobId: 'a'.repeat(32) })) as [number, { jobid: string }];
    expect([status, jobid]).toEqual([200, 'a'.repeat(32)]);
    for (;;) if (((await ask(`${url}/jobs/${jobid}/status`))[1] as { status: string }).status === 'FINISHED') break;
    expect(await run({ jobId: 'a'.repeat(32) })).toEqual([409, { errors: [`A job ${jobid} was submitted before.`] }]);
    expect(await ask(`${url}/jars/${id}/plan`, { method: 'POST' })).toEqual([200, { plan: expect.objectContaining({ name: 'Numbers', type: 'STREAMING', nodes: [expect.objectContaining({ parallelism: 1 })] }) as object }]);
    expect(await ask(`${url}/jobs/${jobid}`)).toEqual([200, expect.objectContaining({ state: 'FINISHED', name: 'Numbers' })]);
    expect([await ask(`${url}/jars/..%2F..%2Fcluster.pid`, { method: 'DELETE' }), await ask(`${url}/jars/${id}`, { method: 'DELETE' })]).toEqual([[400, expect.anything()], [200, {}]]);
    expect((await ask(`${url}/overview`))[1]).toMatchObject({ 'jobs-finished': 1 });
    expect((await flink(['run', '-d', '-m', url.slice('http://'.length), 'endless.ts'])).code).toBe(0);
    for (;;) if ((await flink(['list', '-r', '-m', url])).stdout.includes('Endless (RUNNING)')) break;
    const [, { taskmanagers: [taskManager] }] = (await ask(`${url}/taskmanagers`)) as [number, { taskmanagers: { id: string }[] }];
    for (const id of [taskManager!.id, encodeURIComponent(taskManager!.id)]) {
      expect(await ask(`${url}/taskmanagers/${id}`)).toEqual([200, expect.objectContaining({ slotsNumber: 1 })]);
      expect(await ask(`${url}/v1/taskmanagers/${id}/thread-dump`)).toEqual([200, { threadInfos: expect.arrayContaining([{ threadName: expect.stringContaining('taskmanager-0') as string, stringifiedThreadInfo: expect.any(String) as string }]) as object }]);
    }
    expect(await ask(`${url}/cluster`, { method: 'DELETE' })).toEqual([200, {}]);
    for (;;) if ((await flink(['cluster', 'status'])).code === 1) break;
    expect(readFileSync(log, 'utf8')).toMatch(/Job "Endless" \([0-9a-f]{32}\) is stopped\. Savepoint: .*saves\/savepoint-/);
  });
});

describe('a cluster of Apache Flink', () => {
  it('is listed, and its jobs are cancelled and given savepoints, by -m', async () => {
    const jid = '7684be6004e4e955c2a558a9bc463f65';
    const asked: string[] = [];
    const answers: Record<string, [number, object]> = {
      'GET /jobs/overview': [200, { jobs: [{ jid, name: 'WordCount', state: 'RUNNING', 'start-time': 1_700_000_000_000, 'end-time': -1, duration: 5, 'last-modification': 1_700_000_000_001, tasks: { running: 1, canceling: 0, canceled: 0, total: 1, created: 0, scheduled: 0, deploying: 0, reconciling: 0, finished: 0, initializing: 0, failed: 0 } }] }],
      [`PATCH /jobs/${jid}?mode=cancel`]: [202, {}],
      [`POST /jobs/${jid}/savepoints`]: [202, { 'request-id': 'a89f7f5a2a7a2a9ba1c04d9d7d8f4b34' }],
    };
    answers['GET /config'] = [200, { 'refresh-interval': 3_000 }];
    answers['POST /jobs'] = [400, { errors: ['org.apache.flink.runtime.rest.handler.RestHandlerException: The jobGraphFileName field must not be omitted or be null.\n\tat org.apache.flink.X.y(X.java:1)'] }];
    const operation = [null, { location: 'file:/tmp/savepoint-7684be-3ddc9f58ca2e' }];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url?.endsWith('/savepoints/a89f7f5a2a7a2a9ba1c04d9d7d8f4b34')) {
        const [outcome] = operation.length > 1 ? operation.splice(0, 1) : operation;
        answers[`GET ${request.url}`] = [200, { status: { id: outcome ? 'COMPLETED' : 'IN_PROGRESS' }, operation: outcome }];
      }
      const [status, body] = answers[`${request.method} ${request.url}`] ?? [404, { errors: ['Not found.'] }];
      response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await flink(['list', '-m', address])).stdout).toContain(`${jid} : WordCount (RUNNING)`);
    expect((await flink(['savepoint', '-m', address, 'WordCount', '/saves'])).stdout).toBe('Savepoint completed. Path: file:/tmp/savepoint-7684be-3ddc9f58ca2e\n');
    file('sent.ts', job('numbers.print();'));
    expect((await flink(['run', '-d', '-m', address, 'sent.ts'])).stderr).toContain(`[CLUSTER_REFUSED] the cluster at http://${address} does not run programs of this engine: it is one of Apache Flink`);
    expect((await flink(['cancel', '-m', address, '7684'])).code).toBe(0);
    expect(asked.at(-1)).toBe(`PATCH /jobs/${jid}?mode=cancel`);
    await new Promise((resolve) => server.close(resolve));
    expect((await flink(['list', '-m', address])).stderr).toContain('[CONNECTION] there is no cluster at http://127.0.0.1:');
    expect((await flink(['list', '-m', 'nowhere'])).stderr).toContain('-m needs host:port, but got "nowhere"');
  });
});
