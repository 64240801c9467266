import { describe, expect, it } from 'vitest';
import { CollectionSource } from '../../../src/connectors/collection/collection-source.js';
import { drive, readAll } from '../drive.js';

const pause = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function* letters(log: string[] = []): Generator<string> {
  try {
    for (const letter of ['a', 'b', 'c', 'd']) {
      log.push(`makes ${letter}`);
      yield letter;
    }
  } finally {
    log.push('returned');
  }
}

async function* slowNumbers(log: string[] = []): AsyncGenerator<number> {
  try {
    for (let number = 1; number <= 3; number++) {
      await pause();
      yield number;
    }
  } finally {
    log.push('returned');
  }
}

describe('the collection source', () => {
  it('is not parallel, and bounded unless told otherwise', () => {
    expect(new CollectionSource([])).toMatchObject({ parallel: false, boundedness: 'BOUNDED' });
    expect(new CollectionSource([], 'CONTINUOUS_UNBOUNDED').boundedness).toBe('CONTINUOUS_UNBOUNDED');
  });

  it.each([
    ['an array', ['a', 'b', 'c', 'd']],
    ['a set', new Set(['a', 'b', 'c', 'd'])],
    ['a generator', letters()],
    ['a generator function', letters],
    ['a string', 'abcd'],
    ['a promise of nothing more than a loop', async function* () { yield* letters(); }],
  ])('reads %s', async (_, collection) => {
    expect(await readAll(new CollectionSource<string>(collection))).toEqual([['a', 'b', 'c', 'd']]);
  });

  it('gives all elements to one reader also when others are there', async () => {
    const parts = await readAll(new CollectionSource([1, 2, 3]), { parallelism: 3 });
    expect(parts.filter((part) => part.length > 0)).toEqual([[1, 2, 3]]);
  });

  it('keeps null and undefined elements', async () => {
    expect(await readAll(new CollectionSource([null, undefined, 0]))).toEqual([[null, undefined, 0]]);
  });

  it('takes elements of an iterable only as downstream has room', async () => {
    const log: string[] = [];
    const driven = await drive(new CollectionSource(() => letters(log)), { turn: 2 });
    driven.poll(0);
    expect(log).toEqual(['makes a', 'makes b']);
    await driven.close();
    expect(log).toEqual(['makes a', 'makes b', 'returned']);
  });

  it('waits for asynchronous elements', async () => {
    const log: string[] = [];
    const driven = await drive(new CollectionSource(() => slowNumbers(log)));
    expect(driven.poll(0)).toBe('NOTHING_AVAILABLE');
    expect(await driven.run()).toEqual([[1, 2, 3]]);
    expect(log).toEqual(['returned']);
  });

  it('takes at most 256 asynchronous elements ahead', async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<number> {
      for (;;) yield made++;
    }
    const driven = await drive(new CollectionSource(endless), { turn: 1 });
    driven.poll(0);
    await pause();
    driven.poll(0);
    await pause();
    expect(made).toBeLessThanOrEqual(257);
    await driven.close();
  });

  it('ends at once although an asynchronous element never comes', async () => {
    const driven = await drive(new CollectionSource(async function* () { yield await new Promise<number>(() => {}); }));
    expect(driven.poll(0)).toBe('NOTHING_AVAILABLE');
    await driven.close();
  });

  it('passes on what a collection throws, after the elements before it', async () => {
    const driven = await drive(new CollectionSource(async function* () { yield 1; throw new Error('broken'); }));
    await expect(driven.run()).rejects.toThrow('broken');
    expect(driven.outputs[0]!.values).toEqual([1]);
    await expect(readAll(new CollectionSource(() => { throw new Error('at once'); }))).rejects.toThrow('at once');
  });

  it('says what it takes when it is given something else', async () => {
    await expect(readAll(new CollectionSource((() => 5) as never))).rejects.toThrow(/needs an array.*but got number/);
  });

  it.each([['array', [1, 2, 3, 4]], ['async', async function* () { yield* [1, 2, 3, 4]; }]])('goes on from a snapshot (%s)', async (_, collection) => {
    const source = new CollectionSource<number>(collection);
    const first = await drive(source, { turn: 1 });
    while (first.outputs[0]!.values.length < 2) {
      if (first.poll(0) === 'NOTHING_AVAILABLE') await first.readers[0]!.isAvailable();
    }
    const restored = [first.readers[0]!.snapshotState(1)];
    expect(await (await drive(source, { checkpoint: first.enumerator.snapshotState(1), restored })).run()).toEqual([[3, 4]]);
  });
});
