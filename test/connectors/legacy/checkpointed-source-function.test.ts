/**
 * Source functions that keep state: what has been collected comes before the barrier, and no step is cut in two.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../../src/cluster/mini-cluster.js';
import { SourceFunctionSource } from '../../../src/connectors/legacy/source-function-source.js';
import { Configuration } from '../../../src/core/configuration.js';
import { CheckpointInterval, FixedDelay, FixedDelayAttempts, RestartStrategyType, RestorePath, SavepointDirectory } from '../../../src/core/options.js';
import { RichParallelSourceFunction } from '../../../src/operators/functions.js';
import type { CheckpointedFunction, FunctionInitializationContext, ListCheckpointed, SourceContext, SourceFunction } from '../../../src/operators/functions.js';
import type { OperatorDefinition } from '../../../src/operators/operator.js';
import { HeapOperatorState } from '../../../src/state/heap-operator-state.js';
import { ListStateDescriptor } from '../../../src/state/state-descriptor.js';
import type { ListState } from '../../../src/state/state.js';
import type { Source } from '../../../src/operators/source.js';
import { line } from '../../cluster/sample-jobs.js';
import { drive } from '../drive.js';

const pause = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const END = 3_000;
/** How many numbers come until a test lets the rest come: a job that is to be stopped on its way cannot have ended by then. */
let limit = END;
afterEach(() => void (limit = END));

/** Where a source function is, in list state. */
abstract class Counting implements SourceFunction<number>, CheckpointedFunction {
  next = 0;
  protected running = true;
  private state!: ListState<number>;

  abstract run(context: SourceContext<number>): ReturnType<SourceFunction<number>['run']>;
  cancel(): void {
    this.running = false;
  }
  initializeState(context: FunctionInitializationContext): void {
    this.state = context.getOperatorStateStore().getListState(new ListStateDescriptor<number>('next'));
    if (context.isRestored()) for (const next of this.state.get()) this.next = next;
  }
  snapshotState(): void | Promise<void> {
    this.state.update([this.next]);
  }
}

class Awaiting extends Counting {
  async run(context: SourceContext<number>): Promise<void> {
    while (this.running && this.next < END) {
      if (this.next >= limit) await pause(1);
      else await context.collect(this.next++);
    }
  }
}

/** Collects without heeding whether there is room, and lets others run now and then. */
class Piling extends Counting {
  async run(context: SourceContext<number>): Promise<void> {
    while (this.running && this.next < END) {
      if (this.next >= limit) await pause(1);
      else void context.collect(this.next++);
      if (this.next % 100 === 0) await context.ready();
    }
  }
}

class Generating extends Counting {
  *run(): Generator<number> {
    while (this.next < END) yield this.next++;
  }
}

/** Counts only after others have run: exact only because of the lock. */
class Locking extends Counting {
  async run(context: SourceContext<number>): Promise<void> {
    while (this.running && this.next < END) {
      if (this.next >= limit) {
        await pause(1);
        continue;
      }
      await context.getCheckpointLock().synchronized(async () => {
        await context.collect(this.next);
        if (this.next % 50 === 0) await pause();
        this.next++;
      });
    }
  }
}

/** Takes its time for a snapshot. */
class Storing extends Awaiting {
  override async snapshotState(): Promise<void> {
    void super.snapshotState();
    await pause(1);
  }
}

class Listed implements SourceFunction<number>, ListCheckpointed<number> {
  private next = 0;
  private running = true;
  async run(context: SourceContext<number>): Promise<void> {
    while (this.running && this.next < END) await context.collect(this.next++);
  }
  cancel(): void {
    this.running = false;
  }
  snapshotState(): number[] {
    return [this.next];
  }
  restoreState([next]: number[]): void {
    this.next = next ?? 0;
  }
}

const PARTITIONS = 5;

/** Reads partitions, each of which is an item of its list state: which one, and the next of its numbers. */
class Partitioned extends RichParallelSourceFunction<number> implements ListCheckpointed<[number, number]> {
  private partitions: [number, number][] = [];
  private running = true;
  private restored = false;

  override open(): void {
    const [subtask, parallelism] = [this.getRuntimeContext().getIndexOfThisSubtask(), this.getRuntimeContext().getNumberOfParallelSubtasks()];
    if (!this.restored) for (let partition = subtask; partition < PARTITIONS; partition += parallelism) this.partitions.push([partition, 0]);
  }
  async run(context: SourceContext<number>): Promise<void> {
    const each = END / PARTITIONS;
    while (this.running && this.partitions.some(([, next]) => next < each)) {
      const upTo = Math.min(each, limit / PARTITIONS);
      if (this.partitions.every(([, next]) => next >= upTo)) await pause(1);
      for (const part of this.partitions) if (part[1] < upTo) await context.collect(part[0] * each + part[1]++);
    }
  }
  cancel(): void {
    this.running = false;
  }
  snapshotState(): [number, number][] {
    return this.partitions.map(([partition, next]) => [partition, next]);
  }
  restoreState(state: [number, number][]): void {
    this.restored = true;
    this.partitions = state;
  }
}

