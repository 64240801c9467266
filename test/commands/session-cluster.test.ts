/** A session cluster: started, used from other terminals, and ended. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { job, workspace } from './flink.js';
import { TICKS } from './ticks.js';

const { file, flink, leftovers, path } = workspace();

/** Emits a number every 20 ms until it is cancelled; `inMain` stands before the job is built. */
const endless = (name: string, inMain = ''): string => `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
${TICKS}
${inMain}
env.addSource(new Ticks()).print();
await env.execute(${JSON.stringify(name)});
`;

interface Listed {
  readonly jid: string;
  readonly name: string;
  readonly state: string;
}

interface State {
  readonly pid: number;
  readonly url: string;
  readonly 'slots-available': number;
}

const listed = async (...options: string[]): Promise<Listed[]> => JSON.parse((await flink(['list', '--json', ...options])).stdout) as Listed[];
const stateOf = async (name: string): Promise<string | undefined> => (await listed('-a')).find((one) => one.name === name)?.state;

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Processes of jobs and clusters that this file's tests have started and that are still there. */
function processes(): string[] {
  const all = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n').filter((line) => /dist\/(job-process|session-cluster)\.js/.test(line));
  return all.filter((line) => environmentOf(Number(line.trim().split(' ')[0])).includes(`HOME=${path}\0`));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

async function withCluster(options: readonly string[], body: (state: State) => Promise<void>): Promise<void> {
  const started = await flink(['cluster', 'start', '--json', '--port', '0', ...options]);
  expect([started.code, started.stderr]).toEqual([0, 'Starting cluster.\n']);
  try {
    await body(JSON.parse(started.stdout) as State);
  } finally {
    await flink(['cluster', 'stop']);
  }
}

afterAll(() => {
  for (const line of processes()) process.kill(Number(line.trim().split(' ')[0]), 'SIGKILL');
});

describe('a session cluster', () => {
  it('takes jobs from other terminals, lists, cancels and stops them, and remembers those that have ended', async () => {
    file('one.ts', endless('One'));
    file('two.ts', endless('Two'));
    await withCluster(['--task-managers', '2', '--slots', '2'], async () => {
      const second = await flink(['cluster', 'start']);
      expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('Error [CLUSTER_RUNNING] a session cluster runs already, with PID')]);
      const one = await flink(['run', '-d', 'one.ts']);
      expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/^Job has been submitted with JobID [0-9a-f]{32}\n$/)]);
      const jobId = one.stdout.trim().split(' ').at(-1)!;
      await flink(['run', '-d', 'two.ts']);
      await until(async () => (await listed('-r')).length === 2);
      const status = JSON.parse((await flink(['cluster', 'status', '--json'])).stdout) as State;
      expect(status['slots-available']).toBe(2);
      const out = /What it prints goes to (\S+),/.exec(one.stderr)![1]!;
      await until(() => Promise.resolve(readFileSync(out, 'utf8').startsWith('0\n1\n')));
      expect((await flink(['cancel', jobId.slice(0, 8)])).code).toBe(0);
      const stopped = await flink(['stop', '-p', join(path, 'savepoints'), 'Two']);
      expect(stopped.stdout).toMatch(/^Savepoint completed\. Path: .*savepoint-/);
      await until(async () => (await listed()).length === 0);
      expect(await listed('-a')).toEqual([expect.objectContaining({ name: 'One', state: 'CANCELED' }), expect.objectContaining({ name: 'Two', state: 'FINISHED' })]);
      expect((await flink(['cancel', jobId])).code).toBe(0);
      expect((await flink(['cancel', 'Two'])).stderr).toMatch(/The job [0-9a-f]{32} has already reached another terminal state \(FINISHED\)\./);
    });
    expect([await flink(['cluster', 'status']), await stateOf('One')]).toEqual([{ code: 1, stdout: 'No session cluster runs.\n', stderr: '' }, 'CANCELED']);
    expect([processes(), leftovers()]).toEqual([[], []]);
  });

  it('keeps jobs from each other: one whose process is killed and one that never builds its graph harm nobody', async () => {
    file('good.ts', endless('Good'));
    file('exits.ts', endless('Exits', `if (!process.env.FLINK_TEST_SUBMITTING) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000);`));
    file('spins.ts', endless('Spins', `if (!process.env.FLINK_TEST_SUBMITTING) for (;;);`));
    const submitting = { environment: { FLINK_TEST_SUBMITTING: '1' } };
    await withCluster(['--slots', '4'], async () => {
      await flink(['run', '-d', 'good.ts'], submitting);
      const spinning = flink(['run', '-d', 'spins.ts'], submitting);
      await flink(['run', '-d', 'exits.ts'], submitting);
      await until(async () => (await stateOf('Exits')) === 'FAILED');
      expect(await stateOf('Good')).toBe('RUNNING');
      const [spin] = (await listed()).filter(({ state }) => state === 'INITIALIZING');
      expect((await flink(['cancel', spin!.jid])).code).toBe(0);
      expect((await spinning).stderr).toContain('was cancelled');
      expect((await flink(['cancel', 'Good'])).code).toBe(0);
    });
    expect(processes()).toEqual([]);
  });

  it('lets a job wait for slots, and fails it with the number that is missing', async () => {
    file('greedy.ts', endless('Greedy'));
    writeFileSync(join(path, 'numbers.ts'), job('numbers.rebalance().map((n) => n).print();'));
    await withCluster(['--task-managers', '1', '--slots', '2', '-D', 'slot.request.timeout=3s'], async () => {
      const greedy = await flink(['run', '-d', '-p', '2', 'greedy.ts']);
      expect(greedy.code).toBe(0);
      await until(async () => (await stateOf('Greedy')) === 'RUNNING');
      const waiting = flink(['run', '-t', 'remote', '-p', '3', 'numbers.ts']);
      await until(async () => (await stateOf('Numbers')) === 'CREATED');
      const failed = await waiting;
      expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('job "Numbers" needs 3 slots, of which 3 are missing: the cluster has 2 and 0 of them free')]);
      await flink(['cancel', 'Greedy']);
      const attached = await flink(['run', '-t', 'remote', 'numbers.ts']);
      expect([attached.code, attached.stderr]).toEqual([0, expect.stringMatching(/Job with JobID [0-9a-f]{32} has finished\.\nJob Runtime: \d+ ms\n$/)]);
    });
    expect(processes()).toEqual([]);
  });

  it('hears nothing of a job that does not compile or builds no graph', async () => {
    file('broken.ts', 'const = 1;');
    file('nothing.ts', 'export {};');
    await withCluster([], async () => {
      expect([await flink(['run', '-d', 'broken.ts']), await flink(['run', '-d', 'nothing.ts'])]).toEqual([
        { code: 2, stdout: '', stderr: expect.stringContaining('JOB_COMPILE') as string }, { code: 2, stdout: '', stderr: expect.stringContaining('JOB_NEVER_EXECUTED') as string },
      ]);
      expect(await listed()).toEqual([]);
    });
  });

  it('that was killed is replaced by the next, and its jobs end with it', async () => {
    file('orphan.ts', endless('Orphan'));
    const started = await flink(['cluster', 'start', '--json', '--port', '0']);
    await flink(['run', '-d', 'orphan.ts']);
    process.kill((JSON.parse(started.stdout) as State).pid, 'SIGKILL');
    await until(() => Promise.resolve(processes().length === 0));
    await withCluster([], async () => expect(await listed()).toEqual([]));
    expect(processes()).toEqual([]);
  });
});

