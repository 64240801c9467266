import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../jobs/flink.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'job-file-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Calls the built package from a process of its own, for job and engine must share one instance of it; answers what the script prints. */
async function tested(job: string, script: string): Promise<string> {
  const path = join(folder, 'job.ts');
  writeFileSync(path, job);
  const testing = pathToFileURL(join(repository, 'dist/testing.js')).href;
  const code = `import { runJobFile } from ${JSON.stringify(testing)};\nconst path = ${JSON.stringify(path)};\n${script}`;
  const file = join(folder, 'test.mjs');
  writeFileSync(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  return stdout.trim();
}

const ENV = `import { StreamExecutionEnvironment, RichMapFunction, LongCounter } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\n`;

describe('a job file', () => {
  it('runs in threads and gives the results of its jobs', async () => {
    const job = `${ENV}import { isMainThread } from 'node:worker_threads';
class Counted extends RichMapFunction<number, number> {
  private readonly seen = new LongCounter();
  override open() { this.getRuntimeContext().addAccumulator(isMainThread ? 'main' : 'thread', this.seen); }
  map(n: number) { this.seen.add(1); return n; }
}
env.fromSequence(1, Number(process.argv[2])).map(Counted).addSink(() => {});
await env.execute('counts');`;
    const script = `const before = process.argv; const [result] = await runJobFile(path, { args: ['30'], configuration: { 'parallelism.default': 2 } });
console.log(JSON.stringify([result.getJobName(), result.getAllAccumulatorResults(), process.argv === before]));`;
    expect(JSON.parse(await tested(job, script))).toEqual(['counts', { thread: 30 }, true]);
  });

  it('rejects with what its function threw', async () => {
    const job = `${ENV}env.fromElements(1).map((n: number): number => { throw new RangeError('too small: ' + n); }).print();\nawait env.execute();`;
    expect(await tested(job, `await runJobFile(path).catch((error) => console.log(error.name, error.message));`)).toBe('RangeError too small: 1');
  });

  it('rejects when no job is run, or there is no file', async () => {
    const script = `for (const file of [path, path + 'x']) await runJobFile(file).catch((error) => console.log(error.code));`;
    expect(await tested('export {};', script)).toBe('JOB_NEVER_EXECUTED\nJOB_FILE_MISSING');
  });
});
