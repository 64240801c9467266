/** Slots of a session cluster: who gets them, who waits, and for how long. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotPool } from '../../src/dispatcher/slot-pool.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  it('are given at once while there are enough', async () => {
    const pool = new SlotPool(4, 1_000, new ManualClock());
    await pool.request('a', 'A', 3);
    expect(pool.free).toBe(1);
  });

  it('come to whoever waits when they become free', async () => {
    const pool = new SlotPool(4, 1_000, new ManualClock());
    await pool.request('a', 'A', 3);
    const second = pool.request('b', 'B', 2);
    expect(pool.free).toBe(1);
    pool.release('a');
    await second;
    expect(pool.free).toBe(2);
  });

  it('that are missing when the time is over are counted in the error', async () => {
    const clock = new ManualClock();
    const pool = new SlotPool(4, 1_000, clock);
    await pool.request('a', 'A', 3);
    const second = pool.request('b', 'B', 6).catch((error: Error) => error);
    clock.advance(1_000);
    expect(await second).toMatchObject({ code: 'SLOTS_MISSING', message: 'job "B" needs 6 slots, of which 5 are missing: the cluster has 4 and 1 of them free, and that did not change for 1 s' });
    pool.release('a');
    expect(pool.free).toBe(4);
  });

  it('are more for a job that runs as far as there are free ones, and never fewer', async () => {
    const pool = new SlotPool(4, 1_000, new ManualClock());
    await pool.request('a', 'A', 1);
    await pool.request('b', 'B', 1);
    expect(pool.extend('a', 2)).toBe(2);
    expect(pool.extend('a', 9)).toBe(3);
    expect(pool.extend('a', 1)).toBe(3);
    expect(pool.free).toBe(0);
  });

  it('that a job gives back go to whoever waits', async () => {
    const pool = new SlotPool(3, 1_000, new ManualClock());
    await pool.request('a', 'A', 3);
    const second = pool.request('b', 'B', 2);
    pool.keep('a', 5);
    pool.keep('a', 1);
    await second;
    expect(pool.free).toBe(0);
  });

  it('are not kept from a small job by a large one that waits', async () => {
    const pool = new SlotPool(2, 1_000, new ManualClock());
    await pool.request('a', 'A', 1);
    void pool.request('large', 'Large', 2);
    await pool.request('small', 'Small', 1);
    expect(pool.free).toBe(0);
  });

  it('are never more than there are, and all come back', () => fc.assert(fc.asyncProperty(fc.array(fc.record({ slots: fc.integer({ min: 1, max: 5 }), release: fc.nat(30) }), { maxLength: 30 }), async (steps) => {
    const pool = new SlotPool(4, 1_000, new ManualClock());
    for (const [index, { slots, release }] of steps.entries()) {
      void pool.request(`job${index}`, 'J', slots);
      pool.release(`job${release}`);
      await settle();
      expect(pool.free).toBeGreaterThanOrEqual(0);
    }
    for (const index of steps.keys()) pool.release(`job${index}`);
    for (const index of steps.keys()) pool.release(`job${index}`);
    expect(pool.free).toBe(4);
    pool.close();
  })));
});