describe('a detached job without a session cluster', () => {
  it('has a process of its own that other terminals find, and says where its output goes', async () => {
    file('alone.ts', endless('Alone'));
    const alone = await flink(['run', '-d', 'alone.ts']);
    expect([alone.code, alone.stdout]).toEqual([0, expect.stringMatching(/^Job has been submitted with JobID [0-9a-f]{32}\n$/)]);
    await until(async () => (await listed('-r')).some(({ name }) => name === 'Alone'));
    const out = /What it prints goes to (\S+),/.exec(alone.stderr)![1]!;
    await until(() => Promise.resolve(readFileSync(out, 'utf8').startsWith('0\n1\n')));
    expect((await flink(['cancel', 'Alone'])).code).toBe(0);
    await until(() => Promise.resolve(processes().length === 0));
    expect(await stateOf('Alone')).toBe('CANCELED');
  });
});

it('flink list -a says how many ended jobs another version has left that it cannot tell of', async () => {
  for (const digit of [1, 2]) file(`newer/archive/${String(digit).repeat(32)}.json`, '{"version":2}');
  const { code, stderr } = await flink(['list', '-a'], { environment: { FLINK_TS_HOME: join(path, 'newer') } });
  expect([code, stderr]).toEqual([0, expect.stringContaining('Warning: 2 jobs that have ended are not shown: another version of flink-ts wrote of them, in version 2 of the archive.\n')]);
});

it('a job that waits for slots while another one of its program runs is listed, asked for and cancelled by itself', async () => {
  file('two.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
${TICKS}
const job = () => env.addSource(new Ticks()).print();
job();
await env.executeAsync('Running one');
job();
await env.execute('Waiting one').catch((error) => console.error('The program goes on: ' + error.code));
job();
await env.executeAsync('Last one');
`);
  await flink(['cluster', 'start', '--port', '0', '--task-managers', '1', '--slots', '1', '-D', 'slot.request.timeout=1 h']);
  try {
    await flink(['run', '-d', 'two.ts']);
    await until(async () => (await stateOf('Waiting one')) === 'CREATED' && (await stateOf('Running one')) === 'RUNNING');
    const waiting = (await listed()).find(({ name }) => name === 'Waiting one')!.jid;
    expect((await flink(['cancel', waiting])).code).toBe(0);
    await until(async () => (await stateOf('Last one')) === 'CREATED');
    expect([await stateOf('Waiting one'), await stateOf('Running one')]).toEqual(['CANCELED', 'RUNNING']);
    // What it did not take is there for the next one, whose place in the program is behind it.
    expect((await flink(['cancel', 'Running one'])).code).toBe(0);
    const tasks = async (): Promise<Record<string, number>> => (JSON.parse((await flink(['list', '--json'])).stdout) as { name: string; tasks: Record<string, number> }[]).find(({ name }) => name === 'Last one')?.tasks ?? {};
    await until(async () => ((await tasks())['running'] ?? 0) > 0);
    await flink(['cancel', 'Last one']);
    await until(async () => (await listed()).length === 0);
    expect((await listed('-a')).map(({ name, state }) => [name, state])).toEqual(expect.arrayContaining([['Running one', 'CANCELED'], ['Waiting one', 'CANCELED'], ['Last one', 'CANCELED']]));
  } finally {
    await flink(['cluster', 'stop', '-q']);
  }
}, 120_000);
