/**
 * The window operators against a naive model, over random assigners, triggers, lateness and orders of events.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { ContinuousProcessingTimeTrigger } from '../../src/windowing/continuous-processing-time-trigger.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { ProcessingTimeTrigger } from '../../src/windowing/processing-time-trigger.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { EventTimeSessionWindows, ProcessingTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from '../../src/windowing/sliding-windows.js';
import type { Trigger } from '../../src/windowing/trigger.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import type { WindowAssigner } from '../../src/windowing/window-assigner.js';
import type { TimeWindow, Window } from '../../src/windowing/window.js';
import { naiveModel, type Spec, type Step } from './naive-model.js';
import { gathered, type Item, windows } from './windows.js';

/** Cases against the model, all tests together. */
const RUNS = Number(process.env['WINDOW_RUNS'] ?? 10_000);
const SEED = Number(process.env['WINDOW_SEED'] ?? 20_261_122);

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ item: fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 9 })), at: fc.integer({ min: -10, max: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ watermark: fc.oneof(fc.integer({ min: -12, max: 45 }), fc.constant(Infinity)) }) },
  ),
  { maxLength: 24, size: 'max' },
) as fc.Arbitrary<Step[]>;
const aligned = fc.integer({ min: 1, max: 12 }).chain((size) => fc.integer({ min: 1, max: 14 }).chain((slide) => fc.oneof(
  fc.record({ kind: fc.constant('aligned' as const), size: fc.constant(size), slide: fc.constant(size), offset: fc.integer({ min: 1 - size, max: size - 1 }) }),
  fc.record({ kind: fc.constant('aligned' as const), size: fc.constant(size), slide: fc.constant(slide), offset: fc.integer({ min: 1 - slide, max: slide - 1 }) }),
)));
const spec: fc.Arbitrary<Spec> = fc.record({
  windows: fc.oneof(aligned, fc.record({ kind: fc.constant('session' as const), gap: fc.integer({ min: 1, max: 8 }) })),
  trigger: fc.oneof(fc.constant('event' as const), fc.record({ count: fc.integer({ min: 1, max: 4 }) }), fc.record({ every: fc.integer({ min: 1, max: 7 }) })),
  purging: fc.boolean(),
  lateness: fc.constantFrom(0, 0, 1, 5, 20),
});

function assignerOf({ windows: kind }: Spec): WindowAssigner<Item, TimeWindow> {
  if (kind.kind === 'session') return EventTimeSessionWindows.withGap(kind.gap);
  return kind.size === kind.slide ? TumblingEventTimeWindows.of(kind.size, kind.offset) : SlidingEventTimeWindows.of(kind.size, kind.slide, kind.offset);
}

function triggerOf({ trigger, purging }: Spec): Trigger<Item, Window> {
  const plain = trigger === 'event' ? EventTimeTrigger.create() : 'count' in trigger ? CountTrigger.of(trigger.count) : ContinuousEventTimeTrigger.of(trigger.every);
  return purging ? PurgingTrigger.of(plain) : plain;
}

/** What came out since the last time, items sorted. */
function shownSorted(harness: ReturnType<typeof windows>): string[] {
  return harness.output.splice(0).map(({ value }) => {
    const [key, span, ...items] = value.split(' ');
    return [key, span, ...items.sort()].join(' ');
  });
}

/** What each step emits, items sorted, in no order. */
function observed(harness: ReturnType<typeof windows>, of: readonly Step[]): string[][] {
  let now = -Infinity;
  return of.map((step) => {
    const late = harness.sideValues('late').length;
    if ('item' in step) harness.push(step.item, step.at);
    else if (step.watermark > now) harness.watermark((now = step.watermark));
    const out = shownSorted(harness);
    return harness.sideValues('late').length > late ? [...out, 'late'] : out;
  });
}

const sorted = (out: readonly string[][]): string[][] => out.map((step) => step.toSorted());
/** In no order where a watermark fires many windows; a late element fires its windows in the order of the assigner. */
const inOrder = (out: readonly string[][], steps: readonly Step[]): string[][] => out.map((step, at) => ('item' in steps[at]! ? step : step.toSorted()));

