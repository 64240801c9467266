/** A session cluster whose jobs are remembered in S3 dies with its machine, and one on another machine goes on with them. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Run, workspace } from '../commands/flink.js';
import { S3Server } from '../s3/s3-server.js';

const { flink, path } = workspace();
const jobFile = fileURLToPath(new URL('../../jobs/exactly-once-files.ts', import.meta.url));
const COUNT = 4_000;

let server: S3Server;
beforeAll(async () => void (server = await S3Server.start()));
afterAll(() => server.close());

/** Nothing but the bucket and the folder for output is common to two of them. */
class Machine {
  private readonly environment: Record<string, string>;

  constructor(private readonly name: string) {
    const home = join(path, name);
    mkdirSync(join(home, 'temporary'), { recursive: true });
    this.environment = { HOME: home, FLINK_TS_HOME: join(home, 'flink'), TMPDIR: join(home, 'temporary'), AWS_ACCESS_KEY_ID: 'test-key', AWS_SECRET_ACCESS_KEY: 'test/secret+key' };
  }

  flink(...words: string[]): Promise<Run> {
    return flink(words, { environment: this.environment });
  }

  start(more: readonly string[] = []): Promise<Run> {
    const settings = ['high-availability.type=level', 'high-availability.storageDir=s3://test/flink', 'high-availability.lease-duration=3 s', `s3.endpoint=${server.endpoint}`, 's3.path.style.access=true', ...more];
    return this.flink('cluster', 'start', '--json', '--port', '0', ...settings.flatMap((setting) => ['-D', setting]));
  }

  /** Of its session cluster. */
  log(): string {
    const folder = join(path, this.name, 'flink/log');
    return readFileSync(join(folder, readdirSync(folder).find((file) => file.includes('-session-'))!), 'utf8');
  }

  async jobs(): Promise<{ jid: string; state: string }[]> {
    return JSON.parse((await this.flink('list', '-a', '--json')).stdout) as { jid: string; state: string }[];
  }
}

/** Of a process, as Linux tells it: Z when it has ended and its parent has not asked how; undefined when there is none. */
function stateOf(pid: number): string | undefined {
  try {
    return /^\d+ \(.*\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1];
  } catch {
    return undefined;
  }
}

function lines(out = join(path, 'out')): string[] {
  return readdirSync(out).filter((name) => name.startsWith('part-')).flatMap((name) => readFileSync(join(out, name), 'utf8').trim().split('\n'));
}

it('a cluster that dies is followed by one on another machine, which goes on with its jobs; while one lives no other has them', async () => {
  const [here, there] = [new Machine('here'), new Machine('there')];
  const first = JSON.parse((await here.start()).stdout) as { pid: number };
  const refused = await there.start();
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('the job store in s3://test/flink/default cannot be opened: another session cluster uses it: ')]);
  const submitted = await here.flink('run', '-d', '--json', jobFile, '--output', join(path, 'out'), '--count', String(COUNT), '--rate', '300');
  const { jobId } = JSON.parse(submitted.stdout) as { jobId: string };
  while (!server.keys().some((key) => key.startsWith(`flink/default/checkpoints/${jobId}/`) && key.endsWith('/_metadata'))) await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(first.pid, 'SIGKILL');
  const second = await there.start();
  expect(second.code).toBe(0);
  for (let state = ''; state !== 'FINISHED';) {
    const [job, ...others] = await there.jobs();
    expect([job?.jid, others]).toEqual([jobId, []]);
    state = job!.state;
    expect(['INITIALIZING', 'CREATED', 'RUNNING', 'FINISHED']).toContain(state);
  }
  const written = lines();
  expect([written.length, new Set(written).size]).toEqual([COUNT, COUNT]);
  expect(readFileSync(join(path, 'there/flink/log', `${jobId}.log`), 'utf8')).toContain(`It goes on from checkpoint`);
  expect((await there.flink('cluster', 'stop')).code).toBe(0);
  // It gave the store back: nobody has to wait, and there is nothing to go on with.
  expect([(await here.start()).code, await here.jobs()]).toEqual([0, []]);
  await here.flink('cluster', 'stop');
  expect(server.keys().filter((key) => !key.endsWith('/'))).toEqual(['flink/default/conditions', 'flink/default/leader']);
}, 120_000);

it('the jobs of a cluster whose Dispatcher is halted end before another cluster has them, which the Dispatcher leaves alone when it goes on', async () => {
  const [here, there] = [new Machine('halted'), new Machine('follower')];
  const [settings, output] = [['high-availability.storageDir=s3://test/halted'], join(path, 'followed')];
  const { pid } = JSON.parse((await here.start(settings)).stdout) as { pid: number };
  // A lost process is then the end of its job, which the Dispatcher would write down.
  const submitted = await here.flink('run', '-d', '--json', '-D', 'restart-strategy.type=none', jobFile, '--output', output, '--count', String(COUNT), '--rate', '300');
  const { jobId } = JSON.parse(submitted.stdout) as { jobId: string };
  const metadata = (): boolean => server.keys().some((key) => key.startsWith(`halted/default/checkpoints/${jobId}/`) && key.endsWith('/_metadata'));
  while (!metadata()) await new Promise((resolve) => setTimeout(resolve, 50));
  const [, jobProcess] = / has process (\d+);/.exec(here.log())!;
  process.kill(pid, 'SIGSTOP');
  try {
    const took = await there.start(settings);
    expect(took.code).toBe(0);
    // The Dispatcher, which would bury it, is halted.
    expect(stateOf(Number(jobProcess))).toBe('Z');
    expect(there.log()).not.toContain('does not end by itself and is killed');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  while (stateOf(pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(here.log()).toContain('The job store is lost: it could not be renewed in time.');
  expect(server.keys()).toContain(`halted/default/jobs/${jobId}.json`);
  for (let state = ''; state !== 'FINISHED';) {
    const [job, ...others] = await there.jobs();
    expect([job?.jid, others]).toEqual([jobId, []]);
    state = job!.state;
  }
  const written = lines(output);
  expect([written.length, new Set(written).size]).toEqual([COUNT, COUNT]);
  expect((await there.flink('cluster', 'stop')).code).toBe(0);
}, 120_000);

it('a cluster that cannot reach its store any more ends with its jobs before another one may have them', async () => {
  const [here, there] = [new Machine('cut-off'), new Machine('rescuer')];
  const settings = { cut: false };
  const { FaultProxy } = await import('../s3/fault-proxy.js');
  const proxy = await FaultProxy.before(server);
  proxy.trouble = () => (settings.cut ? 'refused' : 'pass');
  const words = ['cluster', 'start', '--json', '--port', '0', '-D', 'high-availability.type=level', '-D', 'high-availability.storageDir=s3://test/cut', '-D', 'high-availability.lease-duration=3 s', '-D', 's3.path.style.access=true'];
  const { pid } = JSON.parse((await here.flink(...words, '-D', `s3.endpoint=${proxy.endpoint}`)).stdout) as { pid: number };
  settings.cut = true;
  const took = await there.flink(...words, '-D', `s3.endpoint=${server.endpoint}`);
  expect(took.code).toBe(0);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  const log = readdirSync(join(path, 'cut-off/flink/log')).find((name) => name.includes('-session-'))!;
  expect(readFileSync(join(path, 'cut-off/flink/log', log), 'utf8')).toContain('The job store is lost: it could not be renewed in time. The cluster ends with its jobs, and another one may go on with them');
  await there.flink('cluster', 'stop');
  await proxy.close();
}, 60_000);
