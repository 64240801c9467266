// The timer service against the rules of timers, and against a model that is a plain list.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { type KeyedContext, type Timer, voidNamespaceKey, VOID_NAMESPACE } from '../../src/state/keyed-context.js';
import { OperatorKeyedContext } from '../../src/state/operator-keyed-context.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

interface Fired { readonly kind: 'event' | 'processing'; readonly key: unknown; readonly namespace: string; readonly time: number; readonly watermark: number }

/** Its timers run as if it had not been set back. */
class SetBackClock extends ManualClock {
  back = 0;
  override now(): number {
    return super.now() - this.back;
  }
}

function setUp(clock = new ManualClock()) {
  const keyed: KeyedContext = new OperatorKeyedContext({ backend: new HashMapBackend(), clock, mailbox: { execute: (call) => call() } });
  const fired: Fired[] = [];
  let then: ((timer: Timer<string>) => void) | undefined;
  const fire = (kind: 'event' | 'processing') => (timer: Timer<string>): void => {
    fired.push({ kind, key: keyed.getCurrentKey(), namespace: timer.namespace, time: timer.timestamp, watermark: keyed.currentWatermark() });
    then?.(timer);
  };
  const timers = keyed.timers<string>('user', { onEventTime: fire('event'), onProcessingTime: fire('processing') }, (namespace) => namespace);
  return {
    keyed, timers, clock, fired,
    times: () => fired.map(({ time }) => time),
    onFire: (call: (timer: Timer<string>) => void) => void (then = call),
  };
}

