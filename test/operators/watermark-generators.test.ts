import { beforeEach, describe, expect, it } from 'vitest';
import { AscendingTimestampsWatermarks, BoundedOutOfOrdernessWatermarks, Duration, FlinkError, MIN_TIMESTAMP, NoWatermarksGenerator, WatermarkStrategy, WatermarksWithIdleness } from '../../src/index.js';
import type { WatermarkGenerator, WatermarkOutput } from '../../src/operators/watermark-generator.js';

let said: (number | string)[];
let now: number;
let output: WatermarkOutput;
beforeEach(() => {
  said = [];
  now = 0;
  output = { emitWatermark: (watermark) => void said.push(watermark as number), markIdle: () => void said.push('idle'), markActive: () => void said.push('active') };
});

/** What a tick says. */
function tick(generator: WatermarkGenerator<string>): number | string | undefined {
  generator.onPeriodicEmit(output);
  return said.pop();
}

describe('a generator for bounded disorder', () => {
  it('has no watermark before the first record, whatever the bound', () => {
    expect([tick(new BoundedOutOfOrdernessWatermarks(0)), tick(new BoundedOutOfOrdernessWatermarks(Duration.ofDays(1000)))]).toEqual([MIN_TIMESTAMP, MIN_TIMESTAMP]);
  });

  it('says nothing with a record, and the largest timestamp - bound - 1 at a tick', () => {
    const generator = new BoundedOutOfOrdernessWatermarks<string>('10 ms');
    generator.onEvent('a', 12345, output);
    expect(said).toEqual([]);
    expect(tick(generator)).toBe(12334);
    generator.onEvent('b', 12340, output);
    expect(tick(generator)).toBe(12334);
    generator.onEvent('c', 12400, output);
    expect(tick(generator)).toBe(12389);
  });

  it('takes times before 1970', () => {
    const generator = new BoundedOutOfOrdernessWatermarks<string>(5);
    generator.onEvent('a', -100, output);
    expect(tick(generator)).toBe(-106);
  });

  it('refuses a bound below zero', () => {
    expect(() => new BoundedOutOfOrdernessWatermarks(-1)).toThrow('BoundedOutOfOrdernessWatermarks takes a duration of at least 0; -1 ms came');
  });
});

it('a generator for ascending timestamps says the largest one - 1', () => {
  const generator = new AscendingTimestampsWatermarks<string>();
  generator.onEvent('a', 12345, output);
  expect(tick(generator)).toBe(12344);
  generator.onEvent('b', 1, output);
  expect(tick(generator)).toBe(12344);
});

it('a generator of no watermarks says nothing', () => {
  const generator = new NoWatermarksGenerator<string>();
  generator.onEvent('a', 12345, output);
  expect(tick(generator)).toBeUndefined();
});

describe('a generator with idleness', () => {
  const make = (timeout = 10): WatermarksWithIdleness<string> => new WatermarksWithIdleness(new AscendingTimestampsWatermarks<string>(), timeout, { activeMs: () => now });

  it('begins without being idle', () => {
    expect(tick(make())).toBe(MIN_TIMESTAMP);
  });

  it('that never gets a record is idle once longer than the timeout has passed since the first tick', () => {
    const generator = make();
    tick(generator);
    now = 10;
    expect(tick(generator)).toBe(MIN_TIMESTAMP);
    now = 11;
    expect(tick(generator)).toBe('idle');
  });

  it('declares itself idle once, not at every tick', () => {
    const generator = make();
    for (now = 0; now < 100; now += 5) generator.onPeriodicEmit(output);
    expect(said.filter((each) => each === 'idle')).toHaveLength(1);
  });

  it('is not idle while records come, however slowly time goes on between them', () => {
    const generator = make();
    for (now = 0; now < 100; now += 9) {
      generator.onEvent('a', now, output);
      generator.onPeriodicEmit(output);
    }
    expect(said).not.toContain('idle');
  });

  it('goes on with the first record after it was idle, and can become idle again', () => {
    const generator = make();
    tick(generator);
    now = 20;
    expect(tick(generator)).toBe('idle');
    generator.onEvent('a', 100, output);
    expect(tick(generator)).toBe(99);
    now = 40;
    expect(tick(generator)).toBe(99);
    now = 51;
    expect(tick(generator)).toBe('idle');
  });

  it('is found idle after more than the timeout and at worst three ticks later, wherever between two ticks its last record came', () => {
    const [interval, delays] = [200, new Set<number>()];
    for (const timeout of [1, 200, 1000, 1001]) for (const last of [0, 1, 100, 199]) {
      now = 0;
      const generator = make(timeout);
      let idleAt = 0;
      for (now = interval; idleAt === 0; now += interval) {
        if (now === 2 * interval) generator.onEvent('a', 1, output);
        if (tick(generator) === 'idle') idleAt = now;
      }
      const delay = idleAt - (interval + last);
      expect([delay > timeout, delay <= timeout + 3 * interval]).toEqual([true, true]);
      delays.add(delay - timeout);
    }
    expect(Math.max(...delays)).toBe(3 * interval);
  });

  it('refuses a timeout that is not positive', () => {
    for (const timeout of [0, -1]) expect(() => make(timeout)).toThrow(FlinkError);
  });

  it('can be made by a program', () => {
    const strategy = WatermarkStrategy.forGenerator<string>((context) => new WatermarksWithIdleness(new BoundedOutOfOrdernessWatermarks<string>('1 s'), '1 min', context));
    expect(strategy.generatesWatermarks).toBe(true);
  });
});
