/** The REST interface of `flink run`, asked over TCP as any client of Flink would. */
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ended, type Run, workspace } from './flink.js';

const { file, flink, start } = workspace();

/** Emits numbers until it is cancelled; the map takes the time that it takes, in calls that the optimiser leaves. */
const job = file('endless.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
function burn(n: number, depth = 8): number {
  return depth === 0 ? Math.sqrt(n) : burn(n, depth - 1) + burn(n + 1, depth - 1);
}
env.fromSequence(0, 1e12).map((n) => burn(n)).name('Burn').filter(() => false).print();
await env.execute('Endless');
`);

interface Served {
  readonly port: number;
  readonly run: Promise<Run>;
  readonly kill: () => void;
  get(path: string): Promise<any>;
}

async function served(...options: string[]): Promise<Served> {
  const child = start(['run', '-v', ...options, job]);
  const run = ended(child);
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const [, at] = /The REST interface listens at https?:\/\/localhost:(\d+)/.exec(said) ?? [];
      if (at !== undefined) resolve(Number(at));
    });
    void run.then(({ stderr }) => reject(new Error(`the run ended: ${stderr}`)));
  });
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://localhost:${port}${path}`);
    return response.json();
  };
  return { port, run, get, kill: () => void child.kill('SIGKILL') };
}

describe('flink run', () => {
  it('answers over TCP: the job, its TaskManager, and what the thread of that is doing though it is busy', async () => {
    const { get, run, port, kill } = await served('-Drest.port=0');
    try {
      const { jobs: [one] } = await get('/v1/jobs/overview');
      expect(one).toMatchObject({ name: 'Endless', state: 'RUNNING' });
      const { taskmanagers: [taskManager] } = await get('/taskmanagers');
      const { threadInfos } = await get(`/taskmanagers/${encodeURIComponent(taskManager.id)}/thread-dump`);
      expect(threadInfos.map(({ threadName }: any) => threadName).join('\n')).toMatch(/^taskmanager-0 \(now, in a turn of subtask 1 of "Source: Sequence Source -> Burn[^\n]*"\)\n(taskmanager-0 \([\d.]+ %\)\n?)+$/);
      // Where it stands, and where its time went: the line is the one that computes, not the one where the function begins.
      const [now, ...sampled] = threadInfos.map(({ stringifiedThreadInfo }: any) => stringifiedThreadInfo);
      expect(now).toMatch(/\tat run \(file:.*:\d+:\d+\)\n/);
      expect(sampled.join('')).toContain('at burn (endless.ts:4:');
      for (;;) {
        const { allocatedSlots, metrics } = await get(`/taskmanagers/${encodeURIComponent(taskManager.id)}`);
        expect(allocatedSlots).toMatchObject([{ jobId: one.jid }]);
        if (metrics.heapUsed > 1_000_000) break;
      }
      const response = await fetch(`http://localhost:${port}/jobs/${one.jid}`, { method: 'PATCH' });
      expect(response.status).toBe(202);
    } catch (error) {
      kill();
      throw error;
    }
    expect((await run).stderr).toContain('has been cancelled');
  });

  it('samples what a vertex does into a flame graph when that is switched on', async () => {
    const { get, run, kill } = await served('-Drest.port=0', '-Drest.flamegraph.enabled', '-Drest.flamegraph.num-samples=20', '-Drest.flamegraph.delay-between-samples=10 ms');
    try {
      const { jobs: [{ id }] } = await get('/jobs');
      const { vertices: [vertex] } = await get(`/jobs/${id}`);
      const path = `/jobs/${id}/vertices/${vertex.id}/flamegraph`;
      expect(await get(path)).toEqual({ endTimestamp: -3 });
      let graph = await get(path);
      for (; graph.endTimestamp === -3; graph = await get(path)) await new Promise((resolve) => setTimeout(resolve, 50));
      expect([graph.data.name, graph.data.value]).toEqual(['root', 20]);
      const busy = await get(`${path}?type=on_cpu&subtaskindex=0`);
      expect(busy.data.value).toBeGreaterThan(3);
      expect(JSON.stringify(busy.data)).toMatch(/"name":"burn \(endless\.ts:4\)","value":\d+,"children":\[\{"name":"burn /);
      const { data: { value: idle } } = await get(`${path}?type=OFF_CPU`);
      expect(busy.data.value + idle).toBe(20);
      expect((await get(`${path}?type=warm`)).errors).toEqual([expect.stringContaining('Bad request: type')]);
      expect((await get(`${path}?subtaskindex=7`)).errors).toEqual([`Invalid subtask index for vertex ${vertex.id}`]);
    } finally {
      kill();
    }
    await run;
  });

  it('opens no port with rest.port -1, and other terminals reach it nevertheless', async () => {
    const child = start(['run', '-v', '-Drest.port=-1', job]);
    const run = ended(child);
    for (;;) if ((await flink(['list'])).stdout.includes('Endless (RUNNING)')) break;
    expect(await flink(['cancel', 'Endless'])).toMatchObject({ code: 0 });
    expect((await run).stderr).not.toContain('The REST interface listens');
  });

  it('is refused before anything runs when the port would be open to all', async () => {
    const { code, stderr } = await flink(['run', '-Drest.bind-address=0.0.0.0', job]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('security.rest.authentication is not set')]);
  });

  it('takes the next port when its own is taken, saying so', async () => {
    const first = await served('-Drest.port=0');
    const second = await served(`-Drest.port=${first.port}`);
    expect(second.port).toBeGreaterThan(first.port);
    const probe = connect(second.port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => probe.once('connect', () => resolve()).once('error', reject));
    probe.destroy();
    for (const { get, port } of [second, first]) await fetch(`http://localhost:${port}/jobs/${(await get('/jobs')).jobs[0].id}`, { method: 'PATCH' });
    expect((await second.run).stderr).toContain(`Port ${first.port} is taken: the REST interface listens at port ${second.port}.`);
    await first.run;
  });
});