describe('event-time timers', () => {
  it('fire when the watermark reaches their time, in ascending order, with their key set', () => {
    const { keyed, timers, fired } = setUp();
    keyed.setCurrentKey('b');
    timers.registerEventTimeTimer('', 30);
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', 10);
    timers.registerEventTimeTimer('', 31);
    keyed.advanceWatermark(9);
    expect(fired).toEqual([]);
    keyed.advanceWatermark(30);
    expect(fired.map(({ key, time }) => [key, time])).toEqual([['a', 10], ['b', 30]]);
    expect(keyed.numEventTimeTimers()).toBe(1);
  });

  it('are one timer for each key, namespace and time', () => {
    const { keyed, timers, fired } = setUp();
    for (const key of ['a', 'b', 'a']) {
      keyed.setCurrentKey(key);
      for (const namespace of ['', 'w', '']) timers.registerEventTimeTimer(namespace, 5);
    }
    expect(timers.numEventTimeTimers()).toBe(4);
    keyed.advanceWatermark(5);
    expect(fired.map(({ key, namespace }) => `${String(key)}/${namespace}`).sort()).toEqual(['a/', 'a/w', 'b/', 'b/w']);
  });

  it('see the new watermark in their callback, not their own time', () => {
    const { keyed, timers, fired } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', 5);
    keyed.advanceWatermark(100);
    expect(fired[0]!.watermark).toBe(100);
  });

  it('registered in a callback at or before the new watermark fire in the same advance, in order', () => {
    const { keyed, timers, times, onFire } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', 10);
    timers.registerEventTimeTimer('', 20);
    onFire(({ timestamp, namespace }) => {
      if (timestamp === 10 && namespace === '') for (const time of [15, 3, 10, 41]) timers.registerEventTimeTimer('again', time);
    });
    keyed.advanceWatermark(40);
    expect(times()).toEqual([10, 3, 10, 15, 20]);
  });

  it('of one time still give way to an earlier one that a callback registers', () => {
    const { keyed, timers, fired, onFire } = setUp();
    for (const key of [1, 2, 3]) {
      keyed.setCurrentKey(key);
      timers.registerEventTimeTimer('', 10);
    }
    onFire(({ timestamp, key }) => {
      if (timestamp === 10 && key === 1) timers.registerEventTimeTimer('', 4);
    });
    keyed.advanceWatermark(10);
    expect(fired.map(({ key, time }) => [key, time])).toEqual([[1, 10], [1, 4], [2, 10], [3, 10]]);
  });

  it('deleted in a callback of the same time do not fire', () => {
    const { keyed, timers, fired, onFire } = setUp();
    keyed.setCurrentKey('a');
    for (const namespace of ['x', 'y', 'z']) timers.registerEventTimeTimer(namespace, 10);
    onFire(() => {
      for (const namespace of ['x', 'y', 'z']) timers.deleteEventTimeTimer(namespace, 10);
    });
    keyed.advanceWatermark(10);
    expect(fired).toHaveLength(1);
    expect(keyed.numEventTimeTimers()).toBe(0);
  });

  it('registered in the past fire at the next advance, whatever its size, and never at once', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    keyed.advanceWatermark(100);
    timers.registerEventTimeTimer('', 50);
    expect(times()).toEqual([]);
    keyed.advanceWatermark(101);
    expect(times()).toEqual([50]);
  });

  it('may be registered again after they fired', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', 5);
    keyed.advanceWatermark(5);
    timers.registerEventTimeTimer('', 5);
    keyed.advanceWatermark(6);
    expect(times()).toEqual([5, 5]);
  });

  it('are deleted by exact time, key and namespace; an unknown one is no error', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('w', 5);
    timers.deleteEventTimeTimer('w', 4);
    timers.deleteEventTimeTimer('v', 5);
    keyed.setCurrentKey('b');
    timers.deleteEventTimeTimer('w', 5);
    expect(timers.numEventTimeTimers()).toBe(1);
    keyed.setCurrentKey('a');
    timers.deleteEventTimeTimer('w', 5);
    keyed.advanceWatermark(Infinity);
    expect(times()).toEqual([]);
  });

  it('registered for the largest time fire with the last watermark', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', Infinity);
    keyed.advanceWatermark(Number.MAX_SAFE_INTEGER);
    expect(times()).toEqual([]);
    keyed.advanceWatermark(Infinity);
    expect(times()).toEqual([Infinity]);
  });

  it('registered after the last watermark never fire, for no advance follows it', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    keyed.advanceWatermark(Infinity);
    timers.registerEventTimeTimer('', 5);
    expect([times(), timers.numEventTimeTimers()]).toEqual([[], 1]);
  });

  it('registered again from their own callback fire again in the same advance while their time has passed', () => {
    const { keyed, timers, times, onFire } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', 5);
    onFire(({ timestamp }) => timers.registerEventTimeTimer('', timestamp + 5));
    keyed.advanceWatermark(17);
    expect([times(), timers.numEventTimeTimers()]).toEqual([[5, 10, 15], 1]);
  });

  it('before the beginning of event time fire at its first advance', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', -1e15);
    expect(times()).toEqual([]);
    keyed.advanceWatermark(-1e15);
    expect(times()).toEqual([-1e15]);
  });

  it('and processing-time timers of the same time are independent', () => {
    const { keyed, timers, fired, clock } = setUp();
    keyed.setCurrentKey('a');
    timers.registerEventTimeTimer('', 5);
    timers.registerProcessingTimeTimer('', 5);
    timers.deleteEventTimeTimer('', 5);
    clock.advance(6);
    expect(fired.map(({ kind }) => kind)).toEqual(['processing']);
  });

  it('need a key and a time that is a number', () => {
    const { keyed, timers } = setUp();
    expect(() => timers.registerEventTimeTimer('', 1)).toThrow(expect.objectContaining({ code: 'STATE_ACCESS' }));
    keyed.setCurrentKey('a');
    expect(() => timers.registerEventTimeTimer('', Number.NaN)).toThrow(/epoch milliseconds; NaN came/);
    expect(() => timers.registerProcessingTimeTimer('', new Date(0) as never)).toThrow(/a Date came/);
  });

  it('can be looked through', () => {
    const { keyed, timers } = setUp();
    keyed.setCurrentKey([1, 'a']);
    timers.registerEventTimeTimer('w', 5);
    timers.registerEventTimeTimer('v', 5);
    const seen: unknown[] = [];
    timers.forEachEventTimeTimer(({ key, namespace, timestamp }) => seen.push([key, namespace, timestamp]));
    expect(seen).toEqual([[[1, 'a'], 'w', 5], [[1, 'a'], 'v', 5]]);
  });
});

