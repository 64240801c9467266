/**
 * Window operators that go on from a snapshot: each as the general operator would, whichever operator took it.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassRegistry, registeredClasses } from '../../src/core/serialization/class-registry.js';
import type { OperatorHarness } from '../../src/testing/operator-harness.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { fieldWindowAggregation } from '../../src/windowing/field-window-aggregation.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import { ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { Trigger, TriggerResult, type TriggerContext } from '../../src/windowing/trigger.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { type TimeWindow, Window } from '../../src/windowing/window.js';
import { windowFunctionEmission } from '../../src/windowing/window-emission.js';
import { gathered, type HarnessSettings, type Item, OwnWindows, taken, windows } from './windows.js';
import { TimeWindow as TimeWindowClass } from '../../src/windowing/window.js';

const RUNS = Number(process.env['WINDOW_RUNS'] ?? 400);
const SEED = Number(process.env['WINDOW_SEED'] ?? 20_261_122);

type Settings = HarnessSettings<TimeWindow>;
type Input = { readonly item: Item; readonly at: number } | { readonly watermark: number };
type Step = Input | { readonly restore: { readonly written: number; readonly later: readonly Input[] } };

/** What each step emits; a restore goes on with a new operator, from whose watermark everything starts again. */
async function observed(settings: Settings, steps: readonly Step[], fastest: (harness: number) => boolean, fold = (line: string): string => line): Promise<string[][]> {
  let made = 0;
  let harness = await windows<TimeWindow>({ ...settings, fastest: fastest(made++) }).open();
  let now = -Infinity;
  const out: string[][] = [];
  for (const step of steps) {
    const late = harness.sideValues('late').length;
    if ('item' in step) harness.push(step.item, step.at);
    else if ('watermark' in step) {
      if (step.watermark > now) harness.watermark((now = step.watermark));
    } else {
      const snapshot = await harness.beginSnapshot();
      // What happens after the snapshot has begun is not in it.
      snapshot.step(step.restore.written);
      for (const later of step.restore.later) {
        if ('item' in later) harness.push(later.item, later.at);
        else if (later.watermark > now) harness.watermark((now = later.watermark));
      }
      const restoreFrom = await snapshot.complete();
      harness = await windows<TimeWindow>({ ...settings, restoreFrom, fastest: fastest(made++) }).open();
      now = -Infinity;
      continue;
    }
    out.push([...taken(harness).map(fold).sort(), ...(harness.sideValues('late').length > late ? ['late'] : [])]);
  }
  return out;
}

const number = fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constant(2.5));
const item = fc.record({ item: fc.tuple(fc.constantFrom('a', 'b', 'c'), number), at: fc.integer({ min: -10, max: 30 }) });
const watermark = fc.record({ watermark: fc.integer({ min: -12, max: 45 }) });
const restore = fc.record({ restore: fc.record({ written: fc.integer({ min: 0, max: 4 }), later: fc.array(fc.oneof({ weight: 3, arbitrary: item }, watermark), { maxLength: 8 }) }) });
const steps = fc.array(
  fc.oneof({ weight: 6, arbitrary: item }, { weight: 2, arbitrary: watermark }, { weight: 1, arbitrary: restore }),
  { minLength: 4, maxLength: 30, size: 'max' },
) as fc.Arbitrary<Step[]>;

const assigners = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map((size) => TumblingEventTimeWindows.of(size)),
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 24 })).map(([slide, size]) => SlidingEventTimeWindows.of(size, slide)),
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 4 })).map(([slide, times]) => SlidingEventTimeWindows.of(slide * times, slide)),
  fc.integer({ min: 1, max: 8 }).map((gap) => EventTimeSessionWindows.withGap(gap)),
);

const sum = fieldWindowAggregation<Item>('sum', 1, {});
const max = fieldWindowAggregation<Item>('maxBy', 1, {});
const aggregations = fc.constantFrom(undefined, gathered, sum, max);

const sortedItems = (line: string): string => {
  const [key, span, ...items] = line.split(' ');
  return [key, span, ...items.sort()].join(' ');
};

