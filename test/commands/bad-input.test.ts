import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, job, type Run, workspace } from './flink.js';

const { file, flink, leftovers, path } = workspace();

/** What the run said last: the paragraph, after whatever talk came before it. */
function paragraph({ stderr }: Run): string {
  const at = stderr.lastIndexOf('Error [');
  return at < 0 ? stderr : stderr.slice(at);
}

async function refused(text: string, words: readonly string[] = []): Promise<Run> {
  file('job.ts', text);
  return flink(['run', ...words, 'job.ts']);
}

function expectParagraph(run: Run, code: number, ...says: (string | RegExp)[]): void {
  const said = paragraph(run);
  for (const each of says) expect(said).toMatch(each);
  expect(run.code).toBe(code);
  expect(said).toMatch(/^Error \[[A-Z_]+\] .*\n(  .*\n)*  hint     .*\n$/);
  expect(said).not.toMatch(/^    at /m);
  expect(leftovers()).toEqual([]);
}

/** Takes every permission away, until the test is over: nobody could delete a folder without. */
function lock(name: string): void {
  chmodSync(join(path, name), 0);
  onTestFinished(() => chmodSync(join(path, name), 0o700));
}

describe('nothing is started, exit code 2', () => {
  it('for a job file that does not exist', async () => {
    file('word-count.ts', '');
    expectParagraph(await flink(['run', 'word-cuont.ts']), 2, /\[JOB_FILE_MISSING\] the job file word-cuont\.ts does not exist/, /Did you mean word-count\.ts\?/);
  });

  it('for a job file or its folder that cannot be read', async () => {
    file('private.ts', job('numbers.print();'));
    lock('private.ts');
    expectParagraph(await flink(['run', 'private.ts'], { bound: true }), 2, /\[JOB_FILE_MISSING\] the job file private\.ts cannot be read/, /Check its permissions/);
    file('private/job.ts', '');
    lock('private');
    for (const given of ['private', 'private/job.ts']) expectParagraph(await flink(['run', given], { bound: true }), 2, new RegExp(`\\[JOB_FILE_MISSING\\] the job file ${given} cannot be read`), /Check its permissions/);
  });

  it('for folders of the engine that cannot be written, with what to set', async () => {
    file('job.ts', job('numbers.print();'));
    file('forbidden/there', '');
    chmodSync(join(path, 'forbidden'), 0o500);
    onTestFinished(() => chmodSync(join(path, 'forbidden'), 0o700));
    const places = [
      [['run', 'job.ts'], { TMPDIR: join(path, 'forbidden') }, /the folder for temporary files .*forbidden cannot be written: EACCES/, /set TMPDIR/],
      [['run', '-d', 'job.ts'], { HOME: join(path, 'forbidden') }, /the folder for logs .*forbidden\/\.flink\/log cannot be written: EACCES/, /set env\.log\.dir/],
      [['cluster', 'start'], { HOME: join(path, 'forbidden') }, /the folder for logs .*forbidden\/\.flink\/log cannot be written: EACCES/, /set env\.log\.dir/],
    ] as const;
    for (const [words, environment, says, hint] of places) expectParagraph(await flink(words, { bound: true, environment }), 2, /\[OUTPUT_UNWRITABLE\]/, says, hint);
  });

  it('in a folder that has been deleted', async () => {
    const run = await ended(spawn('sh', ['-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" list', process.execPath, fileURLToPath(new URL('../../bin/run.js', import.meta.url))], { cwd: path, stdio: 'pipe' }));
    expectParagraph(run, 2, /\[USAGE\] the folder that the command was run in does not exist any more/, /Change to another folder/);
  });

  it('for a file that is no program, such as the input where the job should stand', async () => {
    file('book.txt', 'call me');
    expectParagraph(await flink(['run', 'book.txt', 'job.ts']), 2, /\[JOB_FILE_MISSING\] book\.txt is no job/, /arguments of the program after it/);
  });

  it('for an entry that the job does not export, before anything of it runs', async () => {
    const run = await refused(`${job('numbers.print();')}export const other = 1;`, ['-c', 'nope']);
    expectParagraph(run, 2, /\[USAGE\] job\.ts exports no function "nope"; it exports other/, /leave -c out/);
    expect(run.stdout).toBe('');
  });

  it('for a config.yaml that cannot be read', async () => {
    file('conf/config.yaml', 'parallelism.default: 2');
    lock('conf/config.yaml');
    file('job.ts', job('numbers.print();'));
    expectParagraph(await flink(['run', 'job.ts'], { bound: true, environment: { FLINK_CONF_DIR: 'conf' } }), 2, /\[CONFIGURATION\] cannot read the configuration file .*config\.yaml/);
    lock('conf');
    expectParagraph(await flink(['run', 'job.ts'], { bound: true, environment: { FLINK_CONF_DIR: 'conf' } }), 2, /\[CONFIGURATION\] .*conf/);
  });

  it('for a job that does not compile, with the line', async () => {
    expectParagraph(await refused('const a = 1;\nconst b = = 2;\n'), 2, /\[JOB_COMPILE\] job\.ts does not compile: Unexpected "="/, /at       job\.ts:2:11\n           2 \| const b = = 2;\n +\| {11}\^/);
  });

  it('for an import that cannot be found, with what to install', async () => {
    expectParagraph(await refused(`import x from 'left-pad-nope';\nexport default x;`), 2, /job\.ts imports "left-pad-nope", which cannot be found/, /npm install left-pad-nope/);
  });

  it('for a program that throws while it builds its graph, with its own line', async () => {
    expectParagraph(await refused(`interface Config { a: { b: number } }\nconst config = {} as Config;\nexport const b = config.a.b;`), 2, /\[JOB_PROGRAM\] the program threw TypeError: Cannot read properties of undefined/, /at       job\.ts:3:27/);
  });

  it('for a program that never executes', async () => {
    expectParagraph(await refused(`console.log('nothing to do');`), 2, /\[JOB_NEVER_EXECUTED\] The program didn't contain a Flink job\. Perhaps you forgot to call execute\(\) on the execution environment\./);
  });

  it.each([
    ['KafkaSource', 'There is no such connector'],
    ['StreamExecutionEnvirnment', 'Did you mean "StreamExecutionEnvironment"\\?'],
    ['TypeOnly', 'write `import type`'],
  ])('for a name that the engine does not export, with the line of its import: %s', async (name, hint) => {
    file('other.ts', 'export const other = 1;');
    const run = await refused(`import './other.js';\nimport {\n  Time,\n  ${name} as Mine,\n} from 'flink-ts';\nconsole.log(Mine, Time);`);
    expectParagraph(run, 2, new RegExp(`\\[JOB_COMPILE\\] flink-ts exports no "${name}"`), /at       job\.ts:4:3/, new RegExp(hint));
    expectParagraph(await flink(['info', 'job.ts']), 2, /at       job\.ts:4:3/);
  });

  it('for an API call that takes no such thing, with the line', async () => {
    expectParagraph(await refused(job('numbers.map(42 as never).print();')), 2, /\[INVALID_ARGUMENT\]/, /at       job\.ts:4:\d+/);
  });

  it('for an error nobody awaited', async () => {
    expectParagraph(await refused(`void Promise.reject(new Error('stray'));\nawait new Promise((r) => setTimeout(r, 1000));`), 2, /\[JOB_PROGRAM\] the program threw Error: stray/, /at       job\.ts:1:/);
  });

  it('for a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const run = await refused(`import { createServer } from 'node:net';\ncreateServer().listen(${port}, '127.0.0.1');\nawait new Promise((r) => setTimeout(r, 5000));`);
    server.close();
    expectParagraph(run, 2, new RegExp(`EADDRINUSE: address already in use 127\\.0\\.0\\.1:${port}`), /hint     Another process listens on that port/);
  });

  it.each([
    ['an unknown key', 'parallelism:\n  defualt: 2', [/unknown configuration key "parallelism\.defualt" \(config\.yaml:2\)/, /Did you mean "parallelism\.default"\?/]],
    ['a bad value', 'parallelism.default: 0', [/parallelism\.default is 0 \(config\.yaml:1\), but must be a whole number from 1 to 32768/]],
    ['a key given twice', 'pipeline.name: a\npipeline:\n  name: b', [/config\.yaml:3 gives pipeline\.name a second time \(first in line 1\)/]],
    ['no YAML', 'a: [', [/config\.yaml:\d is not valid YAML/]],
  ])('for a configuration file with %s', async (_, text, says) => {
    file('conf/config.yaml', text);
    file('job.ts', 'export {};');
    const run = await flink(['run', 'job.ts'], { environment: { FLINK_CONF_DIR: join(path, 'conf') } });
    expectParagraph({ ...run, stderr: run.stderr.replaceAll(`conf/`, '') }, 2, /\[CONFIGURATION\]/, ...says);
  });

  it('for -D with an unknown key or a bad value, and a FLINK_CONF_DIR that is not there', async () => {
    expectParagraph(await refused('', ['-D', 'paralelism.default=2']), 2, /unknown configuration key "paralelism\.default" \(-D\)/);
    expectParagraph(await refused('', ['-Dpipeline.max-parallelism=0']), 2, /pipeline\.max-parallelism is "0" \(-D\), but must be a whole number from 1 to 32768, or -1/);
    expectParagraph(await flink(['run', 'job.ts'], { environment: { FLINK_CONF_DIR: '/no/such/folder' } }), 2, /FLINK_CONF_DIR names \/no\/such\/folder, which is not a folder/);
  });

  it('for a remote target where no cluster is', async () => expectParagraph(await refused('', ['-t', 'remote']), 2, /\[NEEDS_CLUSTER\]/, /Start one with `flink cluster start`/));

  it('for a result file that cannot be written', async () => expectParagraph(await refused('', ['--result-file', 'no/where.json']), 2, /\[OUTPUT_UNWRITABLE\] the result file no\/where\.json cannot be written/));
});