it(`the general operator does what the naive model does (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(fc.property(spec, steps, (of, all) => {
    const harness = windows<TimeWindow>({ assigner: assignerOf(of), trigger: triggerOf(of), allowedLateness: of.lateness, lateOutput: 'late' });
    expect(inOrder(observed(harness, all), all)).toEqual(inOrder(naiveModel(of, all), all));
    harness.watermark(Infinity);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  }), { numRuns: RUNS / 2, seed: SEED });
});

/** Windows that the operator of aligned windows takes. */
const plain = fc.record({
  windows: fc.oneof(
    aligned,
    fc.integer({ min: 1, max: 6 }).chain((slide) => fc.integer({ min: 1, max: 5 }).chain((times) => fc.record({
      kind: fc.constant('aligned' as const), size: fc.constant(slide * times), slide: fc.constant(slide), offset: fc.integer({ min: 1 - slide, max: slide - 1 }),
    }))),
  ),
  trigger: fc.constant('event' as const),
  purging: fc.constant(false),
  lateness: fc.constantFrom(0, 0, 1, 5, 20, Infinity),
});

it(`the operator of aligned windows does what the naive model does (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(fc.property(plain, steps, fc.boolean(), (of, all, listed) => {
    const harness = windows<TimeWindow>({ assigner: assignerOf(of), trigger: triggerOf(of), allowedLateness: of.lateness, lateOutput: 'late', aggregation: listed ? undefined : gathered, fastest: true });
    expect(inOrder(observed(harness, all), all)).toEqual(inOrder(naiveModel(of, all), all));
  }), { numRuns: RUNS / 4, seed: SEED });
});

const sessions = fc.record({
  windows: fc.record({ kind: fc.constant('session' as const), gap: fc.integer({ min: 1, max: 8 }) }),
  trigger: fc.constant('event' as const),
  purging: fc.constant(false),
  lateness: fc.constantFrom(0, 0, 1, 5, 20, Infinity),
});

it(`the operator of sessions does what the naive model does (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(fc.property(sessions, steps, fc.boolean(), (of, all, listed) => {
    const harness = windows<TimeWindow>({ assigner: assignerOf(of), trigger: triggerOf(of), allowedLateness: of.lateness, lateOutput: 'late', aggregation: listed ? undefined : gathered, fastest: true });
    expect(sorted(observed(harness, all))).toEqual(sorted(naiveModel(of, all)));
  }), { numRuns: RUNS / 4, seed: SEED });
});

it(`the operator of sessions does what the general one does, with gaps that differ from element to element (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(fc.property(fc.constantFrom(0, 1, 5, 20), steps, (allowedLateness, all) => {
    const run = (fastest: boolean) => observed(windows<TimeWindow>({ assigner: EventTimeSessionWindows.withDynamicGap<Item>(([, n]) => n), allowedLateness, lateOutput: 'late', aggregation: gathered, fastest }), all);
    expect(sorted(run(true))).toEqual(sorted(run(false)));
  }), { numRuns: RUNS / 10, seed: SEED });
});

/** After each step, how much is kept and how much waits. */
function figures(harness: ReturnType<typeof windows>, all: readonly Step[]): number[][] {
  let now = -Infinity;
  return all.map((step) => {
    if ('item' in step) harness.push(step.item, step.at);
    else if (step.watermark > now) harness.watermark((now = step.watermark));
    return [harness.numKeyedStateEntries(), harness.numEventTimeTimers()];
  });
}

it(`a harness counts as many entries and timers in the operators made for a case as in the general one (seed ${SEED})`, { timeout: 60_000 }, () => {
  // Windows that outlive the stream are dropped with it by some operators, and are of no use to any.
  fc.assert(fc.property(fc.oneof(plain, sessions).filter(({ lateness }) => lateness < Infinity), steps, fc.boolean(), (of, all, listed) => {
    const run = (fastest: boolean) =>
      figures(windows<TimeWindow>({ assigner: assignerOf(of), trigger: triggerOf(of), allowedLateness: of.lateness, aggregation: listed ? undefined : gathered, fastest }), [...all, { watermark: Infinity }]);
    expect(run(true)).toEqual(run(false));
  }), { numRuns: RUNS / 10, seed: SEED });
});

