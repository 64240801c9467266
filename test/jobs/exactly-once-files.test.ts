/**
 * The finished files of a job that is killed on the way hold every result once.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flink, repository } from './flink.js';
import { removeFolder } from '../remove-folder.js';

const COUNT = 3_000;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'exactly-once-'))));
afterAll(() => removeFolder(folder));

const finished = (output: string): string[] => (existsSync(output) ? readdirSync(output).filter((name) => name.startsWith('part-')) : []);
const lines = (output: string): string[] => finished(output).flatMap((name) => readFileSync(join(output, name), 'utf8').split('\n').filter(Boolean));

/** The n-th number of each digit. */
const expected = Array.from({ length: COUNT }, (_, at) => `${at % 10},${Math.floor(at / 10) + 1}`).sort();

it.each(['1', '3'])('at parallelism %s', async (parallelism) => {
  const output = join(folder, `out-${parallelism}`);
  const options = ['run', '-q', '-p', parallelism, '--recover', '-D', `execution.checkpointing.dir=${join(folder, `checkpoints-${parallelism}`)}`];
  const job = ['jobs/exactly-once-files.ts', '--output', output, '--count', String(COUNT)];
  const killed = spawn(process.execPath, ['bin/run.js', ...options, ...job, '--rate', '300'], { cwd: repository, stdio: 'ignore' });
  const ended = new Promise((resolve) => void killed.on('close', resolve));
  while (finished(output).length < 3) await new Promise((resolve) => void setTimeout(resolve, 10));
  killed.kill('SIGKILL');
  await ended;
  expect(lines(output).length).toBeLessThan(COUNT);
  const { code, stderr } = await flink([...options, ...job, '--rate', '100000']);
  expect([code, stderr]).toEqual([0, '']);
  expect(lines(output).sort()).toEqual(expected);
});