let cluster: MiniCluster | undefined;
afterEach(() => cluster?.close());

/** Adds up what comes, fails after each of the first checkpoints and tells the sum and the count at the end. */
function summing(story: { completed: number; failures: number; restored: number }): OperatorDefinition<string> {
  return {
    instantiate({ output, operatorState, gate, clock }) {
      const state = operatorState.getListState(new ListStateDescriptor<[number, number]>('sums'));
      let sum = 0;
      let count = 0;
      return {
        inputs: [(value: number) => {
          if (story.failures < 3 && story.completed > story.failures) {
            story.failures++;
            throw new Error('enough');
          }
          sum += value;
          count++;
          if (count % 100 !== 0) return;
          gate.hold();
          clock.schedule(2, () => gate.release());
        }],
        open() {
          for (const part of state.get()) [sum, count] = part;
          if (count > 0) story.restored++;
        },
        snapshotState: () => state.update([[sum, count]]),
        notifyCheckpointComplete: () => void (story.completed += 1),
        finish: () => output.emit(`${sum} of ${count}`, 0),
      };
    },
  };
}

/** Tells what comes, and takes its time. */
function slowly(tell: (value: number) => void): OperatorDefinition<number> {
  return {
    instantiate({ gate, clock }) {
      let count = 0;
      return {
        inputs: [(value: number) => {
          tell(value);
          if (++count % 50 !== 0) return;
          gate.hold();
          clock.schedule(1, () => gate.release());
        }],
      };
    },
  };
}

