import { expect, it } from 'vitest';
import { StreamExecutionEnvironment } from '../../src/index.js';
import { collect } from '../../src/testing/index.js';

it('gives all records of a bounded stream', async () => {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  expect(await collect(env.fromSequence(1, 3).map((n) => n * n))).toEqual([1, 4, 9]);
});

it('rejects with the failure of the job', async () => {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  await expect(collect(env.fromElements('a').map((): string => { throw new Error('not this one'); }))).rejects.toThrow('not this one');
});
