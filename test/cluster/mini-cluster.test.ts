import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FlinkError } from '../../src/core/errors.js';
import { CollectionSource } from '../../src/connectors/collection/collection-source.js';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import { Configuration } from '../../src/core/configuration.js';
import { KernelSpecialisation, ObjectReuse } from '../../src/core/options.js';
import { RichMapFunction } from '../../src/operators/functions.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import type { Source } from '../../src/operators/source.js';
import { type Line, line } from './sample-jobs.js';

let cluster: MiniCluster;
let configuration: Configuration;

beforeEach(() => {
  configuration = new Configuration();
  cluster = MiniCluster.start({ configuration, workers: false });
});
afterEach(() => cluster.close());

const run = async ({ program }: Line) => (await cluster.submit(program)).result;

/** Counts up for ever. */
function endless(): Source<unknown> {
  return new CollectionSource(function* () {
    for (let n = 0; ; n++) yield n;
  }, 'CONTINUOUS_UNBOUNDED') as Source<unknown>;
}

describe.each([['specialised', true], ['shared', false]])('a job in one process, its kernels %s', (_, specialised) => {
  beforeEach(() => void configuration.set(KernelSpecialisation, specialised));

  it.each([
    ['chained', {}],
    ['as two tasks', { chaining: 'HEAD' }],
    ['in several subtasks', { parallelism: 3, partitioning: 'REBALANCE' }],
  ] as const)('runs %s to its end and hands its results to the client', async (__, options) => {
    const job = line((n: number) => n * 10, { ...options, records: Array.from({ length: 3000 }, (___, n) => n) });
    const result = await run(job);
    expect(result.status).toBe('FINISHED');
    expect(job.collected.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 3000 }, (___, n) => n * 10));
  });

  it('fails with the operator, the record and the error of a function that throws', async () => {
    const result = await run(line((n: number) => {
      if (n === 2) throw new RangeError('two is too much');
      return n;
    }));
    expect(result).toMatchObject({ status: 'FAILED', error: { code: 'USER_FUNCTION', message: 'RangeError: two is too much', place: { operator: 'Map', subtask: 0, parallelism: 1, record: '2' } } });
    expect((result.error as FlinkError).cause).toMatchObject({ name: 'RangeError' });
  });

  it('names the function that changed its input when objects are not reused', async () => {
    configuration.set(ObjectReuse, false);
    const result = await run(line((record: { n: number }) => Object.assign(record, { n: 2 }), { records: [{ n: 1 }] }));
    expect(result).toMatchObject({ status: 'FAILED', error: { place: { operator: 'Map', record: '{ n: 1 }' } } });
  });
});

describe('the embedded cluster in one process', () => {
  it('shows a job that has ended with its counters', async () => {
    const { final } = await run(line(undefined, { chaining: 'HEAD' }));
    expect(final.vertices.map(({ name, state, subtasks }) => [name, state, subtasks[0]!.recordsIn, subtasks[0]!.recordsOut])).toEqual([
      ['Source: In', 'FINISHED', 3, 3],
      ['Map -> Sink: Collect', 'FINISHED', 3, 0],
    ]);
  });

  it('cancels a job that has no end, and closes its functions', async () => {
    let closed = 0;
    let taken = 0;
    class Counting extends RichMapFunction<number, number> {
      override close(): void {
        closed += 1;
      }
      map(n: number): number {
        taken += 1;
        return n;
      }
    }
    const job = await cluster.submit(line(mapOperator(Counting) as OperatorDefinition as OperatorDefinition<never>, { source: endless(), parallelism: 2, partitioning: 'REBALANCE' }).program);
    while (taken < 5000) await new Promise((resolve) => setImmediate(resolve));
    job.cancel();
    const result = await job.result;
    const atTheEnd = taken;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([result.status, closed, taken === atTheEnd]).toEqual(['CANCELED', 2, true]);
  });

  it('gives every subtask a function and a runtime context of its own when it is given a class', async () => {
    class Where extends RichMapFunction<number, string> {
      map(): string {
        const context = this.getRuntimeContext();
        return `${context.getIndexOfThisSubtask()}/${context.getNumberOfParallelSubtasks()}`;
      }
    }
    const job = line(mapOperator(Where) as OperatorDefinition as OperatorDefinition<never>, { parallelism: 3, partitioning: 'REBALANCE' });
    await run(job);
    expect(job.collected.sort()).toEqual(['0/3', '1/3', '2/3']);
  });

  it('runs several jobs one after the other and at the same time', async () => {
    const jobs = [line((n: number) => n), line((n: number) => n + 10)];
    const results = await Promise.all(jobs.map(run));
    const third = line((n: number) => n + 20);
    results.push(await run(third));
    expect(results.map(({ status }) => status)).toEqual(['FINISHED', 'FINISHED', 'FINISHED']);
    expect(new Set(results.map(({ jobId }) => jobId)).size).toBe(3);
    expect([...jobs, third].map(({ collected }) => collected)).toEqual([[1, 2, 3], [11, 12, 13], [21, 22, 23]]);
  });

  it('reports the states of a job in order to whoever subscribes when it was submitted', async () => {
    const job = await cluster.submit(line().program);
    const statuses: string[] = [];
    job.subscribe((event) => void (event.type === 'job-status' && statuses.push(event.status)));
    await job.result;
    expect(statuses).toEqual(['RUNNING', 'FINISHED']);
  });
});
