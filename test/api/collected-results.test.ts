import { describe, expect, it } from 'vitest';
import { CollectedResults } from '../../src/api/collected-results.js';
import { FlinkError, StreamExecutionEnvironment } from '../../src/index.js';
import type { JobClient } from '../../src/program/pipeline-executor.js';

/** A job that ends when the test says so. */
function job() {
  let finish!: () => void;
  let fail!: (error: Error) => void;
  let cancelled = false;
  const end = new Promise<never>((resolve, reject) => {
    finish = resolve as () => void;
    fail = reject;
  });
  const client = { getJobExecutionResult: () => end, cancel: async () => { cancelled = true; fail(new Error('cancelled')); } } as unknown as JobClient;
  return { client: Promise.resolve(client), finish, fail, wasCancelled: () => cancelled };
}

async function allOf<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of results) all.push(value);
  return all;
}

describe('collected results', () => {
  it('come in order and end with the job', async () => {
    const [results, running] = [new CollectedResults<number>(), job()];
    results.attach(running.client);
    results.deliver([1, 2]);
    const all = allOf(results);
    await Promise.resolve();
    results.deliver([]);
    results.deliver([3]);
    running.finish();
    expect(await all).toEqual([1, 2, 3]);
  });

  it('end with the job\'s failure after the records before it', async () => {
    const [results, running] = [new CollectedResults<number>(), job()];
    results.attach(running.client);
    results.deliver([1]);
    running.fail(new Error('boom'));
    expect(await results.next()).toEqual({ done: false, value: 1 });
    await expect(results.next()).rejects.toThrow('boom');
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('fail when the job cannot be handed over', async () => {
    const results = new CollectedResults<number>();
    results.attach(Promise.reject(new Error('no cluster')));
    await expect(results.next()).rejects.toThrow('no cluster');
  });

  it('cancel the job when the iteration is left early', async () => {
    const [results, running] = [new CollectedResults<number>(), job()];
    results.attach(running.client);
    results.deliver([1, 2]);
    for await (const value of results) {
      expect(value).toBe(1);
      break;
    }
    expect(running.wasCancelled()).toBe(true);
    results.deliver([3]);
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('leave a finished job alone', async () => {
    const [results, running] = [new CollectedResults<number>(), job()];
    results.attach(running.client);
    results.deliver([1, 2]);
    running.finish();
    await new Promise((resolve) => setImmediate(resolve));
    await results.close();
    expect(running.wasCancelled()).toBe(false);
  });

  it('end quietly in a copy of the program when the program has left them', async () => {
    const [results, running] = [new CollectedResults<number>(), job()];
    results.attach(running.client.then((client) => ({ ...client, isCopy: true })));
    running.fail(new FlinkError('JOB_CANCELED', 'cancelled'));
    expect(await allOf(results)).toEqual([]);
  });

  it('give a limited number of records', async () => {
    const [results, running] = [new CollectedResults<number>(), job()];
    results.attach(running.client);
    results.deliver([1, 2, 3]);
    expect(await results.firstRecords(2)).toEqual([1, 2]);
    expect(running.wasCancelled()).toBe(true);
  });
});

describe('a program that collects', () => {
  const fresh = () => StreamExecutionEnvironment.getExecutionEnvironment();

  it('iterates over the records of its own job', async () => {
    const counts = fresh().fromElements('to be or not to be').flatMap((line) => line.split(' ')).map((word) => [word, 1]).keyBy(0).sum(1);
    expect(await allOf(counts.executeAndCollect('counts'))).toEqual([['to', 1], ['be', 1], ['or', 1], ['not', 1], ['to', 2], ['be', 2]]);
  });

  it('gets one final result for each key in batch mode', async () => {
    const env = fresh().setRuntimeMode('BATCH');
    const words = env.fromElements('to be or not to be').flatMap((line) => line.split(' ')).map((word) => [word, 1]);
    const [sums, lengths] = [words.keyBy(0).sum(1).collectAsync(), words.keyBy(([word]) => word.length).fold(0, (sum, [, n]) => sum + n).collectAsync()];
    await env.execute();
    expect((await allOf(sums)).sort()).toEqual([['be', 2], ['not', 1], ['or', 1], ['to', 2]]);
    expect((await allOf(lengths)).sort()).toEqual([1, 5]);
  });

  it('runs with what it has set itself', async () => {
    const env = fresh();
    env.getConfig().disableObjectReuse();
    const changed = env.fromElements({ n: 1 }).map((value) => value).map((value) => {
      value.n = 2;
      return value;
    });
    await expect(allOf(changed.executeAndCollect())).rejects.toThrow(/read only|read-only/);
  });

  it('takes the first records of an endless job and ends it', async () => {
    expect(await fresh().fromCollection(function* () { for (let n = 0; ; n++) yield n; }).executeAndCollect('numbers', 3)).toEqual([0, 1, 2]);
    expect(await fresh().fromElements(1, 2).executeAndCollect(5)).toEqual([1, 2]);
  });

  it('gets the failure of the job', async () => {
    const failing = fresh().fromElements(1).map((n): number => { throw new Error(`no ${n}`); });
    await expect(allOf(failing.executeAndCollect())).rejects.toThrow('no 1');
  });

  it('collects several streams of one execute', async () => {
    const env = fresh();
    const numbers = env.fromSequence(1, 4);
    const [even, odd] = [numbers.filter((n) => n % 2 === 0).collectAsync(), numbers.filter((n) => n % 2 === 1).collectAsync()];
    await env.execute();
    expect([await allOf(even), await allOf(odd)]).toEqual([[2, 4], [1, 3]]);
  });

  it('gets the graph\'s errors from the iteration', async () => {
    await expect(allOf(fresh().fromElements(1).forward().map((n) => n).setParallelism(2).executeAndCollect())).rejects.toThrow(/forward partitioning needs equal parallelism/);
  });

  it('refuses a limit that is none', () => {
    expect(() => fresh().fromElements(1).executeAndCollect(0)).toThrow(/^executeAndCollect expects a limit: a whole number of at least 1; got 0/);
  });

  it('runs what comes back in a loop until nothing does', async () => {
    const loop = fresh().fromElements(3, 1).iterate(30);
    const step = loop.map((n) => n - 1);
    loop.closeWith(step.filter((n) => n > 0));
    expect(await allOf(step.executeAndCollect())).toEqual([2, 0, 1, 0]);
  });

  it('runs a loop whose feedback is of another type', async () => {
    const loop = fresh().fromElements('abc').iterate(30).withFeedbackType<number>();
    const lengths = loop.map((text) => text.length, (n) => n - 1);
    loop.closeWith(lengths.filter((n) => n > 1));
    expect(await allOf(lengths.executeAndCollect())).toEqual([3, 2, 1]);
  });
});
