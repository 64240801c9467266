/**
 * Sources that say that they work through a backlog: checkpoints are further apart then.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataGeneratorSource, RichMapFunction, type Source, type SplitEnumeratorContext, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

let cluster: MiniCluster;
/** How the source says what it works through. */
let say: ((isBacklog: boolean) => void) | undefined;
let completed: number;

beforeEach(() => {
  completed = 0;
  say = undefined;
});
afterEach(() => cluster.close());

/** Numbers without end, 100 a second; its enumerator says what the test wants it to. */
function numbers(): Source<number> {
  const source: Source<number> = new DataGeneratorSource((n) => n, Number.POSITIVE_INFINITY, 100);
  return new Proxy(source, {
    get: (target, name) => {
      if (name !== 'createEnumerator') return Reflect.get(target, name, target) as unknown;
      return (context: SplitEnumeratorContext<unknown>) => {
        say = (isBacklog) => context.setIsProcessingBacklog!(isBacklog);
        say(true);
        return target.createEnumerator(context);
      };
    },
  });
}

class Counting extends RichMapFunction<number, number> {
  map(n: number): number {
    return n;
  }
  notifyCheckpointComplete(): void {
    completed++;
  }
}

/** How many checkpoints are complete in one second, with a backlog and when it is worked through. */
async function counted(during: string): Promise<[inBacklog: number, afterwards: number]> {
  cluster = new MiniCluster({ configuration: { 'execution.checkpointing.interval': '50 ms', 'execution.checkpointing.interval-during-backlog': during } });
  const job = await cluster.submit((env) => env.fromSource(numbers(), WatermarkStrategy.noWatermarks<number>(), 'numbers').map(Counting));
  await cluster.clock.advance('1 s');
  const inBacklog = completed;
  say!(false);
  await cluster.clock.advance('1 s');
  await job.cancel();
  return [inBacklog, completed - inBacklog];
}

it('checkpoints are as far apart as is set for it, until the source is through', async () => {
  const [inBacklog, afterwards] = await counted('400 ms');
  expect([inBacklog, afterwards > 15]).toEqual([3, true]);
});

it('only the first checkpoint is taken where there are to be none', async () => {
  const [inBacklog, afterwards] = await counted('0 ms');
  expect([inBacklog, afterwards > 15]).toEqual([1, true]);
});

it('an interval that is shorter than otherwise is refused before the job runs', async () => {
  await expect(counted('10 ms')).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringContaining('interval-during-backlog is 10 ms') as string });
});
