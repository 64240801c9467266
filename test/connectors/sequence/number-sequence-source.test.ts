import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberSequenceSource, splitRange } from '../../../src/connectors/sequence/number-sequence-source.js';
import { drive, readAll } from '../drive.js';

describe('the number sequence source', () => {
  it('gives all numbers of the range, both ends included, in order to one reader', async () => {
    expect(await readAll(new NumberSequenceSource(-2, 3))).toEqual([[-2, -1, 0, 1, 2, 3]]);
    expect(await readAll(new NumberSequenceSource(7, 7))).toEqual([[7]]);
  });

  it('gives each number once to some reader', async () => {
    const parts = await readAll(new NumberSequenceSource(1, 10_000), { parallelism: 3, turn: 100 });
    expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    expect(parts.every((part) => part.length > 3000)).toBe(true);
  });

  it('leaves readers without work when there are fewer numbers than readers', async () => {
    expect((await readAll(new NumberSequenceSource(1, 2), { parallelism: 4 })).flat().sort()).toEqual([1, 2]);
  });

  it('refuses a range that goes backwards or is not of whole numbers', () => {
    expect(() => new NumberSequenceSource(2, 1)).toThrow(/from <= to, but got from 2 to 1/);
    expect(() => new NumberSequenceSource(0.5, 1)).toThrow(/whole numbers/);
    expect(() => new NumberSequenceSource(0, Infinity)).toThrow(/whole numbers/);
  });

  it('cuts any range into parts that cover it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 1000 }), fc.integer({ min: 1, max: 50 }), (from, length, parts) => {
        const ranges = splitRange(from, from + length, parts);
        expect(ranges[0]!.from).toBe(from);
        expect(ranges.at(-1)!.to).toBe(from + length);
        for (let index = 1; index < ranges.length; index++) expect(ranges[index]!.from).toBe(ranges[index - 1]!.to + 1);
        const sizes = ranges.map((range) => range.to - range.from + 1);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('goes on from a snapshot', async () => {
    const source = new NumberSequenceSource(1, 10);
    const first = await drive(source, { turn: 3, parallelism: 2 });
    first.poll(0);
    const restored = first.readers.map((reader) => reader.snapshotState(1));
    const second = await drive(source, { checkpoint: first.enumerator.snapshotState(1), restored, parallelism: 2 });
    const rest = (await second.run()).flat();
    expect([...first.outputs[0]!.values, ...rest].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('hands splits of a failed reader to the next that asks', async () => {
    const driven = await drive(new NumberSequenceSource(1, 4), { parallelism: 2 });
    const taken = driven.readers[1]!.snapshotState(1);
    driven.enumerator.addSplitsBack(taken, 1);
    driven.poll(0);
    driven.poll(0);
    driven.poll(0);
    expect(driven.outputs[0]!.values).toEqual([1, 2, 3, 4]);
  });
});
