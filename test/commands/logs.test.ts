/** `flink logs` of jobs in a session cluster, of detached ones, and of those in a terminal. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ended, job, workspace } from './flink.js';

const { file, flink, path, start } = workspace();
const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** Emits 0, 1, 2 … every 20 ms until it is cancelled, or has emitted `count`. */
const ticks = (name: string, count = Infinity): string => `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
class Ticks {
  run(ctx) {
    return new Promise((resolve) => {
      let n = 0;
      const timer = setInterval(() => { ctx.collect(n++); if (n >= ${count}) this.stop(); }, 20);
      this.stop = () => { clearInterval(timer); resolve(); };
    });
  }
  cancel() { this.stop?.(); }
}
env.addSource(new Ticks()).print();
await env.execute(${JSON.stringify(name)});
`;

it('of a detached job are printed, followed to its end, and still there when its process has gone, and why it ended', async () => {
  file('ticks.ts', ticks('Counting', 60));
  const { stdout } = await flink(['run', '-d', 'ticks.ts']);
  const jobId = stdout.trim().split(' ').at(-1)!;
  while (!(await flink(['list'])).stdout.includes(jobId));
  const followed = await flink(['logs', '-f', '--out', 'Counting']);
  expect([followed.code, followed.stdout]).toEqual([0, Array.from({ length: 60 }, (_, n) => `${n}\n`).join('')]);
  while ((await flink(['list'])).stdout.includes(jobId));
  expect((await flink(['why', jobId])).stdout).toMatch(/^The job has finished, \d+ s ago\.\n/);
  const log = await flink(['logs', jobId.slice(0, 8)]);
  expect([log.code, log.stdout]).toEqual([0, expect.stringContaining(`Job with JobID ${jobId} has finished.`)]);
  expect((await flink(['logs', '--json', jobId])).stdout.split('\n')[0]).toBe(JSON.stringify({ line: log.stdout.split('\n')[0] }));
  expect(await flink(['logs', 'nothing'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('[JOB_UNKNOWN] there is no job nothing') as string });
});

it('of a job in a session cluster are its own, also by TaskManager, until its reader leaves or Ctrl-C', async () => {
  file('one.ts', ticks('One'));
  file('other.ts', job('numbers.print();'));
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '--slots', '2']);
  const { url } = JSON.parse(started.stdout) as { url: string };
  try {
    const jobId = (await flink(['run', '-d', 'one.ts'])).stdout.trim().split(' ').at(-1)!;
    await flink(['run', '-t', 'remote', 'other.ts']);
    while (!(await flink(['logs', 'One'])).stdout.includes('Job "One" is RUNNING'));
    const [log, byNumber, byAddress] = [await flink(['logs', 'One']), await flink(['logs', '--task-manager', '0', 'One']), await flink(['logs', '-m', url, 'One'])];
    expect(log.stdout).toContain(`Job has been submitted with JobID ${jobId}`);
    expect(log.stdout).not.toContain('Numbers');
    expect([byNumber.stdout, byAddress.stdout]).toEqual([log.stdout, log.stdout]);
    expect((await flink(['logs', '--task-manager', '7', 'One'])).stderr).toContain(`[USAGE] there is no TaskManager 7\n  hint     The job has ${jobId}-localhost:`);
    const following = start(['logs', '-f', '--out', 'One']);
    const over = ended(following);
    let printed = '';
    following.stdout.on('data', (text: string) => (printed += text));
    while (!printed.includes('\n20\n')) await new Promise((resolve) => setTimeout(resolve, 20));
    following.kill('SIGINT');
    expect((await over).code).toBe(130);
    const piped = spawn('sh', ['-c', `'${process.execPath}' '${binary}' logs -f --out One | head -3`], { cwd: path, stdio: 'pipe', env: { ...process.env, HOME: path, TMPDIR: join(path, 'temporary') } });
    expect(await ended(piped)).toMatchObject({ code: 0, stdout: '0\n1\n2\n' });
    expect((await flink(['logs', '--out', 'Numbers'])).stdout).toBe('1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n');
  } finally {
    await flink(['cluster', 'stop']);
  }
});

it('of a job in a terminal are nowhere, which is said, but in the file that its shell writes', async () => {
  file('here.ts', ticks('Here'));
  const into = openSync(join(path, 'here.log'), 'w');
  const child = spawn(process.execPath, [binary, 'run', 'here.ts'], { cwd: path, stdio: ['ignore', 'pipe', into], env: { ...process.env, NO_COLOR: '1', HOME: path, TMPDIR: join(path, 'temporary') } });
  closeSync(into);
  child.stdout!.resume();
  try {
    while (!(await flink(['list'])).stdout.includes('Here (RUNNING)'));
    expect((await flink(['logs', 'Here'])).stdout).toBe(readFileSync(join(path, 'here.log'), 'utf8'));
    const out = await flink(['logs', '--out', 'Here']);
    expect([out.code, out.stdout]).toEqual([1, '']);
    expect(out.stderr).toMatch(new RegExp(`^"Here" \\([0-9a-f]{32}\\) writes no log: it runs in process ${child.pid}, and what is said of it goes to .*/here\\.log, what it prints to (socket|pipe):.*\\. Run it with -d, or with \`2> job\\.log\`, to have one\\.\n$`));
  } finally {
    child.kill('SIGKILL');
  }
});
