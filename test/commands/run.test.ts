import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ended, job, workspace } from './flink.js';

const { file, flink, leftovers, path, start } = workspace();
const lines = (text: string): string[] => text.split('\n').filter(Boolean);
const sorted = (text: string): number[] => lines(text).map(Number).sort((a, b) => a - b);
const ENDLESS = file('endless.ts', job(`env.generateSequence(1, 1e15).filter((n) => n % 1e5 === 0).print();`));
const DOUBLE = file('double.ts', job(`numbers.map((n) => n * 2).print();`));

describe('flink run', () => {
  it('writes nothing but records to standard output, and its talk to standard error', async () => {
    const { code, stdout, stderr } = await flink(['run', DOUBLE]);
    expect([code, sorted(stdout)]).toEqual([0, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]]);
    expect(stderr).toMatch(/^Job has been submitted with JobID [0-9a-f]{32}\n(.|\n)*Job "Numbers" is RUNNING\n(.|\n)*Job "Numbers" is FINISHED\nProgram execution finished\nJob with JobID [0-9a-f]{32} has finished\.\nJob Runtime: \d+ ms\n$/);
    expect(leftovers()).toEqual([]);
  });

  it('says nothing with -q', async () => expect((await flink(['run', '-q', DOUBLE])).stderr).toBe(''));

  it('lets the program and its functions log to standard error, the program once, however many slots run it', async () => {
    file('log.ts', job(`console.log('log'); console.info('info'); console.debug('debug'); numbers.filter((n) => { if (n > 9) console.log('ten'); return n > 9; }).print();`));
    const { stdout, stderr } = await flink(['run', '-q', '-p', '2', 'log.ts']);
    expect(stdout).toMatch(/^\d> 10\n$/);
    expect(stderr).toBe('log\ninfo\ndebug\nten\n');
  });

  it('gives the program everything after the job file, word for word', async () => {
    file('arguments.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nenv.fromElements(JSON.stringify(process.argv.slice(2))).print();\nawait env.execute();`);
    const words = ['--input', 'x', '-p', '9', '--help', '--version', '--', 'x', 'x', '-Da=b', ''];
    const { code, stdout } = await flink(['run', '-p', '1', '-D', 'pipeline.name=mine', 'arguments.ts', ...words]);
    expect([code, JSON.parse(stdout)]).toEqual([0, words]);
  });

  it('gives -p to the operators that set no parallelism, and beats -D and the file', async () => {
    file('conf/config.yaml', 'parallelism.default: 3');
    file('width.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nenv.fromElements(env.getParallelism()).print();\nawait env.execute();`);
    const environment = { FLINK_CONF_DIR: join(path, 'conf') };
    const width = async (...options: string[]): Promise<string> => (await flink(['run', ...options, 'width.ts'], { environment })).stdout.replace(/^\d+> /, '');
    expect([await width(), await width('-Dparallelism.default=2'), await width('-p4', '-Dparallelism.default=2')]).toEqual(['3\n', '2\n', '4\n']);
  });

  it.each([
    ['JavaScript', 'plain.mjs', job(`numbers.filter((n) => n === 7).print();`)],
    ['CommonJS that another file exports', 'cjs.ts', `import { seven } from './seven.cjs';\n${job(`numbers.filter((n) => n === seven).print();`)}`],
  ])('takes %s', async (_, name, text) => {
    file('seven.cjs', 'exports.seven = 7;');
    file(name, text);
    expect((await flink(['run', '-q', name])).stdout).toBe('7\n');
  });

  it('takes a folder, by its package.json or its job.ts', async () => {
    file('by-name/package.json', '{"flink": "start.ts"}');
    file('by-name/start.ts', job('numbers.filter((n) => n === 3).print();'));
    file('by-habit/job.ts', job('numbers.filter((n) => n === 4).print();'));
    expect([(await flink(['run', 'by-name'])).stdout, (await flink(['run', 'by-habit'])).stdout]).toEqual(['3\n', '4\n']);
  });

  it('calls the default export, or the one named with -c, with the arguments', async () => {
    const main = (value: string): string => `async (words: string[]) => { const env = StreamExecutionEnvironment.getExecutionEnvironment(); env.fromElements('${value} ' + words.join('+')).print(); await env.execute(); }`;
    file('entry.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nexport default ${main('default')};\nexport const other = ${main('other')};`);
    expect((await flink(['run', 'entry.ts', 'a', 'b'])).stdout).toBe('default a+b\n');
    expect((await flink(['run', '-c', 'other', 'entry.ts', 'c'])).stdout).toBe('other c\n');
    expect(await flink(['run', '-c', 'nope', 'entry.ts'])).toMatchObject({ code: 2, stderr: expect.stringContaining('exports no function "nope"; it exports default, other') });
  });

  it('calls the static main of a class, exported by default or named with -c', async () => {
    const main = (name: string): string => `static async main(args: string[]): Promise<void> { const env = StreamExecutionEnvironment.getExecutionEnvironment(); env.fromElements('${name}', ...args).print(); await env.execute(); }`;
    file('main.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nexport default class First { ${main('first')} }\nexport class Second { ${main('second')} }\nexport class Third {}`);
    expect((await flink(['run', 'main.ts', 'x'])).stdout).toBe('first\nx\n');
    expect((await flink(['run', '-c', 'Second', 'main.ts', 'x'])).stdout).toBe('second\nx\n');
    expect(await flink(['run', '-c', 'Third', 'main.ts', 'x'])).toMatchObject({ code: 2, stderr: expect.stringContaining('exports no function "Third"') });
  });

  it('ends with 0 when the program has had enough of a job that it executes, and goes on', async () => {
    file('enough.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nawait env.fromSequence(1, 1e9).executeAndCollect(2);\nenv.fromElements(7).print();\nawait env.execute();`);
    expect(await flink(['run', '-q', 'enough.ts'])).toEqual({ code: 0, stdout: '7\n', stderr: '' });
  });

  it('runs every job of the program', async () => {
    file('several.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nfor (const n of [1, 2]) { const env = StreamExecutionEnvironment.getExecutionEnvironment(); env.fromElements(n).print(); await env.execute('job ' + n); }`);
    const { code, stdout } = await flink(['run', 'several.ts']);
    expect([code, lines(stdout)]).toEqual([0, ['1', '2']]);
  });

  it('waits for a job nobody awaited, from a main nobody awaited', async () => {
    file('late.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nasync function main() { await new Promise((r) => setTimeout(r, 100)); const env = StreamExecutionEnvironment.getExecutionEnvironment(); env.fromElements(3).print(); void env.execute('late'); }\nvoid main();`);
    expect(await flink(['run', 'late.ts'])).toMatchObject({ code: 0, stdout: '3\n' });
  });

  it('reads standard input', async () => {
    file('stdin.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nenv.readTextFile('-').map((line) => line.toUpperCase()).print();\nawait env.execute();`);
    expect((await flink(['run', '-q', 'stdin.ts'], { input: 'a\nb\n' })).stdout).toBe('A\nB\n');
  });

  it('says the result as the last line of standard error with --json, or in the result file', async () => {
    const result = { name: 'Numbers', status: 'FINISHED', exit: 0, vertices: [{ state: 'FINISHED', parallelism: 1 }] };
    expect(JSON.parse(lines((await flink(['run', '--json', DOUBLE])).stderr).at(-1)!)).toMatchObject(result);
    await flink(['run', '--result-file', 'result.json', DOUBLE]);
    expect(JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'))).toMatchObject(result);
  });

  it('says what it could not have said without -v', async () => {
    expect((await flink(['run', '-v', '-Drest.retry.delay=1s', DOUBLE])).stderr).toMatch(/no meaning here: rest\.retry\.delay \(-D\)\n(.|\n)*Bundled double\.ts: \d+ characters, SHA-256 [0-9a-f]{64}\n/);
    expect((await flink(['run', '-Dstate.changelog.enabled=true', DOUBLE])).stderr).toMatch(/^Warning: not supported by this version and without effect: state\.changelog\.enabled/);
  });
});

describe('a job run by plain node', () => {
  it('runs in its own process', async () => {
    mkdirSync(join(path, 'node_modules'), { recursive: true });
    symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(path, 'node_modules/flink-ts'));
    file('plain-node.mjs', job('numbers.filter((n) => n > 8).print();'));
    const child = spawn(process.execPath, ['plain-node.mjs'], { cwd: path });
    expect(await ended(child)).toEqual({ code: 0, stdout: '9\n10\n', stderr: '' });
  });
});

describe('flink bundle', () => {
  it('makes a file that runs as it is', async () => {
    file('parts/lib.ts', 'export const factor = 3;');
    file('parts/job.ts', `import { factor } from './lib.js';\n${job('numbers.filter((n) => n === 5).map((n) => n * factor).print();')}`);
    expect(await flink(['bundle', 'parts/job.ts', '-o', 'made.mjs'])).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^Wrote made\.mjs \(\d+ characters\)\n$/) });
    expect((await flink(['run', '-q', 'made.mjs'])).stdout).toBe('15\n');
    await flink(['bundle', 'parts']);
    expect(existsSync(join(path, 'job.bundle.mjs'))).toBe(true);
  });

  it('refuses to replace the job or to write where it cannot', async () => {
    expect(await flink(['bundle', DOUBLE, '-o', DOUBLE])).toMatchObject({ code: 2, stderr: expect.stringContaining('would replace the job file double.ts') });
    expect(await flink(['bundle', DOUBLE, '-o', 'no/where.mjs'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/\[OUTPUT_UNWRITABLE\] the bundle no\/where\.mjs cannot be written/) });
  });
});

describe('flink info', () => {
  const PLAN = { nodes: [{ id: 1, pact: 'Data Source' }, { pact: 'Operator', parallelism: 17 }, { pact: 'Data Sink' }] };

  it('shows the plan as Flink does, without running anything', async () => {
    const { code, stdout } = await flink(['info', '-p', '17', DOUBLE]);
    expect(code).toBe(0);
    const [, plan] = /^-{23} Execution Plan -{23}\n((?:.|\n)*)\n-{62}\n\nNo description provided\.\n$/.exec(stdout)!;
    expect(JSON.parse(plan!)).toMatchObject(PLAN);
    expect(plan).toContain('"parallelism" : 17');
  });

  it('prints the plan on one line and nothing else with --json, and the tasks as a tree with --tree', async () => {
    const { stdout } = await flink(['info', '--json', '-p', '17', DOUBLE]);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stdout)).toMatchObject(PLAN);
    const tree = await flink(['info', '--tree', '-p', '2', DOUBLE]);
    expect(tree.stdout).toMatch(/^Job ".*" \(STREAMING\): (.|\n)*Map(.|\n)*Sink: Print/);
    expect(tree.stdout).not.toMatch(/^20$|"nodes"/m);
  });

  it('needs a program that executes', async () => {
    file('nothing.ts', 'export {};');
    expect(await flink(['info', 'nothing.ts'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("didn't contain a Flink job") });
  });
});

describe('a run that is stopped from outside', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s cancels its job, runs close() and ends with 130', async (signal) => {
    file('closing.ts', `import { RichMapFunction, StreamExecutionEnvironment } from 'flink-ts';
class Closing extends RichMapFunction<number, number> { map(n: number) { return n; } override close() { console.error('closed'); } }
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.generateSequence(1, 1e15).map(new Closing()).filter((n) => n % 1e5 === 0).print();
await env.execute('Endless');`);
    const child = start(['run', 'closing.ts']);
    child.stdout.once('data', () => child.kill(signal));
    const { code, stderr } = await ended(child);
    expect(code).toBe(130);
    expect(stderr).toMatch(/Cancelling\. Press Ctrl-C again to stop at once\.\n(.|\n)*closed\n(.|\n)*Job with JobID [0-9a-f]{32} has been cancelled\.\n$/);
    expect(leftovers()).toEqual([]);
  });

  it('before it has submitted a job ends with 130', async () => {
    file('waiting.ts', `console.log('waiting');\nawait new Promise((r) => setTimeout(r, 60_000));`);
    const child = start(['run', 'waiting.ts']);
    child.stderr.once('data', () => child.kill('SIGINT'));
    expect(await ended(child)).toMatchObject({ code: 130, stdout: '', stderr: expect.stringMatching(/Cancelled before a job was submitted\.\n$/) });
    expect(leftovers()).toEqual([]);
  });

  it('ends at once by a second Ctrl-C', async () => {
    file('stubborn.ts', job(`numbers.map((n) => { console.error('stuck'); for (;;) if (n < 0) return n; }).print();`));
    const child = start(['run', '-D', 'task.cancellation.timeout=1 h', 'stubborn.ts']);
    child.stderr.on('data', (text: Buffer) => {
      if (String(text).includes('stuck')) child.kill('SIGINT');
      if (String(text).includes('again')) child.kill('SIGINT');
    });
    expect((await ended(child)).code).toBe(130);
    expect(leftovers()).toEqual([]);
  });

  it('ends quietly with 0 when the reader of its output leaves', async () => {
    const child = start(['run', ENDLESS]);
    child.stdout.once('data', () => child.stdout.destroy());
    const { code, stderr } = await ended(child);
    expect([code, stderr.includes('Error'), stderr.includes('cancelled')]).toEqual([0, false, false]);
    expect(leftovers()).toEqual([]);
  });
});
