/** A session cluster from its start to its end: who may start it, and what becomes of its jobs when it is told to end. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../src/core/process-alive.js';
import { ended, workspace } from './flink.js';
import { TICKS } from './ticks.js';

const { file, flink, path, start } = workspace();

/** Emits a number every 20 ms until it is cancelled, and writes a file when it closes; `inMain` stands before the job is built. */
const endless = (name: string, inMain = ''): string => `import { RichMapFunction, StreamExecutionEnvironment } from 'flink-ts';
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
${TICKS}
class Noted extends RichMapFunction {
  map(n) { return n; }
  close() { writeFileSync(${JSON.stringify(join(path, `${name}.closed`))}, ''); }
}
${inMain}
env.addSource(new Ticks()).map(new Noted()).print();
await env.execute(${JSON.stringify(name)});
`;

interface State {
  readonly pid: number;
  readonly url: string;
}

const begin = (...options: string[]) => flink(['cluster', 'start', '--json', '--port', '0', ...options]);
const listed = async (): Promise<{ jid: string; name: string; state: string }[]> => JSON.parse((await flink(['list', '-a', '--json'])).stdout) as never;
const stateOf = async (name: string): Promise<string | undefined> => (await listed()).findLast((one) => one.name === name)?.state;
const logText = (): string => readFileSync(join(path, '.flink/log', readdirSync(join(path, '.flink/log')).find((name) => /-session-.*\.log$/.test(name))!), 'utf8');

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function running(name: string, inMain = ''): Promise<void> {
  file(`${name}.ts`, endless(name, inMain));
  await flink(['run', '-d', `${name}.ts`]);
  await until(async () => (await stateOf(name)) === 'RUNNING');
}

/** Processes of clusters and jobs that were started here. */
function processes(): string[] {
  const all = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n').filter((line) => /dist\/(job-process|session-cluster)\.js/.test(line));
  return all.filter((line) => {
    const environment = `/proc/${line.trim().split(' ')[0]}/environ`;
    return existsSync(environment) && readFileSync(environment, 'utf8').includes(`HOME=${path}\0`);
  });
}

afterEach(() => flink(['cluster', 'stop']));

describe('of session clusters that are started', () => {
  it('at once, exactly one runs, and the others say so', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => begin()));
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 2, 2, 2]);
    for (const { code, stderr } of runs) if (code === 2) expect(stderr).toMatch(/"code":"CLUSTER_RUNNING","message":"(another session cluster is being started|a session cluster runs already)/);
    const { pid } = JSON.parse(runs.find(({ code }) => code === 0)!.stdout) as State;
    expect([readFileSync(join(path, '.flink/cluster/cluster.pid'), 'utf8'), (JSON.parse((await flink(['cluster', 'status', '--json'])).stdout) as State).pid]).toEqual([`${pid}\n`, pid]);
    expect(processes()).toHaveLength(1);
  });

  it('after one that was killed, the next takes its place, whatever process has its pid by now', async () => {
    mkdirSync(join(path, '.flink/cluster'), { recursive: true });
    writeFileSync(join(path, '.flink/cluster/cluster.pid'), `${process.pid}\n`);
    const { code, stdout } = await begin();
    expect(code).toBe(0);
    process.kill((JSON.parse(stdout) as State).pid, 'SIGKILL');
    expect((await begin()).code).toBe(0);
  });

  it('where their port is taken, one listens at the next free port, and it is said', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, stdout, stderr } = await flink(['cluster', 'start', '--json', '--port', String(port)]);
    server.close();
    const { url } = JSON.parse(stdout) as State;
    expect([code, url, stderr]).toEqual([0, expect.not.stringContaining(`:${port}`), `Starting cluster.\nPort ${port} is taken: the REST interface listens at port ${new URL(url).port}.\n`]);
    expect(logText()).toContain(`Port ${port} is taken`);
  });
});