it(`every operator goes on from the snapshot of every other as the general one from its own (seed ${SEED})`, { timeout: 120_000 }, async () => {
  const forms = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
  await fc.assert(fc.asyncProperty(assigners, aggregations, fc.constantFrom(0, 0, 4, 15), steps, forms, async (assigner, aggregation, allowedLateness, all, fastest) => {
    const settings: Settings = { assigner: assigner as Settings['assigner'], allowedLateness, lateOutput: 'late', ...(aggregation && { aggregation }) };
    const expected = await observed(settings, all, () => false, sortedItems);
    expect(await observed(settings, all, () => true, sortedItems)).toEqual(expected);
    expect(await observed(settings, all, (harness) => fastest[harness]!, sortedItems)).toEqual(expected);
  }), { numRuns: RUNS, seed: SEED });
});

describe.each([['general', false], ['fastest', true]] as const)('the %s operator', (_name, fastest) => {
  const restart = async (harness: OperatorHarness<string>, settings: Settings): Promise<OperatorHarness<string>> => windows<TimeWindow>({ ...settings, fastest, restoreFrom: await harness.snapshot() }).open();

  it.each([
    ['tumbling windows', TumblingEventTimeWindows.of(10)],
    ['sliding windows', SlidingEventTimeWindows.of(10, 10)],
    ['sessions', EventTimeSessionWindows.withGap(10)],
  ])('does not fire a window again for keys without new elements: %s', async (_windows, assigner) => {
    const settings: Settings = { assigner: assigner as Settings['assigner'], allowedLateness: 100, fastest };
    const before = await windows<TimeWindow>(settings).open();
    before.push(['a', 1], 0).push(['b', 2], 0).watermark(20);
    expect(taken(before)).toHaveLength(2);
    const after = await restart(before, settings);
    after.push(['b', 3], 0);
    expect(taken(after)).toEqual([]);
    after.watermark(20);
    expect(taken(after)).toEqual(['b [0,10) 2 3']);
    after.push(['a', 4], 0);
    expect(taken(after)).toEqual(['a [0,10) 1 4']);
    after.watermark(200);
    expect([taken(after), after.numKeyedStateEntries(), after.numEventTimeTimers()]).toEqual([[], 0, 0]);
  });

  it('fires windows by the clock that were over while nothing ran', async () => {
    const settings: Settings = { assigner: TumblingProcessingTimeWindows.of(10) as Settings['assigner'], trigger: TumblingProcessingTimeWindows.of(10).getDefaultTrigger() as never, fastest };
    const before = await windows<TimeWindow>(settings).open();
    before.push(['a', 1]).push(['b', 2]);
    const after = await restart(before, settings);
    after.push(['a', 3]);
    after.setProcessingTime(50);
    expect(taken(after).sort()).toEqual(['a [0,10) 1 3', 'b [0,10) 2']);
  });

  it('fires windows of the size that they had, when the program now has another', async () => {
    const before = await windows<TimeWindow>({ assigner: TumblingEventTimeWindows.of(20) as Settings['assigner'], fastest }).open();
    before.push(['a', 1], 3).push(['a', 2], 22);
    const after = await restart(before, { assigner: TumblingEventTimeWindows.of(5) as Settings['assigner'] });
    after.push(['a', 3], 3).watermark(30);
    expect(taken(after)).toEqual(['a [0,5) 3', 'a [0,20) 1']);
    after.watermark(100);
    expect(taken(after)).toEqual(['a [20,40) 2']);
  });

  it('adds whole numbers to what was no whole number without losing a bit', async () => {
    const settings: Settings = { assigner: SlidingEventTimeWindows.of(20, 10) as Settings['assigner'], aggregation: sum, fastest };
    const before = await windows<TimeWindow>(settings).open();
    before.push(['a', 0.1], 15);
    const after = await restart(before, settings);
    after.push(['a', 3], 15).push(['a', 4], 15).watermark(100);
    expect(taken(after)).toEqual([`a [0,20) ${0.1 + 3 + 4}`, `a [10,30) ${0.1 + 3 + 4}`]);
  });

  it('fires what it has restored though no element has come', async () => {
    const settings: Settings = { assigner: SlidingEventTimeWindows.of(20, 10) as Settings['assigner'], aggregation: sum, fastest };
    const before = await windows<TimeWindow>(settings).open();
    before.push(['a', 1], 15).push(['a', 2], 15);
    const after = await restart(await restart(before, settings), settings);
    after.watermark(100);
    expect(taken(after)).toEqual(['a [0,20) 3', 'a [10,30) 3']);
  });

  it('refuses to go on with an aggregation where lists were kept', async () => {
    const before = await windows<TimeWindow>({ assigner: TumblingEventTimeWindows.of(5) as Settings['assigner'], fastest }).open();
    before.push(['a', 1], 3);
    await expect(restart(before, { assigner: TumblingEventTimeWindows.of(5) as Settings['assigner'], aggregation: gathered })).rejects.toMatchObject({
      code: 'STATE_INCOMPATIBLE',
      message: 'the state "window-contents/window-contents" of the operator "operator" was a list state by window in the snapshot and is an aggregating state by window in the program',
    });
  });
});

