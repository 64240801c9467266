/** What is known of the records of operators inside a chain, though nothing is counted there. */
import { expect, it } from 'vitest';
import { DiscardingSink, OutputTag, type StreamExecutionEnvironment } from '../../src/index.js';
import { operatorIo } from '../../src/rest/operator-io.js';
import { serveJob } from './served-job.js';

/** By operator's name, `in>out`; `?` for what nobody knows. */
async function ioOf(build: (env: StreamExecutionEnvironment) => unknown): Promise<Record<string, string>> {
  const served = await serveJob(build);
  try {
    expect((await served.job.result).status).toBe('FINISHED');
    const record = served.records.of(served.job.jobId);
    return Object.fromEntries(served.job.snapshot().vertices.flatMap(({ id, subtasks: [subtask] }) => {
      const io = operatorIo(record, id, subtask!);
      const { operators } = served.job.description.jobGraph.vertices.find((vertex) => vertex.id === id)!;
      return operators.map(({ nodeId, name }) => {
        const of = (metric: string): unknown => new Map(io.get(nodeId)).get(metric) ?? '?';
        return [name, `${of('numRecordsIn')}>${of('numRecordsOut')}`];
      });
    }));
  } finally {
    await served.close();
  }
}

const even = (n: number): boolean => n % 2 === 0;
const same = (n: number): number => n;

it('what a map takes and gives is known from the ends of its chain, and so of the filter between two', async () => {
  expect(await ioOf((env) => env.fromSequence(1, 100).name('source').map(same).name('a').filter(even).name('f').map(same).name('b').map(same).name('c').rebalance().map(same).name('d').sinkTo(new DiscardingSink()).name('sink')))
    .toEqual({ 'Source: source': '?>100', a: '100>100', f: '100>50', b: '50>50', c: '50>50', d: '50>50', 'Sink: sink': '50>?' });
});

it('nothing is said of what comes behind two filters, or leaves a chain at several ends', async () => {
  expect(await ioOf((env) => env.fromSequence(1, 100).name('source').filter(even).name('f').filter((n) => n > 50).name('g').map(same).name('b').sinkTo(new DiscardingSink()).name('sink')))
    .toEqual({ 'Source: source': '?>100', f: '100>?', g: '?>?', b: '?>?', 'Sink: sink': '?>?' });
  expect(await ioOf((env) => {
    const mapped = env.fromSequence(1, 100).name('source').filter(even).name('f').map(same).name('a');
    mapped.rebalance().map(same).name('left').sinkTo(new DiscardingSink()).name('x');
    mapped.rebalance().map(same).name('right').sinkTo(new DiscardingSink()).name('y');
  })).toMatchObject({ f: '100>?', a: '?>?', left: '50>50', right: '50>50' });
});

it('what leaves by a side output is not what comes to others', async () => {
  const tag = new OutputTag<number>('odd');
  expect(await ioOf((env) => {
    const split = env.fromSequence(1, 100).name('source').process({ processElement: (n: number, context: { output(tag: OutputTag<number>, value: number): void }, out: { collect(value: number): void }) => (even(n) ? out.collect(n) : context.output(tag, n)) } as never).name('p');
    split.getSideOutput(tag).map(same).name('odd').rebalance().sinkTo(new DiscardingSink()).name('sink');
  })).toMatchObject({ 'Source: source': '?>100', p: '100>?', odd: '50>50', 'Sink: sink': '50>?' });
});
