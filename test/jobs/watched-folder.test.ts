/**
 * A job over a watched folder that is killed on the way: its finished files hold every line once.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { repository } from './flink.js';

const JOB = (input: string, output: string): string => `
import { BasePathBucketAssigner, FileProcessingMode, FileSink, OnCheckpointRollingPolicy, StreamExecutionEnvironment, TextInputFormat } from 'flink-ts';

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(50);
const sink = FileSink.forRowFormat<string>(${JSON.stringify(output)}).withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();
env.readFile(new TextInputFormat(), ${JSON.stringify(input)}, FileProcessingMode.PROCESS_CONTINUOUSLY, 20).uid('files')
  .keyBy((line) => line.length).map((line) => line).sinkTo(sink).uid('sink');
await env.execute('Watched folder');
`;

let folder: string;
let running: ChildProcess | undefined;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'watched-folder-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void running?.kill('SIGKILL'));

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

function lines(output: string): string[] {
  const finished = existsSync(output) ? readdirSync(output).filter((name) => name.startsWith('part-')) : [];
  return finished.flatMap((name) => readFileSync(join(output, name), 'utf8').split('\n').filter(Boolean)).sort();
}

it.each(['1', '2'])('at parallelism %s', async (parallelism) => {
  const [input, output, job] = ['in', 'out', 'job.ts'].map((name) => join(folder, `${parallelism}-${name}`)) as [string, string, string];
  mkdirSync(input);
  writeFileSync(job, JOB(input, output));
  const expected: string[] = [];
  const put = (file: number): void => {
    const of = Array.from({ length: 200 }, (_, line) => `${file} ${line}`);
    expected.push(...of);
    writeFileSync(join(input, '.new'), of.map((line) => `${line}\n`).join(''));
    renameSync(join(input, '.new'), join(input, `file-${file}`));
  };
  let said = '';
  const run = (): ChildProcess => {
    const child = spawn(process.execPath, ['bin/run.js', 'run', '-q', '-p', parallelism, '--recover', '-D', `execution.checkpointing.dir=${join(folder, `${parallelism}-checkpoints`)}`, job], { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr!.on('data', (text: Buffer) => (said += text.toString()));
    return child;
  };
  let file = 0;
  for (let kill = 0; kill < 3; kill++) {
    put(file++);
    const before = lines(output).length;
    running = run();
    const ended = new Promise((resolve) => void running!.on('close', resolve));
    while (lines(output).length === before) await pause(5);
    for (let more = 0; more < 5; more++) {
      put(file++);
      await pause(20);
    }
    running.kill('SIGKILL');
    await ended;
  }
  running = run();
  const ended = new Promise((resolve) => void running!.on('close', resolve));
  while (lines(output).length < expected.length) await pause(20);
  await pause(300);
  running.kill('SIGKILL');
  await ended;
  expect(lines(output)).toEqual(expected.sort());
  expect(said).toBe('');
}, 60_000);