describe('processing-time timers', () => {
  it('run one millisecond after their time, so that no record of that millisecond can follow', () => {
    const { keyed, timers, times, clock } = setUp();
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 10);
    clock.advance(10);
    expect(times()).toEqual([]);
    clock.advance(1);
    expect(times()).toEqual([10]);
  });

  it('run in ascending order, each with its key and namespace set', () => {
    const { keyed, timers, fired, clock } = setUp();
    for (const [key, time] of [['b', 30], ['a', 10], ['c', 20]] as const) {
      keyed.setCurrentKey(key);
      timers.registerProcessingTimeTimer(`of ${key}`, time);
    }
    clock.advance(100);
    expect(fired.map(({ kind, key, namespace, time }) => [kind, key, namespace, time])).toEqual([['processing', 'a', 'of a', 10], ['processing', 'c', 'of c', 20], ['processing', 'b', 'of b', 30]]);
  });

  it('of the past run as soon as the task is free', () => {
    const { keyed, timers, times, clock } = setUp(new ManualClock(1000));
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 999);
    expect(times()).toEqual([]);
    clock.advance(0);
    expect(times()).toEqual([999]);
  });

  it('of the present run one millisecond later, as if they lay ahead', () => {
    const { keyed, timers, times, clock } = setUp(new ManualClock(1000));
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 1000);
    clock.advance(0);
    expect(times()).toEqual([]);
    clock.advance(1);
    expect(times()).toEqual([1000]);
  });

  it('are scheduled on the clock one at a time, the earliest', () => {
    const { keyed, timers, times, clock } = setUp();
    keyed.setCurrentKey('a');
    for (const time of [30, 10, 20, 5]) timers.registerProcessingTimeTimer('', time);
    expect(clock.scheduled).toBe(1);
    timers.deleteProcessingTimeTimer('', 5);
    clock.advance(25);
    expect(times()).toEqual([10, 20]);
    expect(clock.scheduled).toBe(1);
    clock.advance(10);
    expect(times()).toEqual([10, 20, 30]);
    expect(clock.scheduled).toBe(0);
  });

  it('that wait when input ends are dropped, and new ones are not taken', () => {
    const { keyed, timers, times, clock } = setUp();
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 10);
    keyed.quiesce();
    expect([timers.numProcessingTimeTimers(), clock.scheduled]).toEqual([0, 0]);
    timers.registerProcessingTimeTimer('', 20);
    expect([timers.numProcessingTimeTimers(), clock.scheduled]).toEqual([0, 0]);
    clock.advance(100);
    expect(times()).toEqual([]);
    expect(clock.scheduled).toBe(0);
  });

  it('further away than the machine can count fire in their time', () => {
    const { keyed, timers, times, clock } = setUp();
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 3e9);
    timers.registerProcessingTimeTimer('', Infinity);
    clock.advance(2.9e9);
    expect(times()).toEqual([]);
    clock.advance(2e8);
    expect(times()).toEqual([3e9]);
  });

  it.each([
    [400, 'are waited for', [], [10_000]],
    [3_600_000, 'no timer waits longer for', [10_000], [10_000]],
  ])('a clock that is set back by %i ms %s', (back, _, after, later) => {
    const clock = new SetBackClock(5_000);
    const { keyed, timers, times } = setUp(clock);
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 10_000);
    clock.back = back;
    clock.advance(5_001);
    expect(times()).toEqual(after);
    clock.advance(400);
    expect(times()).toEqual(later);
  });

  it('of a clock that was set back by an hour: the earliest fires when its time has passed, the next wait for the clock, as in Flink', () => {
    const clock = new SetBackClock(5_000);
    const { keyed, timers, times } = setUp(clock);
    keyed.setCurrentKey('a');
    for (const time of [10_000, 20_000]) timers.registerProcessingTimeTimer('', time);
    clock.back = 3_600_000;
    clock.advance(5_001);
    expect(times()).toEqual([10_000]);
    clock.advance(3_600_000);
    expect(times()).toEqual([10_000]);
    clock.advance(10_000);
    expect(times()).toEqual([10_000, 20_000]);
  });

  it('of a clock that was set forward: the earliest fires when its time has passed, with it all that the clock has left behind, as in Flink', () => {
    const clock = new SetBackClock(5_000);
    const { keyed, timers, times } = setUp(clock);
    keyed.setCurrentKey('a');
    for (const time of [10_000, 20_000, 3_700_000]) timers.registerProcessingTimeTimer('', time);
    clock.back = -3_600_000;
    clock.advance(5_000);
    expect(times()).toEqual([]);
    clock.advance(1);
    expect(times()).toEqual([10_000, 20_000]);
    timers.registerProcessingTimeTimer('', clock.now() - 1);
    clock.advance(0);
    expect(times()).toEqual([10_000, 20_000, clock.now() - 1]);
    clock.advance(90_000);
    expect(times().at(-1)).toBe(3_700_000);
  });

  it('of a clock that was set back may register others by it, which wait for it, and delete them', () => {
    const clock = new SetBackClock(5_000);
    const { keyed, timers, times, onFire } = setUp(clock);
    keyed.setCurrentKey('a');
    for (const time of [9_000, 10_000]) timers.registerProcessingTimeTimer('', time);
    clock.advance(4_001);
    onFire(() => {
      timers.registerProcessingTimeTimer('', clock.now() + 100);
      timers.registerProcessingTimeTimer('', clock.now() + 50);
      timers.deleteProcessingTimeTimer('', clock.now() + 50);
    });
    clock.back = 5_000;
    clock.advance(1_000);
    expect(times()).toEqual([9_000, 10_000]);
    clock.advance(250);
    expect(times()).toEqual([9_000, 10_000, 5_101, 5_202]);
  });

  it('registered in a callback run in turn', () => {
    const { keyed, timers, times, clock, onFire } = setUp();
    keyed.setCurrentKey('a');
    timers.registerProcessingTimeTimer('', 10);
    onFire(({ timestamp }) => {
      if (timestamp < 30) timers.registerProcessingTimeTimer('', timestamp + 10);
    });
    clock.advance(100);
    expect(times()).toEqual([10, 20, 30]);
  });
});