describe('a restore refuses windows of another kind, for their namespaces cannot be told from one another', () => {
  const kinds: Record<string, HarnessSettings<never>> = {
    'windows of time': { assigner: TumblingEventTimeWindows.of(10) as never },
    'count windows': { assigner: GlobalWindows.create() as never, trigger: PurgingTrigger.of(CountTrigger.of(3)) as never, fastest: true },
    'global windows': { assigner: GlobalWindows.createWithEndOfStreamTrigger() as never },
  };
  const changes = Object.keys(kinds).flatMap((was) => Object.keys(kinds).filter((is) => is !== was).map((is) => [was, is] as const));
  it.each(changes.flatMap((change) => [[...change, false] as const, [...change, true] as const]))('%s in the snapshot, %s in the program (fastest: %s)', async (was, is, fastest) => {
    const before = await windows<never>({ fastest, ...kinds[was]! }).open();
    before.push(['a', 1], 3);
    await expect(windows<never>({ fastest, ...kinds[is]!, restoreFrom: await before.snapshot() }).open()).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE', message: `the operator "operator" has ${was} in the snapshot and ${is} in the program` });
  });

  describe('also those of an author’s own, which are known with the first that is made', () => {
    class Day extends Window {
      constructor(readonly day: number) { super(); }
      maxTimestamp(): number { return this.day + 9; }
      identity(): number { return this.day; }
    }
    registeredClasses.register('Day', Day);
    const days = { assigner: new OwnWindows<Window>(([, n]) => [new Day(n - (n % 10))], () => {}, EventTimeTrigger.create()) as never };
    const own = { assigner: new OwnWindows<TimeWindow>(([, n]) => [new TimeWindowClass(n - (n % 10), n - (n % 10) + 10)], () => {}, EventTimeTrigger.create()) as never };
    const opened = async (settings: HarnessSettings<never>, from?: HarnessSettings<never>): Promise<OperatorHarness<string>> => windows<never>({ ...settings, ...(from && { restoreFrom: await (await opened(from)).push(['a', 1], 3).snapshot() }) }).open();

    it('in the snapshot', async () => {
      for (const fastest of [false, true]) {
        await expect(opened({ ...kinds['windows of time']!, fastest }, days)).rejects.toMatchObject({ message: 'the operator "operator" has windows of the class Day in the snapshot and windows of time in the program' });
      }
    });

    it('in the program', async () => {
      const after = await opened(days, kinds['windows of time']!);
      expect(() => after.push(['a', 2], 3)).toThrow('the operator "operator" has windows of time in the snapshot and windows of the class Day in the program');
      expect(taken((await opened(days, days)).push(['a', 2], 3).watermark(9))).toEqual(['a global 1 2']);
    });

    it('but not where an author’s assigner makes windows of time', async () => {
      expect(taken((await opened(own, kinds['windows of time']!)).push(['a', 2], 3).watermark(9))).toEqual(['a [0,10) 1 2']);
      expect(taken((await opened(kinds['windows of time']!, own)).push(['a', 2], 3).watermark(9))).toEqual(['a [0,10) 1 2']);
    });
  });

  it('but goes on with other windows of time, which are of one form', async () => {
    const before = await windows({ assigner: TumblingEventTimeWindows.of(10) }).open();
    before.push(['a', 1], 3);
    const after = await windows({ assigner: SlidingEventTimeWindows.of(20, 10), restoreFrom: await before.snapshot() }).open();
    expect(taken(after.watermark(9))).toEqual(['a [0,10) 1']);
  });
});

it('count windows go on counting', async () => {
  const settings = { assigner: GlobalWindows.create() as never, trigger: PurgingTrigger.of(CountTrigger.of(3)) as never, fastest: true };
  const before = await windows(settings).open();
  before.push(['a', 1]).push(['a', 2]).push(['b', 1]);
  const after = await windows({ ...settings, restoreFrom: await before.snapshot() }).open();
  expect(taken(after.push(['a', 3]).push(['b', 2]).push(['b', 3]))).toEqual(['a global 1 2 3', 'b global 1 2 3']);
});