describe('a source function with state', () => {
  it.each([
    ['that awaits what collect gives', Awaiting],
    ['that collects more than there is room for', Piling],
    ['that is a generator', Generating],
    ['that changes its state and emits in several steps under the lock', Locking],
    ['whose snapshot is a promise', Storing],
    ['that is ListCheckpointed', Listed],
  ])('%s is read exactly once by a job that fails again and again', async (_, type) => {
    const configuration = new Configuration().set(CheckpointInterval, 10).set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, 50).set(FixedDelay, 1);
    cluster = MiniCluster.start({ configuration, workers: false });
    const story = { completed: 0, failures: 0, restored: 0 };
    const { program, collected } = line(summing(story) as unknown as OperatorDefinition<never>, { source: new SourceFunctionSource<number>(type as never) as unknown as Source<unknown> });
    const result = await (await cluster.submit(program)).result;
    expect(result.status).toBe('FINISHED');
    expect(story.restored).toBeGreaterThan(0);
    expect(collected).toEqual([`${(END * (END - 1)) / 2} of ${END}`]);
  });

  it.each([
    ['awaits', Awaiting], ['piles its records up', Piling], ['takes several steps', Locking], ['stores with a promise', Storing],
  ])('that %s goes on from the savepoint that it was stopped with, and gives each record once', async (_, type) => {
    const folder = mkdtempSync(join(tmpdir(), 'legacy-source-'));
    const seen: number[] = [];
    const job = (): Parameters<MiniCluster['submit']>[0] => line(slowly((value) => void seen.push(value)) as unknown as OperatorDefinition<never>, { source: new SourceFunctionSource<number>(type) as unknown as Source<unknown> }).program;
    const settings = new Configuration().set(CheckpointInterval, 1000).set(SavepointDirectory, folder);
    cluster = MiniCluster.start({ configuration: settings, workers: false });
    limit = END / 2;
    const first = await cluster.submit(job());
    while (seen.length < 200) await pause(1);
    const path = await first.stopWithSavepoint();
    expect((await first.result).status).toBe('FINISHED');
    const before = seen.length;
    await cluster.close();
    limit = END;
    cluster = MiniCluster.start({ configuration: settings.set(RestorePath, path), workers: false });
    expect((await (await cluster.submit(job())).result).status).toBe('FINISHED');
    expect(before).toBeLessThan(END);
    expect(seen).toEqual(Array.from({ length: END }, (_value, at) => at));
    rmSync(folder, { recursive: true });
  });

  it.each([1, 2, 3])('that is parallel has the items of its state dealt out to %i subtasks', async (parallelism) => {
    const folder = mkdtempSync(join(tmpdir(), 'legacy-source-'));
    const seen: number[] = [];
    const job = (subtasks: number): Parameters<MiniCluster['submit']>[0] => line(slowly((value) => void seen.push(value)) as unknown as OperatorDefinition<never>, { parallelism: subtasks, source: new SourceFunctionSource<number>(Partitioned) as unknown as Source<unknown> }).program;
    const settings = new Configuration().set(CheckpointInterval, 1000).set(SavepointDirectory, folder);
    cluster = MiniCluster.start({ configuration: settings, workers: false });
    limit = END / 2;
    const first = await cluster.submit(job(2));
    while (seen.length < 200) await pause(1);
    const path = await first.stopWithSavepoint();
    expect((await first.result).status).toBe('FINISHED');
    expect(seen.length).toBeLessThan(END);
    await cluster.close();
    limit = END;
    cluster = MiniCluster.start({ configuration: settings.set(RestorePath, path), workers: false });
    expect((await (await cluster.submit(job(parallelism))).result).status).toBe('FINISHED');
    expect(seen.sort((one, other) => one - other)).toEqual(Array.from({ length: END }, (_value, at) => at));
    rmSync(folder, { recursive: true });
  });

  it.each([['awaits', Awaiting], ['piles its records up', Piling], ['takes several steps', Locking]])('that %s and is drained loses nothing that it has counted', async (_, type) => {
    const folder = mkdtempSync(join(tmpdir(), 'legacy-source-'));
    const seen: number[] = [];
    const instances: Counting[] = [];
    class Watched extends type {
      private counted: number | undefined;
      override snapshotState(): void | Promise<void> {
        instances.push(this);
        this.counted ??= this.next;
        return super.snapshotState();
      }
      get stored(): number | undefined {
        return this.counted;
      }
    }
    cluster = MiniCluster.start({ configuration: new Configuration().set(CheckpointInterval, 60_000).set(SavepointDirectory, folder), workers: false });
    limit = END / 2;
    const job = await cluster.submit(line(slowly((value) => void seen.push(value)) as unknown as OperatorDefinition<never>, { source: new SourceFunctionSource<number>(Watched as never) as unknown as Source<unknown> }).program);
    while (seen.length < 200) await pause(1);
    await job.stopWithSavepoint({ drain: true });
    expect((await job.result).status).toBe('FINISHED');
    expect(instances).toHaveLength(1);
    expect(seen).toEqual(Array.from({ length: (instances[0] as unknown as { stored: number }).stored }, (_value, at) => at));
    rmSync(folder, { recursive: true });
  });

  it('emits what has been collected before the barrier, whether there is room or not', async () => {
    const state = new HeapOperatorState();
    const driven = await drive(new SourceFunctionSource<number>(Piling), { turn: 1, operatorStates: [state] });
    driven.poll(0);
    expect(driven.outputs[0]!.values).toEqual([0]);
    await driven.readers[0]!.prepareSnapshot?.({ checkpointId: 1, timestamp: 0 }, driven.outputs[0]!);
    const [next] = state.getListState(new ListStateDescriptor<number>('next')).get();
    expect(driven.outputs[0]!.values).toEqual(Array.from({ length: next! }, (_, value) => value));
    expect(next).toBeGreaterThan(1);
    await driven.close();
  });

  it('holds checkpoints back while a promise under the lock is pending, one body after the other', async () => {
    const log: string[] = [];
    let finish = (): void => {};
    const driven = await drive(new SourceFunctionSource<number>(async (context) => {
      const lock = context.getCheckpointLock();
      await Promise.all([
        lock.synchronized(() => new Promise<void>((resolve) => { log.push('first'); finish = resolve; })),
        lock.synchronized(() => void log.push('second')),
        lock.synchronized(() => Promise.reject(new Error('third'))).catch(() => void log.push('third failed')),
      ]);
    }), { operatorStates: [new HeapOperatorState()] });
    driven.poll(0);
    const held = driven.readers[0]!.holdsSnapshots?.();
    expect(held).toBeInstanceOf(Promise);
    expect(log).toEqual(['first']);
    finish();
    await held;
    await pause();
    // Its turn comes after those that were there when it came.
    expect(log).toEqual(['first', 'second', 'third failed']);
    expect(driven.readers[0]!.holdsSnapshots?.()).toBeUndefined();
    await driven.close();
  });

  it('that enters the lock again and again lets a checkpoint have its turn', async () => {
    let entered = 0;
    const driven = await drive(new SourceFunctionSource<number>(async (context) => {
      while (entered < 100) await context.getCheckpointLock().synchronized(async () => { entered++; await pause(); });
    }), { operatorStates: [new HeapOperatorState()] });
    driven.poll(0);
    const [reader, output] = [driven.readers[0]!, driven.outputs[0]!];
    for (let checkpointId = 1; checkpointId <= 2; checkpointId++) {
      await reader.holdsSnapshots?.();
      const before = entered;
      await pause(5);
      expect(entered).toBe(before);
      await reader.prepareSnapshot?.({ checkpointId, timestamp: 0 }, output);
      await pause(5);
      expect(entered).toBeGreaterThan(before);
    }
    // A checkpoint that does not come after all keeps nobody waiting.
    await reader.holdsSnapshots?.();
    await driven.run();
    expect(entered).toBe(100);
  });

  it('hears of checkpoints that are complete and of those that were aborted', async () => {
    const heard: string[] = [];
    const driven = await drive(new SourceFunctionSource<number>({
      run() {},
      cancel() {},
      notifyCheckpointComplete: (id: number) => void heard.push(`complete ${id}`),
      notifyCheckpointAborted: (id: number) => void heard.push(`aborted ${id}`),
    } as SourceFunction<number>), { operatorStates: [new HeapOperatorState()] });
    await driven.readers[0]!.notifyCheckpointComplete?.(3);
    await driven.readers[0]!.notifyCheckpointAborted?.(4);
    expect(heard).toEqual(['complete 3', 'aborted 4']);
  });
});
