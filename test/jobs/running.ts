/**
 * A job of jobs/ in a process of its own, stopped with a savepoint from another one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { repository, type Run } from './flink.js';

export interface StoppedJob {
  /** What it printed until it was stopped. */
  readonly lines: readonly string[];
  readonly savepoint: string;
}

/**
 * Runs a job until it has printed `lines` lines, then stops it with a savepoint below `savepoints`. Jobs of one test run
 * in a temporary folder of their own, so that each finds its own by name.
 */
export async function stopAfter(lines: number, args: readonly string[], savepoints: string, temporary: string): Promise<StoppedJob> {
  const environment = { ...process.env, NO_COLOR: '1', TMPDIR: temporary };
  const job = spawn(process.execPath, ['bin/run.js', 'run', '-q', ...args], { cwd: repository, stdio: 'pipe', env: environment });
  const printed = gather(job, 'stdout');
  const said = gather(job, 'stderr');
  const ended = new Promise<number | null>((resolve) => void job.on('close', resolve));
  try {
    await until(() => printed.text.split('\n').length > lines, ended, said);
    const id = await idOfOnlyJob(environment);
    const { code, stdout, stderr } = await run(['stop', '--json', '-p', savepoints, id], environment);
    if (code !== 0) throw new Error(`flink stop: exit code ${code}\n${stderr}`);
    const exit = await ended;
    if (exit !== 0) throw new Error(`the job ended with ${exit}\n${said.text}`);
    return { lines: printed.text.split('\n').filter(Boolean), savepoint: (JSON.parse(stdout) as { location: string }).location };
  } finally {
    job.kill('SIGKILL');
  }
}

async function idOfOnlyJob(environment: NodeJS.ProcessEnv): Promise<string> {
  for (;;) {
    const { stdout, stderr, code } = await run(['list', '--json', '-r'], environment);
    if (code !== 0) throw new Error(stderr);
    const [job] = JSON.parse(stdout) as { jid: string }[];
    if (job) return job.jid;
  }
}

async function run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Run> {
  const child = spawn(process.execPath, ['bin/run.js', ...args], { cwd: repository, stdio: 'pipe', env: environment });
  const [stdout, stderr] = [gather(child, 'stdout'), gather(child, 'stderr')];
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

function gather(child: ChildProcess, stream: 'stdout' | 'stderr'): { readonly text: string } {
  const gathered = { text: '' };
  child[stream]!.setEncoding('utf8').on('data', (text: string) => (gathered.text += text));
  return gathered;
}

async function until(done: () => boolean, ended: Promise<unknown>, said: { readonly text: string }): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  while (!done()) {
    if (over) throw new Error(`the job ended too early\n${said.text}`);
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}