it('elements for an evictor keep their timestamps, and triggers their state', async () => {
  const settings = { assigner: GlobalWindows.create() as never, trigger: CountTrigger.of(2) as never, evictor: CountEvictor.of(3) as never };
  const before = await windows(settings).open();
  before.push(['a', 1], 5).push(['a', 2], 6).push(['a', 3], 7);
  const after = await windows({ ...settings, restoreFrom: await before.snapshot() }).open();
  expect(taken(after.push(['a', 4], 8))).toEqual(['a global 2 3 4']);
});

class OwnWindow extends TimeWindowClass {}

it('windows of an author’s own are known again once their class is registered', async () => {
  const settings: Settings = { assigner: new OwnWindows<TimeWindow>((_item, at) => [new OwnWindow(at, at + 10)], () => {}, EventTimeTrigger.create()) };
  const before = await windows<TimeWindow>(settings).open();
  before.push(['a', 1], 5);
  await expect(before.snapshot()).rejects.toMatchObject({ code: 'STATE_NOT_SERIALIZABLE', message: expect.stringContaining('is an instance of the class OwnWindow, which is not registered') });
  expect(registeredClasses).toBeInstanceOf(ClassRegistry);
  registeredClasses.register('OwnWindow', OwnWindow);
  const after = await windows<TimeWindow>({ ...settings, restoreFrom: await before.snapshot() }).open();
  after.watermark(20);
  expect(taken(after)).toEqual(['a [5,15) 1']);
});

it.each([['tumbling windows', TumblingEventTimeWindows.of(10)], ['sessions', EventTimeSessionWindows.withGap(10)]])('a function that changes the list it gets does not change a snapshot under way: %s', async (_windows, assigner) => {
  const emission = windowFunctionEmission<TimeWindow>((_key: string, _window: TimeWindow, elements: Item[], out: { collect(line: string): void }) => {
    out.collect(String(elements.length));
    elements.length = 0;
  }, 'apply');
  const settings: Settings = { assigner: assigner as Settings['assigner'], emission, fastest: true };
  const before = await windows<TimeWindow>(settings).open();
  before.push(['a', 1], 0).push(['b', 2], 0).push(['b', 3], 0);
  const snapshot = await before.beginSnapshot();
  before.watermark(30);
  const after = await windows<TimeWindow>({ ...settings, restoreFrom: await snapshot.complete() }).open();
  after.watermark(30);
  expect([taken(before).sort(), taken(after).sort()]).toEqual([['1', '2'], ['1', '2']]);
});

it('windows that could merge and have not go on each with its contents, its trigger’s state and its timers', async () => {
  const state = new ValueStateDescriptor<string>('seen');
  class AtZero extends Trigger<Item, TimeWindow> {
    onElement(_item: Item, _timestamp: number, _window: TimeWindow, context: TriggerContext): TriggerResult {
      context.registerEventTimeTimer(0);
      context.getPartitionedState(state).update('yes');
      return TriggerResult.CONTINUE;
    }
    onEventTime(time: number, _window: TimeWindow, context: TriggerContext): TriggerResult {
      return time === 0 && context.getPartitionedState(state).value() === 'yes' ? TriggerResult.FIRE : TriggerResult.CONTINUE;
    }
    onProcessingTime(): TriggerResult {
      return TriggerResult.CONTINUE;
    }
    clear(_window: TimeWindow, context: TriggerContext): void {
      context.getPartitionedState(state).clear();
    }
    override canMerge(): boolean {
      return true;
    }
  }
  const settings: Settings = { assigner: new OwnWindows<TimeWindow>(() => [new TimeWindowClass(2, 4), new TimeWindowClass(0, 2)], () => {}, EventTimeTrigger.create()), trigger: new AtZero() };
  const before = await windows<TimeWindow>(settings).open();
  before.watermark(-5).push(['a', 1], 0);
  const kept = (harness: OperatorHarness<string>): number[] => [harness.numKeyedStateEntries(), harness.numEventTimeTimers()];
  // Contents and the trigger's state of both windows, and the windows in flight; a timer of the trigger and one for the cleanup of both.
  expect(kept(before)).toEqual([5, 4]);
  const after = await windows<TimeWindow>({ ...settings, restoreFrom: await before.snapshot() }).open();
  expect(kept(after)).toEqual([5, 4]);
  after.watermark(20);
  expect([taken(after).sort(), ...kept(after)]).toEqual([['a [0,2) 1', 'a [2,4) 1'], 0, 0]);
});
