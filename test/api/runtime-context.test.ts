/**
 * What functions learn of the job, the task and the settings they run under.
 */
import { expect, it } from 'vitest';
import { type DataStream, RichMapFunction, type RuntimeContext } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

/** What `look` finds in the context of each subtask of a map, by subtask. */
async function seen<R extends object>(look: (context: RuntimeContext) => R, configuration: Readonly<Record<string, unknown>> = {}): Promise<R[]> {
  class Looking extends RichMapFunction<number, [subtask: number, found: R]> {
    map(): [number, R] {
      return [this.getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), look(this.getRuntimeContext())];
    }
  }
  const cluster = new MiniCluster({ configuration: { 'parallelism.default': 2, ...configuration } });
  const found: readonly [number, R][] = await cluster.run<DataStream<[number, R]>>((env) => env.fromElements(1, 2).rebalance().map(Looking));
  await cluster.close();
  return found.toSorted(([a], [b]) => a - b).map(([, of]) => of);
}

it('the id of the job is that of its information', async () => {
  const [one, two] = await seen((context) => ({ id: context.getJobId(), same: context.getJobInfo().getJobId() === context.getJobId() }));
  expect(one).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, same: true });
  expect(two).toEqual(one);
});

it('subtasks of one slot have the same allocation id, those of other slots another', async () => {
  class Allocated extends RichMapFunction<unknown, string> {
    map(before: unknown): string {
      const own = this.getRuntimeContext().getTaskInfo().getAllocationId();
      return typeof before === 'string' ? `${before}${before === own ? ' again' : ' and another'}` : own;
    }
  }
  const cluster = new MiniCluster({ configuration: { 'parallelism.default': 2 } });
  const ids = await cluster.run((env) => env.fromElements(1, 2).rebalance().map(Allocated).map(Allocated).startNewChain());
  await cluster.close();
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32} again$/), expect.stringMatching(/^[0-9a-f]{32} again$/)]);
  expect(new Set(ids).size).toBe(2);
});

it('functions see whether values pass by reference, and the settings of the job', async () => {
  const settings = (context: RuntimeContext): object => {
    const config = context.getExecutionConfig();
    return { reuse: [context.isObjectReuseEnabled(), config.isObjectReuseEnabled()], parallelism: [config.getParallelism(), config.getMaxParallelism()], interval: config.getAutoWatermarkInterval(), parameters: config.getGlobalJobParameters() };
  };
  expect((await seen(settings))[0]).toEqual({ reuse: [true, true], parallelism: [2, -1], interval: 200, parameters: {} });
  const others = { 'pipeline.object-reuse': false, 'pipeline.max-parallelism': 16, 'pipeline.auto-watermark-interval': '50 ms', 'pipeline.global-job-parameters': 'a:1' };
  expect((await seen(settings, others))[0]).toEqual({ reuse: [false, false], parallelism: [2, 16], interval: 50, parameters: { a: '1' } });
});

it('functions find the files that the program or the configuration has given them, by name', async () => {
  class Finding extends RichMapFunction<string, string> {
    map(name: string): string {
      try {
        return this.getRuntimeContext().getDistributedCache().getFile(name);
      } catch (error) {
        return (error as Error).message;
      }
    }
  }
  const cluster = new MiniCluster({ configuration: { 'pipeline.cached-files': "name:words,path:'file:///data/words.txt';name:relative,path:data/other.txt,executable:true" } });
  const found = await cluster.run((env) => {
    env.registerCachedFile('/data/own.txt', 'own');
    env.registerCachedFile(new URL('file:///data/a%20b.txt'), 'spaced');
    expect(Object.keys(env.getCachedFiles())).toEqual(['words', 'relative', 'own', 'spaced']);
    return env.fromElements('words', 'relative', 'own', 'spaced', 'none').map(Finding);
  });
  await cluster.close();
  expect(found).toEqual(['/data/words.txt', `${process.cwd()}/data/other.txt`, '/data/own.txt', '/data/a b.txt', "File with name 'none' is not available. Did you forget to register the file?"]);
});
