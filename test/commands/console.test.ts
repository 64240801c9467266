/**
 * What user code writes with `console` goes to standard error, once, whoever writes it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flink, linesOf } from '../jobs/flink.js';

describe('console in a program', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'console-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['1', '2', '4'])('is heard once from the program and once from each call of a function, at parallelism %s', async (parallelism) => {
    const job = join(folder, `job-${parallelism}.ts`);
    writeFileSync(job, `
      import { StreamExecutionEnvironment } from 'flink-ts';
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      const logged = (value: number) => { console.log('in', value); return value; };
      console.log('before');
      env.fromElements(1, 2).map(logged).print();
      await env.execute('first');
      console.log('between');
      env.fromElements(3).map(logged).print();
      await env.execute('second');
      console.log('after');
    `);
    const run = await flink(['run', '-q', '-p', parallelism, job]);
    expect(run.stderr.split('\n').sort()).toEqual(['', 'after', 'before', 'between', 'in 1', 'in 2', 'in 3']);
    expect((await linesOf(Promise.resolve(run))).map((line) => line.at(-1)).sort()).toEqual(['1', '2', '3']);
  });
});