describe('a job fails, exit code 1', () => {
  it('by a function that throws: operator, subtask, record and line are named', async () => {
    const run = await refused(job(`numbers\n  .map((n) => {\n    if (n === 7) throw new RangeError('seven');\n    return n;\n  })\n  .name('No sevens')\n  .print();`));
    expectParagraph(run, 1, /\[USER_FUNCTION\] RangeError: seven/, /in       operator "No sevens" \(subtask 1 of 1\)/, /record   7/, /at       job\.ts:6:24\n +6 \|     if \(n === 7\) throw/);
  });

  it('by a function of a package or of Node that throws: the line of the job is named', async () => {
    expectParagraph(await refused(job(`numbers.map((n) => JSON.parse('{' + n) as number).print();`)), 1, /SyntaxError/, /at       job\.ts:4:25/);
  });

  it('by an input that does not exist or a folder that cannot be read', async () => {
    expectParagraph(await refused(job(`env.readTextFile('missing.txt').print();`)), 1, /\[INPUT_UNREADABLE\].*missing\.txt/);
    file('plain.txt', '');
    expectParagraph(await refused(job(`env.readTextFile('plain.txt/inside').print();`)), 1, /\[INPUT_UNREADABLE\].*plain\.txt\/inside/);
    mkdirSync(join(path, 'locked'));
    lock('locked');
    file('job.ts', job(`env.readTextFile('locked').print();`));
    expectParagraph(await flink(['run', 'job.ts'], { bound: true }), 1, /\[INPUT_UNREADABLE\].*locked/);
  });

  it('by a connection that is refused', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expectParagraph(await refused(job(`env.socketTextStream('127.0.0.1', ${port}, '\\n', 0).print();`)), 1, /\[CONNECTION\]/, new RegExp(String(port)));
  });

  it('by a record that cannot travel between threads: the path in the record is named', async () => {
    const run = await refused(job(`numbers.map((n) => ({ n, inner: { call: () => n } })).rebalance().map((r) => r.n).print();`), ['-p', '2']);
    expectParagraph(run, 1, /\[RECORD_NOT_SERIALIZABLE\]/, /inner\.call/, /function/);
  });

  it('by a thread that runs out of memory', async () => {
    const run = await refused(job(`const kept: unknown[] = [];\nenv.generateSequence(1, 1e9).map((n) => { kept.push(Array.from({ length: 1000 }, () => ({ n }))); return n; }).discardingSink?.();\nnumbers.print();`).replace('.discardingSink?.()', '.filter(() => false).print()'), ['-D', 'taskmanager.memory.heap.size=32mb']);
    expectParagraph(run, 1, /\[OUT_OF_MEMORY\]/, /taskmanager\.memory\.heap\.size/);
  });

  it('by a program that builds another graph in a TaskManager', async () => {
    const run = await refused(`import { isMainThread } from 'node:worker_threads';\n${job(`(isMainThread ? numbers.map((n) => n) : numbers.filter(() => true)).print();`)}`);
    expectParagraph(run, 1, /\[GRAPH_MISMATCH\]/);
  });

  it('and the object for programs holds the error beside the result', async () => {
    const { stderr } = await refused(job(`numbers.map((n) => { throw new Error('no ' + n); }).print();`), ['--json']);
    expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({ status: 'FAILED', exit: 1, error: { code: 'USER_FUNCTION', place: { operator: 'Map', subtask: 0, record: '1' }, location: { file: 'job.ts', line: 4 } } });
  });

  it('with the stack when asked, its lines those of the sources', async () => {
    expect((await refused(job(`numbers.map((n) => { throw new Error('no ' + n); }).print();`), ['-v'])).stderr).toMatch(/\n    at .*\(?job\.ts:4:28\)?\n/);
  });

  it('by a program that throws after its job had finished', async () => {
    expectParagraph(await refused(`${job(`numbers.print();`)}throw new Error('afterwards');`), 1, /\[JOB_PROGRAM\] the program threw Error: afterwards/);
  });
});

