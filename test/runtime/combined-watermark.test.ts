import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP } from '../../src/core/timestamp.js';
import { CombinedWatermark } from '../../src/runtime/combined-watermark.js';

type Out = number | 'idle' | 'active';

function inputs(count = 2): { of: CombinedWatermark; out: Out[] } {
  const out: Out[] = [];
  return { of: new CombinedWatermark(count, { watermark: (timestamp) => out.push(timestamp), idle: (idle) => out.push(idle ? 'idle' : 'active') }), out };
}

describe('event time of an operator with several inputs', () => {
  it('is the smallest over its inputs, and does not exist before each has sent a watermark', () => {
    const { of, out } = inputs(3);
    of.watermark(0, 10);
    of.watermark(1, 7);
    expect(out).toEqual([]);
    of.watermark(2, 30);
    of.watermark(1, 12);
    expect(out).toEqual([7, 10]);
  });

  it('leaves out inputs that are idle', () => {
    const { of, out } = inputs();
    of.watermark(0, 1);
    of.idle(1, true);
    of.watermark(0, 3);
    expect(out).toEqual([1, 3]);
  });

  it('waits for an input again as soon as that is active, however far behind it is', () => {
    const { of, out } = inputs();
    of.idle(1, true);
    of.watermark(0, 3);
    of.idle(1, false);
    of.watermark(0, 4);
    expect(out).toEqual([3]);
    of.watermark(1, 2);
    expect(out).toEqual([3]);
    of.watermark(1, 9);
    expect(out).toEqual([3, 4]);
  });

  it('goes idle when all inputs are, after the largest watermark of any of them', () => {
    const { of, out } = inputs();
    of.watermark(0, 9);
    of.watermark(1, 4);
    of.idle(1, true);
    of.idle(0, true);
    expect(out).toEqual([4, 9, 'idle']);
  });

  it('is active again with the first input that is', () => {
    const { of, out } = inputs();
    of.idle(0, true);
    of.idle(1, true);
    of.idle(1, false);
    of.idle(0, false);
    expect(out).toEqual(['idle', 'active']);
  });

  it('hears nothing new from a status that an input has already', () => {
    const { of, out } = inputs();
    of.idle(0, false);
    of.idle(0, true);
    of.idle(0, true);
    of.idle(1, true);
    of.idle(1, true);
    expect(out).toEqual(['idle']);
  });

  it('takes a watermark for a sign of activity', () => {
    const { of, out } = inputs();
    of.idle(0, true);
    of.idle(1, true);
    of.watermark(0, 5);
    expect(out).toEqual(['idle', 'active', 5]);
    of.watermark(1, 3);
    of.watermark(0, 8);
    expect(out).toEqual(['idle', 'active', 5]);
  });

  it('ends when all inputs have', () => {
    const { of, out } = inputs();
    of.watermark(0, MAX_TIMESTAMP);
    of.watermark(1, 6);
    of.watermark(1, MAX_TIMESTAMP);
    expect(out).toEqual([6, MAX_TIMESTAMP]);
  });

  it('never goes back, and never passes an active input that has not been left behind already', () => {
    const step = fc.record({ input: fc.nat(2), time: fc.nat(50), kind: fc.constantFrom('watermark', 'watermark', 'idle', 'active') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { of, out } = inputs(3);
        const [highest, idle] = [[-1, -1, -1], [false, false, false]];
        for (const { input, time, kind } of steps) {
          const before = Math.max(-1, ...watermarks(out));
          if (kind === 'watermark') {
            highest[input] = Math.max(highest[input]!, time);
            idle[input] = false;
            of.watermark(input, time);
          } else {
            idle[input] = kind === 'idle';
            of.idle(input, idle[input]);
          }
          const active = highest.filter((_, at) => !idle[at]);
          const expected = active.length > 0 ? Math.min(...active) : Math.max(...highest);
          expect(Math.max(-1, ...watermarks(out))).toBe(Math.max(before, expected));
        }
        const all = watermarks(out);
        expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
      }),
    );
  });
});

function watermarks(out: readonly Out[]): number[] {
  return out.filter((each) => typeof each === 'number');
}
