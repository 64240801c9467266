import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { SplitWatermarks } from '../../src/operators/split-watermarks.js';
import { SubtaskMetricGroup } from '../../src/runtime/subtask-metric-group.js';

let sent: (number | string)[];
let metrics: SubtaskMetricGroup;
let splits: SplitWatermarks;

beforeEach(() => {
  sent = [];
  metrics = new SubtaskMetricGroup();
  splits = new SplitWatermarks({ emitWatermark: (watermark) => void sent.push(watermark as number), markIdle: () => void sent.push('idle'), markActive: () => void sent.push('active') }, metrics, { now: () => 100 });
});

const gauge = (name: string): unknown => (metrics.metrics.get(name)?.metric as (() => unknown) | undefined)?.();

describe('the watermark of a subtask that reads several splits', () => {
  it('is the smallest of theirs, and waits for one that has given none', () => {
    const [a, b] = [splits.of('a'), splits.of('b')];
    a.emitWatermark(5);
    expect(sent).toEqual([]);
    b.emitWatermark(3);
    b.emitWatermark(7);
    expect(sent).toEqual([3, 5]);
  });

  it('never goes back, also when a split comes that is behind', () => {
    splits.of('a').emitWatermark(5);
    splits.of('b').emitWatermark(1);
    splits.of('a').emitWatermark(9);
    expect(sent).toEqual([5]);
    splits.of('b').emitWatermark(6);
    expect(sent).toEqual([5, 6]);
  });

  it('does not wait for a split that is idle, nor for one that has been read', () => {
    splits.of('a').emitWatermark(5);
    splits.of('b').emitWatermark(1);
    splits.of('c').emitWatermark(2);
    splits.of('b').markIdle();
    expect(sent).toEqual([5]);
    splits.of('a').emitWatermark(8);
    splits.of('c').emitWatermark(6);
    splits.release('c');
    expect(sent).toEqual([5, 6, 8]);
  });

  it('is the largest of all when all are idle, then the subtask is; it is active again with a larger one', () => {
    splits.of('a').emitWatermark(5);
    splits.of('b').emitWatermark(2);
    splits.of('a').markIdle();
    splits.of('b').markIdle();
    expect(sent).toEqual([5, 'idle']);
    splits.of('b').emitWatermark(4);
    expect(sent).toEqual([5, 'idle']);
    splits.of('b').emitWatermark(6);
    expect(sent).toEqual([5, 'idle', 6]);
  });

  it('stays where it is when no split is left', () => {
    splits.of('a').emitWatermark(5);
    splits.release('a');
    splits.release('a');
    expect(sent).toEqual([5]);
  });

  it('never passes the slowest split that is not idle', () => {
    const step = fc.record({ split: fc.constantFrom('a', 'b', 'c'), do: fc.constantFrom('watermark', 'idle', 'release'), time: fc.nat({ max: 50 }) });
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const out: number[] = [];
      const under = new SplitWatermarks({ emitWatermark: (time) => void out.push(time as number), markIdle() {}, markActive() {} }, new SubtaskMetricGroup(), { now: () => 0 });
      const times = new Map<string, { time: number; idle: boolean }>();
      for (const { split, do: what, time } of steps) {
        const before = out.at(-1) ?? -Infinity;
        const known = times.get(split) ?? { time: -Infinity, idle: false };
        if (what === 'watermark') {
          under.of(split).emitWatermark(time);
          times.set(split, { time: Math.max(known.time, time), idle: false });
        } else if (what === 'idle') {
          under.of(split).markIdle();
          times.set(split, { ...known, idle: true });
        } else {
          under.release(split);
          times.delete(split);
        }
        const all = [...times.values()];
        const active = all.filter(({ idle }) => !idle).map((each) => each.time);
        const now = all.length === 0 ? before : active.length > 0 ? Math.min(...active) : Math.max(...all.map((each) => each.time));
        expect(out.at(-1) ?? -Infinity).toBe(Math.max(before, now));
      }
    }));
  });
});

describe('the metrics of splits', () => {
  it('say how far each has come, and go with it', () => {
    splits.of('a').emitWatermark(60);
    splits.of('b').markIdle();
    expect(['a', 'b'].map((id) => [gauge(`split.${id}.currentWatermark`), gauge(`split.${id}.watermarkLag`), gauge(`split.${id}.isIdle`)])).toEqual([[60, 40, false], [-Infinity, undefined, true]]);
    splits.release('a');
    expect([...metrics.metrics.keys()].filter((name) => name.startsWith('split.a.'))).toEqual([]);
    expect(gauge('split.b.isIdle')).toBe(true);
  });
});