describe('a full disk behind standard output', () => {
  /** Runs a command with standard output going to a device that is always full. */
  function commandIntoFullDevice(words: string): Promise<Run> {
    return ended(spawn('sh', ['-c', `"$0" "$1" ${words} > /dev/full`, process.execPath, fileURLToPath(new URL('../../bin/run.js', import.meta.url))], { cwd: path, stdio: 'pipe' }));
  }

  async function intoFullDevice(text: string): Promise<Run> {
    file('job.ts', text);
    return commandIntoFullDevice('run -q job.ts');
  }

  it.each(['--help', 'list', 'info job.ts', 'completion bash'])('is told once by flink %s', async (words) => {
    file('job.ts', job('numbers.print();'));
    const run = await commandIntoFullDevice(words);
    expect(run.stderr).toMatch(/(^|\n)Error \[OUTPUT_UNWRITABLE\] standard output cannot be written: ENOSPC.*\n(  .*\n)*  hint     .*\n$/);
    expect(run.code).toBe(1);
  });

  it('fails the job and names the sink that could not print', async () => {
    expectParagraph(await intoFullDevice(job('numbers.print();')), 1, /\[OUTPUT_UNWRITABLE\] standard output cannot be written: ENOSPC/, /in {7}operator "Sink: Print to Std\. Out"/);
  });

  it('is told once when the program itself writes there', async () => {
    const run = await intoFullDevice(job(`numbers.addSink(() => {});\nprocess.stdout.write('hello');`));
    expect(run.code).not.toBe(0);
    expect(run.stderr).toMatch(/ENOSPC/);
    expect(run.stderr).not.toMatch(/^    at /m);
  });
});