type ClockStep = { readonly item: Item } | { readonly clock: number };
const clockSteps: fc.Arbitrary<ClockStep[]> = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.record({ item: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })) }) },
  { weight: 1, arbitrary: fc.record({ clock: fc.integer({ min: 0, max: 9 }) }) },
), { maxLength: 24, size: 'max' });

it(`by the clock the operator of aligned windows does what the general one does (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(fc.property(plain, clockSteps, ({ windows: { size, slide, offset }, lateness }, all) => {
    const run = (fastest: boolean): string[][] => {
      const assigner = size === slide ? TumblingProcessingTimeWindows.of(size, offset) : SlidingProcessingTimeWindows.of(size, slide, offset);
      const harness = windows<TimeWindow>({ assigner, allowedLateness: lateness, aggregation: gathered, fastest });
      return all.map((step) => {
        if ('item' in step) harness.push(step.item);
        else harness.advance(step.clock);
        const kept = `${harness.numKeyedStateEntries()} entries, ${harness.numProcessingTimeTimers()} timers`;
        return [...harness.output.splice(0).map(({ value, timestamp }) => `${value} @${timestamp}`), kept];
      });
    };
    expect(sorted(run(true))).toEqual(sorted(run(false)));
  }), { numRuns: RUNS / 10, seed: SEED });
});

/** By the clock every element comes at the present, and what ends before the present is over: event time that is never late. */
function byClock(all: readonly ClockStep[], startMs: number): Step[] {
  let now = startMs;
  return all.map((step) => ('item' in step ? { item: step.item, at: now } : { watermark: (now += step.clock) - 1 }));
}

it(`windows by the clock do what the naive model does with elements of the present, whatever the trigger (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(fc.property(spec, clockSteps, fc.boolean(), (of, all, fastest) => {
    const { windows: kind, trigger } = of;
    const assigner = kind.kind === 'session' ? ProcessingTimeSessionWindows.withGap(kind.gap)
      : kind.size === kind.slide ? TumblingProcessingTimeWindows.of(kind.size, kind.offset) : SlidingProcessingTimeWindows.of(kind.size, kind.slide, kind.offset);
    const plainTrigger = trigger === 'event' ? ProcessingTimeTrigger.create() : 'count' in trigger ? CountTrigger.of(trigger.count) : ContinuousProcessingTimeTrigger.of(trigger.every);
    const harness = windows<TimeWindow>({ assigner: assigner as WindowAssigner<Item, TimeWindow>, trigger: (of.purging ? PurgingTrigger.of(plainTrigger) : plainTrigger) as Trigger<Item, TimeWindow>, allowedLateness: of.lateness, lateOutput: 'late', fastest });
    const startMs = harness.clock.now();
    const emitted = all.map((step) => {
      if ('item' in step) harness.push(step.item);
      else harness.advance(step.clock);
      return shownSorted(harness);
    });
    expect(sorted(emitted)).toEqual(sorted(naiveModel({ ...of, lateness: 0 }, byClock(all, startMs))));
    harness.advance(1000);
    expect([harness.numKeyedStateEntries(), harness.numProcessingTimeTimers(), harness.sideValues('late')]).toEqual([0, 0, []]);
  }), { numRuns: RUNS / 5, seed: SEED });
});

it(`the operator of count windows does what the general one does (seed ${SEED})`, () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 }))), (size, listed, all) => {
    const run = (fastest: boolean): unknown[] => {
      const harness = windows<Window>({ assigner: GlobalWindows.create(), trigger: PurgingTrigger.of(CountTrigger.of(size)), aggregation: listed ? undefined : gathered, fastest });
      for (const item of all) harness.push(item, 5);
      return harness.watermark(Infinity).output;
    };
    expect(run(true)).toEqual(run(false));
  }), { numRuns: RUNS / 10, seed: SEED });
});
