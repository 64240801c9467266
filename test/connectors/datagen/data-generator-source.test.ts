import { describe, expect, it } from 'vitest';
import { DataGeneratorSource } from '../../../src/connectors/datagen/data-generator-source.js';
import { GatedRateLimiter, RateLimiterStrategy } from '../../../src/connectors/datagen/rate-limiter.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { drive, readAll, type Driven } from '../drive.js';
import { eventually } from '../../eventually.js';

/** Polls until the reader waits. */
function drain(driven: Driven<unknown, unknown>, subtask = 0): void {
  while (driven.poll(subtask) === 'MORE_AVAILABLE');
}

describe('the data generator source', () => {
  it('makes a record of each index up to the count', async () => {
    const values = await readAll(new DataGeneratorSource((index) => `n${index}`, 5), { parallelism: 2 });
    expect(values.flat().sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(await readAll(new DataGeneratorSource((index) => index, 0))).toEqual([[]]);
  });

  it('takes objects and classes with open and close', async () => {
    const log: string[] = [];
    class Letters {
      open(): void {
        log.push('open');
      }
      map(index: number): string {
        return String.fromCharCode(97 + index);
      }
      close(): void {
        log.push('close');
      }
    }
    expect(await readAll(new DataGeneratorSource(Letters, 3))).toEqual([['a', 'b', 'c']]);
    expect(await readAll(new DataGeneratorSource(new Letters(), 1))).toEqual([['a']]);
    expect(log).toEqual(['open', 'close', 'open', 'close']);
  });

  it('gives every subtask every p-th index when there is no end', async () => {
    const source = new DataGeneratorSource((index) => index);
    expect(source.boundedness).toBe('CONTINUOUS_UNBOUNDED');
    const driven = await drive(source, { parallelism: 2, turn: 3 });
    driven.poll(0);
    driven.poll(1);
    const values = driven.outputs.map((output) => output.values);
    expect(values.map((part) => part.map((index) => index - part[0]!))).toEqual([[0, 2, 4], [0, 2, 4]]);
    expect(values.map((part) => part[0]).sort()).toEqual([0, 1]);
  });

  it('keeps the rate, shared by the subtasks', async () => {
    const clock = new ManualClock();
    const driven = await drive(new DataGeneratorSource((index) => index, Infinity, 20, clock), { parallelism: 2 });
    drain(driven);
    expect(driven.outputs[0]!.values).toHaveLength(1);
    const woken = driven.readers[0]!.isAvailable();
    clock.advance(99);
    drain(driven);
    expect(driven.outputs[0]!.values).toHaveLength(1);
    clock.advance(1);
    await woken;
    drain(driven);
    expect(driven.outputs[0]!.values).toHaveLength(2);
    for (let step = 0; step < 100; step++) {
      clock.advance(37);
      drain(driven);
    }
    expect(driven.outputs[0]!.values).toHaveLength(2 + 37);
    await driven.close();
    expect(clock.scheduled).toBe(0);
  });

  it('lets so many records out from one completed checkpoint to the next, shared by the subtasks', async () => {
    const driven = await drive(new DataGeneratorSource((index) => index, 100, RateLimiterStrategy.perCheckpoint(5)), { parallelism: 2, turn: 1 });
    const lengths = (): number[] => driven.outputs.map(({ values }) => values.length);
    for (const subtask of [0, 1]) drain(driven, subtask);
    expect(lengths()).toEqual([2, 2]);
    const woken = driven.readers[0]!.isAvailable();
    void driven.readers[0]!.notifyCheckpointComplete?.(1);
    await woken;
    void driven.readers[0]!.notifyCheckpointComplete?.(2);
    for (const subtask of [0, 1]) drain(driven, subtask);
    expect(lengths()).toEqual([4, 2]);
    await driven.close();
    await expect(drive(new DataGeneratorSource((index) => index, 9, RateLimiterStrategy.perCheckpoint(2)), { parallelism: 3 })).rejects.toThrow('a record for each of 3 subtasks, but got 2');
  });

  it('is held back by a limiter of its author, record by record', async () => {
    const gates: (() => void)[] = [];
    const heard: number[] = [];
    const limiter = { acquire: () => new Promise<void>((resolve) => void gates.push(resolve)), notifyCheckpointComplete: (id: number) => void heard.push(id) };
    const driven = await drive(new DataGeneratorSource((index) => index, 3, (parallelism) => (parallelism === 1 ? limiter : (undefined as never))));
    const done = driven.run();
    for (let record = 0; record < 3; record++) {
      await eventually(() => expect(gates).toHaveLength(1));
      expect(driven.outputs[0]!.values).toHaveLength(record);
      gates.pop()!();
    }
    await done;
    void driven.readers[0]!.notifyCheckpointComplete?.(7);
    expect([driven.outputs[0]!.values, heard]).toEqual([[0, 1, 2], [7]]);
    const failing = { createRateLimiter: () => ({ acquire: () => Promise.reject(new Error('no rate')) }) };
    await expect(readAll(new DataGeneratorSource((index) => index, 3, failing))).rejects.toThrow('no rate');
  });

  it('may have its rate from a strategy', async () => {
    const clock = new ManualClock();
    const driven = await drive(new DataGeneratorSource((index) => index, Infinity, RateLimiterStrategy.perSecond(10), clock));
    drain(driven);
    clock.advance(100);
    drain(driven);
    expect(driven.outputs[0]!.values).toHaveLength(2);
    await driven.close();
    expect(await readAll(new DataGeneratorSource((index) => index, 3, RateLimiterStrategy.noOp()))).toEqual([[0, 1, 2]]);
  });

  it('makes up for at most a second of back pressure', async () => {
    const clock = new ManualClock();
    const driven = await drive(new DataGeneratorSource((index) => index, Infinity, 100, clock));
    drain(driven);
    clock.advance(60_000);
    drain(driven);
    expect(driven.outputs[0]!.values.length).toBeLessThanOrEqual(102);
  });

  it('goes on from a snapshot', async () => {
    const source = new DataGeneratorSource((index) => index, 10);
    const first = await drive(source, { turn: 4 });
    first.poll(0);
    const restored = [first.readers[0]!.snapshotState(1)];
    expect(await (await drive(source, { checkpoint: first.enumerator.snapshotState(1), restored })).run()).toEqual([[4, 5, 6, 7, 8, 9]]);
  });

  it('lets endless splits that came together in one reader take turns', async () => {
    const source = new DataGeneratorSource((index) => index);
    const splits = [0, 1].map((id) => ({ id: String(id), from: id * 100, to: Number.MAX_SAFE_INTEGER, step: 2 }));
    const driven = await drive(source, { checkpoint: [], restored: [splits], turn: 1 });
    for (let poll = 0; poll < 4; poll++) driven.poll(0);
    expect(driven.outputs[0]!.values).toEqual([0, 100, 2, 102]);
  });

  it('refuses a count or a rate that makes no sense', () => {
    expect(() => new DataGeneratorSource((index) => index, -1)).toThrow(/count .* but got -1/);
    expect(() => new DataGeneratorSource((index) => index, 1, 0)).toThrow(/rate above 0 .* but got 0/);
    expect(() => new DataGeneratorSource((index) => index, 1, {} as never)).toThrow(/a rate or a RateLimiterStrategy/);
    expect(() => RateLimiterStrategy.perSecond(0)).toThrow(/rate above 0/);
    expect(() => RateLimiterStrategy.perCheckpoint(0)).toThrow(/a whole number from 1/);
  });
});

describe('a gated rate limiter', () => {
  it('lets those that wait go first when a checkpoint is complete, and forgets what was left', async () => {
    const limiter = new GatedRateLimiter(2);
    const through: number[] = [];
    const ask = (id: number): void => void limiter.acquire().then(() => through.push(id));
    const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    for (const id of [1, 2, 3, 4, 5]) ask(id);
    await settle();
    expect(through).toEqual([1, 2]);
    limiter.notifyCheckpointComplete();
    await settle();
    expect(through).toEqual([1, 2, 3, 4]);
    limiter.notifyCheckpointComplete();
    for (const id of [6, 7]) ask(id);
    await settle();
    expect(through).toEqual([1, 2, 3, 4, 5, 6]);
    limiter.notifyCheckpointComplete();
    limiter.notifyCheckpointComplete();
    for (const id of [8, 9, 10]) ask(id);
    await settle();
    expect(through).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
