import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import type { Clock } from '../../../src/core/clock.js';
import { Doorbell } from '../../../src/runtime/exchange/doorbell.js';

const nothing = () => false;

function hung() {
  const memory = Doorbell.allocate();
  return { words: new Int32Array(memory), own: new Doorbell(memory), peer: new Doorbell(memory) };
}

describe('a doorbell', () => {
  it('is silent while its owner is awake', () => {
    const { words, peer } = hung();
    peer.ring();
    expect([...words]).toEqual([0, 0]);
  });

  it('does not let its owner sleep when there is work', () => {
    const { words, own } = hung();
    expect(own.sleep(() => true, systemClock)).toBeUndefined();
    expect([...words]).toEqual([0, 0]);
  });

  it('ends the sleep when somebody rings', async () => {
    const { words, own, peer } = hung();
    const slept = own.sleep(nothing, systemClock);
    expect(words[1]).toBe(1);
    peer.ring();
    await slept;
    expect([...words]).toEqual([1, 0]);
  });

  it('does not let its owner sleep when somebody rings after the look for work and before the wait', () => {
    const { words, own, peer } = hung();
    const slept = own.sleep(() => {
      peer.ring();
      return false;
    }, systemClock);
    expect(slept).toBeUndefined();
    expect(words[1]).toBe(0);
  });

  it('costs only the first of several callers', async () => {
    const { words, own, peer } = hung();
    const slept = own.sleep(nothing, systemClock);
    for (let i = 0; i < 5; i++) peer.ring();
    await slept;
    expect(words[0]).toBe(1);
  });

  it('ends the sleep in time when nobody rings', async () => {
    const { own } = hung();
    const before = systemClock.monotonic();
    await own.sleep(nothing, systemClock, 20);
    expect(systemClock.monotonic() - before).toBeGreaterThan(15);
  });

  it('can be rung by its own thread', async () => {
    const { own } = hung();
    const slept = own.sleep(nothing, systemClock);
    setImmediate(() => own.ring());
    await slept;
  });

  it('can be slept on again and again, and leaves no timer behind', async () => {
    const { own, peer } = hung();
    let pending = 0;
    const counting: Clock = {
      ...systemClock,
      schedule(delayMs, call) {
        pending++;
        const scheduled = systemClock.schedule(delayMs, call);
        return {
          cancel() {
            pending--;
            scheduled.cancel();
          },
        };
      },
    };
    for (let i = 0; i < 1000; i++) {
      const slept = own.sleep(nothing, counting);
      peer.ring();
      await slept;
    }
    expect(pending).toBe(0);
  });

  it('refuses to be slept on twice at once', async () => {
    const { own, peer } = hung();
    const slept = own.sleep(nothing, systemClock);
    expect(() => own.sleep(nothing, systemClock)).toThrow(/went to sleep twice/);
    peer.ring();
    await slept;
  });

  it('leaves its owner awake when the look for work throws', () => {
    const { words, own } = hung();
    const failing = () => {
      throw new Error('lost');
    };
    expect(() => own.sleep(failing, systemClock)).toThrow('lost');
    expect(words[1]).toBe(0);
  });
});