describe('a session cluster that is told to end', () => {
  it('cancels its jobs and lets them close, and does not wait for one that does not react', async () => {
    await begin('--slots', '4');
    await running('Obedient');
    await running('Stuck', `if (isMainThread && process.send) setTimeout(() => { for (;;); }, 1_500);`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const began = Date.now();
    expect((await flink(['cluster', 'stop'])).code).toBe(0);
    expect(Date.now() - began).toBeLessThan(50_000);
    expect(existsSync(join(path, 'Obedient.closed'))).toBe(true);
    expect([await stateOf('Obedient'), await stateOf('Stuck'), processes()]).toEqual(['CANCELED', 'CANCELED', []]);
    expect(logText()).toContain('The cluster has ended');
  });

  it('by SIGTERM with --savepoint-on-exit stops its jobs with savepoints that they go on from', async () => {
    const { stdout } = await begin('--savepoint-on-exit', '-D', `execution.checkpointing.savepoint-dir=${join(path, 'saves')}`);
    await running('Saved');
    const { pid } = JSON.parse(stdout) as State;
    process.kill(pid, 'SIGTERM');
    await until(() => !isAlive(pid));
    expect([await stateOf('Saved'), processes()]).toEqual(['FINISHED', []]);
    const [savepoint] = readdirSync(join(path, 'saves'));
    expect(logText()).toContain(`is stopped. Savepoint: ${join(path, 'saves', savepoint!)}`);
    expect((await flink(['run', '--dry-run', '-s', join(path, 'saves', savepoint!), 'Saved.ts'])).code).toBe(0);
  });

  it('cancels jobs that it cannot stop with a savepoint, and says why', async () => {
    await begin('--savepoint-on-exit');
    await running('Unsaved');
    expect((await flink(['cluster', 'stop'])).code).toBe(0);
    expect(await stateOf('Unsaved')).toBe('CANCELED');
    expect(logText()).toMatch(/could not be stopped with a savepoint, and is cancelled: .*savepoint-dir/);
  });

  it('by Ctrl-C in its terminal ends with exit code 0 when its jobs have', async () => {
    const cluster = start(['cluster', 'start', '--foreground', '--port', '0', '--savepoint-on-exit', '-D', `execution.checkpointing.savepoint-dir=${join(path, 'foreground')}`]);
    const over = ended(cluster);
    await until(async () => (await flink(['cluster', 'status'])).code === 0);
    await running('Watched');
    cluster.kill('SIGINT');
    const { code, stderr } = await over;
    expect([code, stderr, await stateOf('Watched')]).toEqual([0, expect.stringContaining('The cluster has ended'), 'FINISHED']);
    expect(readdirSync(join(path, 'foreground'))).toHaveLength(1);
  });
});

describe('Ctrl-C in a terminal that waits for a job of a session cluster', () => {
  it.each([['leaves the job alone', [], 'RUNNING', 'goes on in the cluster'], ['cancels it with -sae', ['-sae'], 'CANCELED', 'has been cancelled.']])('%s', async (_, options, state, said) => {
    await begin();
    const name = `Followed-${state}`;
    file(`${name}.ts`, endless(name));
    const terminal = start(['run', '-t', 'remote', ...options, `${name}.ts`]);
    const over = ended(terminal);
    await until(async () => (await stateOf(name)) === 'RUNNING');
    terminal.kill('SIGINT');
    const { code, stderr } = await over;
    expect([code, stderr, await stateOf(name)]).toEqual([130, expect.stringContaining(said), state]);
  });
});

describe('a cluster whose process is halted', () => {
  it('is waited for as long as one likes, which is said, and killed with its jobs where that is asked for', async () => {
    const { pid } = JSON.parse((await begin()).stdout) as State;
    await running('halted');
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')));
    const waited = await flink(['cluster', 'stop', '--timeout', '3500ms']);
    expect([waited.code, waited.stdout]).toEqual([1, '']);
    expect(waited.stderr).toContain(`Waiting for it to end, 3.5 s at most. Its process is halted (SIGSTOP) and hears nothing: \`kill -CONT ${pid}\` lets it go on.`);
    expect(waited.stderr).toContain('[TIMEOUT] the cluster has not ended within 3.5 s: its process is halted');
    const forced = await flink(['cluster', 'stop', '--force', '--timeout', '200ms', '--json']);
    expect([forced.code, JSON.parse(forced.stdout)]).toEqual([0, { pid, killed: true }]);
    await until(() => processes().length === 0);
    expect((await flink(['cluster', 'status'])).stdout).toBe('No session cluster runs.\n');
  });
});
