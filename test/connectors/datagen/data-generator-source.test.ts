import { describe, expect, it } from 'vitest';
import { DataGeneratorSource } from '../../../src/connectors/datagen/data-generator-source.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { drive, readAll, type Driven } from '../drive.js';

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
  });
});