// The model: a list, searched from the front.
class NaiveTimers {
  list: { key: number; namespace: string; time: number }[] = [];
  register(key: number, namespace: string, time: number): void {
    if (!this.list.some((t) => t.key === key && t.namespace === namespace && t.time === time)) this.list.push({ key, namespace, time });
  }
  delete(key: number, namespace: string, time: number): void {
    this.list = this.list.filter((t) => !(t.key === key && t.namespace === namespace && t.time === time));
  }
  popDue(watermark: number): number | undefined {
    const due = Math.min(...this.list.map(({ time }) => time));
    return due <= watermark ? due : undefined;
  }
}

const operation = fc.record({
  op: fc.constantFrom('register', 'register', 'delete', 'advance'),
  key: fc.integer({ min: 0, max: 7 }),
  namespace: fc.constantFrom('', 'w', 'v'),
  // Few enough that many timers share a time.
  time: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 9, max: 10 })),
});

describe('the timer service', () => {
  it('does what a searched list does, for any order of calls, also from callbacks', () => {
    fc.assert(fc.property(fc.array(operation, { maxLength: 80 }), fc.array(operation, { maxLength: 12 }), (calls, inCallbacks) => {
      const { keyed, timers, onFire } = setUp();
      const model = new NaiveTimers();
      let watermark = -Infinity;
      let left = [...inCallbacks];
      const apply = ({ op, key, namespace, time }: (typeof calls)[number]): void => {
        if (op === 'register') {
          timers.registerEventTimeTimer(namespace, time);
          model.register(key, namespace, time);
        } else {
          timers.deleteEventTimeTimer(namespace, time);
          model.delete(key, namespace, time);
        }
      };
      onFire(({ key, namespace, timestamp }) => {
        // Which of several equal times goes first is not defined; that it is the smallest is.
        expect(model.popDue(watermark)).toBe(timestamp);
        expect(model.list).toContainEqual({ key, namespace, time: timestamp });
        expect(keyed.getCurrentKey()).toBe(key);
        model.delete(key as number, namespace, timestamp);
        const next = left.shift();
        if (next && next.op !== 'advance') apply({ ...next, key: key as number });
      });
      for (const call of calls) {
        if (call.op === 'advance') {
          watermark = Math.max(watermark, call.time);
          keyed.advanceWatermark(watermark);
          expect(model.popDue(watermark)).toBeUndefined();
        } else {
          keyed.setCurrentKey(call.key);
          apply(call);
        }
        expect(timers.numEventTimeTimers()).toBe(model.list.length);
      }
      left = [];
    }), { numRuns: 500 });
  });

  it('forgets the times of timers that were deleted', () => {
    const { keyed, timers, times } = setUp();
    keyed.setCurrentKey('a');
    for (let time = 1; time <= 10_000; time++) {
      timers.registerEventTimeTimer('', time);
      if (time % 100 !== 0) timers.deleteEventTimeTimer('', time);
    }
    keyed.advanceWatermark(10_000);
    expect(times()).toEqual(Array.from({ length: 100 }, (_, i) => (i + 1) * 100));
  });

  it('has a namespace for those who need none', () => {
    expect(voidNamespaceKey()).toBe(VOID_NAMESPACE);
  });
});
