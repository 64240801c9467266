import { describe, expect, it } from 'vitest';
import { BatchPool } from '../../../src/runtime/exchange/batch-pool.js';
import { isBatch } from '../../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../../src/runtime/exchange/local-channel.js';
import { batchOf } from './records.js';

const WATERMARK = { type: 'watermark', timestamp: 5 } as const;

describe('a channel inside one thread', () => {
  it('hands over batches and events in order, by reference', () => {
    const { output, input } = openLocalChannel();
    const batch = batchOf([{ a: 1 }]);
    output.send(batch);
    output.sendEvent(WATERMARK);
    expect(input.empty).toBe(false);
    expect([input.poll(), input.poll(), input.poll()]).toEqual([batch, WATERMARK, undefined]);
    expect(input.empty).toBe(true);
  });

  it('asks its sender to stop at its capacity, and takes more all the same', () => {
    const { output, input } = openLocalChannel(2);
    output.send(batchOf([1]));
    expect(output.writable).toBe(true);
    output.send(batchOf([2]));
    output.sendEvent(WATERMARK);
    expect([output.writable, output.drain()]).toEqual([false, false]);
    output.send(batchOf([3]));
    input.poll();
    input.poll();
    expect([output.writable, output.drain()]).toEqual([true, true]);
  });

  it('keeps the order when far more waits than its capacity', () => {
    const { output, input } = openLocalChannel(2);
    for (let i = 0; i < 100; i++) output.send(batchOf([i]));
    const received: unknown[] = [];
    for (let item = input.poll(); item !== undefined; item = input.poll()) if (isBatch(item)) received.push(item.values[0]);
    expect(received).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('throws away what comes after either end has closed', () => {
    const one = openLocalChannel();
    one.output.send(batchOf([1]));
    one.output.close();
    one.output.send(batchOf([2]));
    expect(one.input.poll()).toMatchObject({ count: 1 });
    expect(one.input.empty).toBe(true);
    const other = openLocalChannel(1);
    other.output.send(batchOf([1]));
    other.input.close();
    other.output.send(batchOf([2]));
    expect([other.input.empty, other.output.writable]).toEqual([true, true]);
  });
});

describe('a pool of batches', () => {
  it('hands out what it was given, emptied', () => {
    const pool = new BatchPool(4);
    const batch = pool.take(true);
    batch.values[0] = {};
    batch.count = 1;
    pool.give(batch);
    const again = pool.take(true);
    expect(again).toBe(batch);
    expect([again.count, again.values]).toEqual([0, [undefined, undefined, undefined, undefined]]);
  });

  it('keeps batches with and without hashes apart', () => {
    const pool = new BatchPool(4);
    pool.give(pool.take(false));
    expect(pool.take(true).hashes).toHaveLength(4);
    expect(pool.take(false).hashes).toBeUndefined();
  });

  it('does not keep batches of another capacity', () => {
    const pool = new BatchPool(4);
    const batch = batchOf([1, 2]);
    pool.give(batch);
    expect(pool.take(false)).not.toBe(batch);
  });
});
