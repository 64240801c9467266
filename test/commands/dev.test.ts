/** A job that is run while it is being written. */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ended, type Run, workspace } from './flink.js';

const { file, flink, leftovers, path, start } = workspace();

/** Counts ticks, and emits each count with the label of its version. */
const counting = (more = ''): string => `import { StreamExecutionEnvironment } from 'flink-ts';
import { label } from './label.js';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
class Ticks {
  run(ctx) {
    return new Promise((resolve) => {
      const timer = setInterval(() => ctx.collect(1), 20);
      this.stop = () => { clearInterval(timer); resolve(); };
    });
  }
  cancel() { this.stop?.(); }
}
env.addSource(new Ticks()).uid('ticks').keyBy(() => 'all').reduce((a, b) => a + b).uid('count')${more}.map((n) => label + ' ' + n).print();
await env.execute('Counting');
`;
const label = (text: string): string => file('label.ts', `export const label = '${text}';\n`);

const sessions: ChildProcess[] = [];
/** Of a test that ran out of time the session is still there, and with SIGTERM it takes its job along. */
afterEach(async () => {
  for (const child of sessions.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const over = new Promise((resolve) => void child.once('close', resolve));
    child.kill('SIGTERM');
    await over;
  }
});

/** A session, what it has said so far, and how to wait for more. */
function session(words: readonly string[]) {
  const child = start(['dev', ...words]);
  sessions.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: string) => (said.stdout += text));
  child.stderr.on('data', (text: string) => (said.stderr += text));
  const run = ended(child);
  let over = false;
  void run.then(() => (over = true));
  const until = async (where: keyof typeof said, pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said[where]);
      if (found) return found[0];
      if (over) throw new Error(`the session ended before ${pattern}: ${said.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const end = async (): Promise<Run> => {
    child.kill('SIGINT');
    return run;
  };
  return { until, end };
}

/** The labels and counts of rows, in order. */
function rows(stdout: string): [label: string, count: number][] {
  return stdout.trimEnd().split('\n').map((line) => line.split(' ')).map(([name, count]) => [name!, Number(count)]);
}

describe('flink dev', () => {
  it('goes on with a saved change where the version before stopped: nothing is counted twice or left out', async () => {
    label('one');
    const { until, end } = session(['-q', file('job.ts', counting())]);
    await until('stdout', /one \d+\n/);
    label('two');
    await until('stdout', /two \d+\n/);
    label('three');
    await until('stdout', /three \d+\n/);
    const { code, stdout } = await end();
    expect(code).toBe(130);
    expect([...new Set(rows(stdout).map(([name]) => name))]).toEqual(['one', 'two', 'three']);
    expect(rows(stdout).map(([, count]) => count)).toEqual(rows(stdout).map((_, at) => at + 1));
    expect(leftovers()).toEqual([]);
  });

  it('keeps the running version when the next one does not compile, throws while it builds its graph, or has no place for the state', async () => {
    label('good');
    const { until, end } = session([file('job.ts', counting())]);
    await until('stdout', /good \d+\n/);
    file('label.ts', 'export const label = \'bad');
    await until('stderr', /JOB_COMPILE\][^]*label\.ts:1:[^]*Version 1 runs on\./);
    file('label.ts', 'throw new RangeError("not today"); export const label = "x";');
    await until('stderr', /not today[^]*label\.ts:1[^]*Version 1 runs on\./);
    label('lost');
    file('job.ts', counting().replace(".uid('count')", ".uid('another')"));
    await until('stderr', /uid "count"[^]*Version 1 runs on\./);
    file('job.ts', counting());
    label('mended');
    await until('stdout', /mended \d+\n/);
    const { stdout } = await end();
    expect([...new Set(rows(stdout).map(([name]) => name))]).toEqual(['good', 'mended']);
    expect(rows(stdout).map(([, count]) => count)).toEqual(rows(stdout).map((_, at) => at + 1));
  });

  it('runs a job that has ended again when a file is saved', async () => {
    const job = (word: string): string => `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nenv.fromElements('${word}').print();\nawait env.execute();`;
    const { until, end } = session([file('short.ts', job('first'))]);
    await until('stderr', /The job has finished\. Save a file to run it again\./);
    file('short.ts', job('second'));
    await until('stdout', /second\n/);
    expect((await end()).code).toBe(130);
  });

  it('begins with a version that does not compile, and with a file that is missing', async () => {
    rmSync(`${path}/label.ts`, { force: true });
    const { until, end } = session(['-q', file('job.ts', counting())]);
    await until('stderr', /label/);
    label('late');
    await until('stdout', /late 1\n/);
    await end();
    expect(await flink(['dev', 'jop.ts'])).toMatchObject({ code: 2, stderr: expect.stringContaining('job.ts') });
  });
});
