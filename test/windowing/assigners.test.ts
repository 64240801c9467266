import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import { Time } from '../../src/core/time.js';
import { NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { EndOfStreamTrigger } from '../../src/windowing/end-of-stream-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { NeverTrigger } from '../../src/windowing/never-trigger.js';
import { ProcessingTimeTrigger } from '../../src/windowing/processing-time-trigger.js';
import { DynamicProcessingTimeSessionWindows, EventTimeSessionWindows, ProcessingTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from '../../src/windowing/sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { GlobalWindow, mergeTimeWindows, TimeWindow } from '../../src/windowing/window.js';
import type { WindowAssigner } from '../../src/windowing/window-assigner.js';

const at = (now: number, random = 0.5) => ({ getCurrentProcessingTime: () => now, random: () => random });
const spans = (assigner: WindowAssigner<never, TimeWindow>, timestamp: number, now = 0): number[][] =>
  assigner.assignWindows('x' as never, timestamp, at(now)).map(({ start, end }) => [start, end]);

describe('a time window', () => {
  it('reaches from its start up to, but without, its end', () => {
    const window = new TimeWindow(0, 5000);
    expect(window.maxTimestamp()).toBe(4999);
    expect([window.getStart(), window.getEnd()]).toEqual([0, 5000]);
    expect(String(window)).toBe('TimeWindow{start=0, end=5000}');
  });

  it('equals every window with the same start and end', () => {
    expect(new TimeWindow(0, 5).equals(new TimeWindow(0, 5))).toBe(true);
    expect(new TimeWindow(0, 5).identity()).toBe(new TimeWindow(0, 5).identity());
    expect(new TimeWindow(0, 5).equals(new TimeWindow(0, 6))).toBe(false);
    expect(new TimeWindow(0, 5).identity()).not.toBe(new TimeWindow(0, 6).identity());
  });
});

describe('the aligned start', () => {
  it.each([
    [0, 0, 5000, 0], [4999, 0, 5000, 0], [5000, 0, 5000, 5000],
    [-1, 0, 5000, -5000], [-5000, 0, 5000, -5000], [-5001, 0, 5000, -10000],
    [0, 100, 5000, -4900], [99, 100, 5000, -4900], [100, 100, 5000, 100],
    [-1, -100, 5000, -100], [-101, -100, 5000, -5100],
  ])('of time %d with offset %d and size %d is %d', (time, offset, size, start) => {
    expect(TimeWindow.getWindowStartWithOffset(time, offset, size)).toBe(start);
  });
});

it.each([[-1, -5000], [-5000, -5000], [-5001, -10_000], [-4999, -5000], [-10_000, -10_000]])('the aligned window of a time before 1970 starts at or before it: %d in the one of %d', (time, start) => {
  expect(spans(TumblingEventTimeWindows.of(5000), time)).toEqual([[start, start + 5000]]);
  expect(spans(TumblingProcessingTimeWindows.of(5000), NO_TIMESTAMP, time)).toEqual([[start, start + 5000]]);
  expect(spans(SlidingEventTimeWindows.of(5000, 5000), time)).toEqual([[start, start + 5000]]);
});

describe('tumbling windows', () => {
  it('put each element into the one window its timestamp falls into', () => {
    const assigner = TumblingEventTimeWindows.of(5000);
    expect([0, 4999, 5000, -1].map((time) => spans(assigner, time)[0])).toEqual([[0, 5000], [0, 5000], [5000, 10000], [-5000, 0]]);
  });

  it('are shifted by an offset, also a negative one', () => {
    expect(spans(TumblingEventTimeWindows.of(5000, 100), 0)).toEqual([[-4900, 100]]);
    expect(spans(TumblingEventTimeWindows.of(Time.seconds(5), -100), 4900)).toEqual([[4900, 9900]]);
  });

  it('refuse an offset as large as the size, and a size of zero', () => {
    for (const make of [() => TumblingEventTimeWindows.of(5, 5), () => TumblingEventTimeWindows.of(5, -5), () => TumblingEventTimeWindows.of(0), () => TumblingProcessingTimeWindows.of(-1)]) {
      expect(make).toThrow(/\|offset\| </);
    }
  });

  it('by processing time use the clock and ignore the timestamp, which may be missing', () => {
    expect(spans(TumblingProcessingTimeWindows.of(5000), NO_TIMESTAMP, 7000)).toEqual([[5000, 10000]]);
    expect(spans(TumblingProcessingTimeWindows.of(5000), 0, 7000)).toEqual([[5000, 10000]]);
  });

  it('with the stagger ALIGNED all start together, RANDOM shifts by a part of the size, NATURAL starts with the first element', () => {
    expect(spans(TumblingEventTimeWindows.of(1000, 0, 'ALIGNED'), 10)).toEqual([[0, 1000]]);
    const random = TumblingEventTimeWindows.of(1000, 0, 'RANDOM').forSubtask();
    expect(random.assignWindows('x', 10, at(0, 0.25))[0]).toMatchObject({ start: -750, end: 250 });
    const natural = TumblingProcessingTimeWindows.of(1000, 0, 'NATURAL').forSubtask();
    expect(natural.assignWindows('x', 0, at(5150))[0]).toMatchObject({ start: 5150, end: 6150 });
  });

  it('decide their stagger once for each subtask, at its first element', () => {
    const assigner = TumblingProcessingTimeWindows.of(1000, 0, 'NATURAL');
    const [first, second] = [assigner.forSubtask(), assigner.forSubtask()];
    expect(first.assignWindows('x', 0, at(100))[0]!.start).toBe(100);
    expect(first.assignWindows('x', 0, at(1700))[0]!.start).toBe(1100);
    expect(second.assignWindows('x', 0, at(1700))[0]!.start).toBe(1700);
  });

  it('add stagger and offset, within the size', () => {
    const assigner = TumblingEventTimeWindows.of(1000, 900, 'RANDOM').forSubtask();
    expect(assigner.assignWindows('x', 0, at(0, 0.5))[0]!.start).toBe(-600);
  });
});

describe('sliding windows', () => {
  it('put an element into every window that holds its timestamp, latest first', () => {
    expect(spans(SlidingEventTimeWindows.of(5000, 1000), 4999)).toEqual([[4000, 9000], [3000, 8000], [2000, 7000], [1000, 6000], [0, 5000]]);
    expect(spans(SlidingEventTimeWindows.of(5000, 1000), -1)).toEqual([[-1000, 4000], [-2000, 3000], [-3000, 2000], [-4000, 1000], [-5000, 0]]);
  });

  it('whose size is no multiple of the slide hold an element in the floor or the ceiling of size / slide windows', () => {
    expect(spans(SlidingEventTimeWindows.of(5000, 2000), 500)).toEqual([[0, 5000], [-2000, 3000], [-4000, 1000]]);
    expect(spans(SlidingEventTimeWindows.of(5000, 2000), 1500)).toEqual([[0, 5000], [-2000, 3000]]);
  });

  it('that slide by more than their size leave the elements between them without a window', () => {
    const assigner = SlidingEventTimeWindows.of(1000, 3000);
    expect([999, 1000, 2999].map((time) => spans(assigner, time))).toEqual([[[0, 1000]], [], []]);
  });

  it('are shifted by an offset smaller than the slide', () => {
    expect(spans(SlidingEventTimeWindows.of(2000, 1000, 50), 30)).toEqual([[-950, 1050], [-1950, 50]]);
  });

  it('refuse an offset as large as the slide, also a negative one, though it be smaller than the size', () => {
    for (const make of [SlidingEventTimeWindows.of, SlidingProcessingTimeWindows.of]) {
      for (const offset of [1000, -1000, 1500, -1500]) expect(() => make(2000, 1000, offset)).toThrow(/\|offset\| </);
      for (const offset of [999, -999]) expect(() => make(2000, 1000, offset)).not.toThrow();
    }
  });

  it('refuse a size of zero, and size / slide of more than 10,000,000', () => {
    expect(() => SlidingEventTimeWindows.of(0, 1)).toThrow(/size of more than 0/);
    expect(() => SlidingEventTimeWindows.of(10_000_001, 1)).toThrow(/at most 10000000/);
    for (const [size, slide] of [[10_000_000, 1], [20_000_000, 2]] as const) expect(() => SlidingEventTimeWindows.of(size, slide)).not.toThrow();
    expect(() => SlidingProcessingTimeWindows.of(20_000_002, 2)).toThrow(/at most 10000000/);
  });

  it('by processing time use the clock', () => {
    expect(spans(SlidingProcessingTimeWindows.of(2000, 1000), NO_TIMESTAMP, 1500)).toEqual([[1000, 3000], [0, 2000]]);
  });
});

describe('sessions', () => {
  it('start as the element’s own window of one gap', () => {
    expect(spans(EventTimeSessionWindows.withGap(3000), 1000)).toEqual([[1000, 4000]]);
    expect(spans(ProcessingTimeSessionWindows.withGap(3000), NO_TIMESTAMP, 5)).toEqual([[5, 3005]]);
  });

  it('need a gap above zero, fixed or for each element', () => {
    expect(() => EventTimeSessionWindows.withGap(0)).toThrow(/more than 0/);
    const dynamic = EventTimeSessionWindows.withDynamicGap<number>((gap) => gap);
    expect(dynamic.assignWindows(7, 100)[0]).toMatchObject({ start: 100, end: 107 });
    expect(() => dynamic.assignWindows(0, 100)).toThrow(/more than 0/);
    expect(ProcessingTimeSessionWindows.withDynamicGap({ extract: (gap: number) => gap }).assignWindows(2, 0, at(8))[0]).toMatchObject({ start: 8, end: 10 });
  });

  it('merge when they overlap or touch, not when they are a millisecond apart', () => {
    const merges: string[] = [];
    const windows = [new TimeWindow(10, 13), new TimeWindow(0, 3), new TimeWindow(3, 6), new TimeWindow(14, 17), new TimeWindow(7, 8)];
    mergeTimeWindows(windows, (group, cover) => void merges.push(`${group.join(' ')} -> ${cover}`));
    expect(merges).toEqual(['TimeWindow{start=0, end=3} TimeWindow{start=3, end=6} -> TimeWindow{start=0, end=6}']);
  });

  it('inside a longer one do not shorten it', () => {
    const merges: TimeWindow[] = [];
    mergeTimeWindows([new TimeWindow(0, 100), new TimeWindow(10, 20), new TimeWindow(90, 110)], (_, cover) => void merges.push(cover));
    expect(merges).toMatchObject([{ start: 0, end: 110 }]);
  });
});

describe('global windows', () => {
  it('are one window that ends with the stream, in which nothing is late', () => {
    const assigner = GlobalWindows.create();
    expect(assigner.assignWindows()).toEqual([GlobalWindow.get()]);
    expect(GlobalWindow.get().maxTimestamp()).toBe(Infinity);
    expect(assigner.isEventTime()).toBe(false);
  });
});

describe('every assigner', () => {
  it('brings the trigger of its kind of time', () => {
    for (const assigner of [TumblingEventTimeWindows.of(1), SlidingEventTimeWindows.of(1, 1), EventTimeSessionWindows.withGap(1)]) {
      expect([assigner.getDefaultTrigger(), assigner.isEventTime()]).toEqual([EventTimeTrigger.create(), true]);
    }
    for (const assigner of [TumblingProcessingTimeWindows.of(1), SlidingProcessingTimeWindows.of(1, 1), ProcessingTimeSessionWindows.withGap(1)]) {
      expect([assigner.getDefaultTrigger(), assigner.isEventTime()]).toEqual([ProcessingTimeTrigger.create(), false]);
    }
    expect(GlobalWindows.create().getDefaultTrigger()).toBeInstanceOf(NeverTrigger);
    expect(GlobalWindows.createWithEndOfStreamTrigger().getDefaultTrigger()).toBeInstanceOf(EndOfStreamTrigger);
    expect(() => ContinuousEventTimeTrigger.of(0)).toThrow(FlinkError);
  });

  it('by event time refuses an element without a timestamp, naming the call that is missing', () => {
    for (const assigner of [TumblingEventTimeWindows.of(1), SlidingEventTimeWindows.of(1, 1), EventTimeSessionWindows.withGap(1)]) {
      expect(() => assigner.assignWindows('x', NO_TIMESTAMP, at(0))).toThrow(expect.objectContaining({ code: 'TIMESTAMP_MISSING', hint: expect.stringContaining('assignTimestampsAndWatermarks') }));
    }
  });

  it('tells its settings in plans, as Flink does', () => {
    const assigners = [
      TumblingEventTimeWindows.of('5 s'), TumblingProcessingTimeWindows.of('5 s'), SlidingEventTimeWindows.of('5 s', '1 s'), SlidingProcessingTimeWindows.of('5 s', '1 s'),
      EventTimeSessionWindows.withGap('5 s'), ProcessingTimeSessionWindows.withGap('5 s'), EventTimeSessionWindows.withDynamicGap(() => 1), DynamicProcessingTimeSessionWindows.withDynamicGap(() => 1), GlobalWindows.create(),
    ];
    expect(assigners.map(String)).toEqual([
      'TumblingEventTimeWindows(5000)', 'TumblingProcessingTimeWindows(5000)', 'SlidingEventTimeWindows(5000, 1000)', 'SlidingProcessingTimeWindows(5000, 1000)',
      'EventTimeSessionWindows(5000)', 'ProcessingTimeSessionWindows(5000)', 'DynamicEventTimeSessionWindows()', 'DynamicProcessingTimeSessionWindows()', 'GlobalWindows()',
    ]);
  });

  it('saturates times beyond the safe range', () => {
    for (const assigner of [TumblingEventTimeWindows.of(1000), SlidingEventTimeWindows.of(2000, 1000), EventTimeSessionWindows.withGap(1000)]) {
      for (const time of [Infinity, 1e300, -1e300]) {
        for (const { start, end } of assigner.assignWindows('x', time, at(0))) expect([Number.isSafeInteger(start), Number.isSafeInteger(end), start < end]).toEqual([true, true, true]);
      }
    }
  });
});
