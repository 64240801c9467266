/**
 * Windows that two streams share: join and coGroup, rule by rule, and against a model that searches all records.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RichCoGroupFunction, RichFlatJoinFunction, RichJoinFunction } from '../../src/operators/functions.js';
import type { Specialise } from '../../src/operators/operator.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import { operatorHarness, type OperatorHarness } from '../../src/testing/operator-harness.js';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { coGroupEmission, joinEmission, taggedKey, withTaggedInputs } from '../../src/windowing/shared-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import type { TaggedUnion } from '../../src/windowing/tagged-union.js';
import { TumblingEventTimeWindows } from '../../src/windowing/tumbling-windows.js';
import type { WindowAssigner } from '../../src/windowing/window-assigner.js';
import type { MakeEmission } from '../../src/windowing/window-emission.js';
import { generalWindowOperator, LATE_RECORDS_METRIC, type WindowSettings } from '../../src/windowing/window-operator.js';
import type { TimeWindow } from '../../src/windowing/window.js';
import { LABEL, MODES } from '../operators/modes.js';

type One = readonly [key: string, name: string];
interface Two { readonly id: string; readonly name: string }
type Collector = { collect(text: string): void };
const [FIRST, SECOND] = [0, 1];
const tumbling = TumblingEventTimeWindows.of(10);
const pair = joinEmission<TimeWindow>((one: One, two: Two) => `${one[1]}+${two.name}`);
const both = coGroupEmission<TimeWindow>((ones: readonly One[], twos: readonly Two[], out: Collector) => out.collect(`${ones.map((one) => one[1]).join('')}|${twos.map((two) => two.name).join('')}`));

type Settings = Partial<WindowSettings<TaggedUnion<One, Two>, TimeWindow>> & { readonly specialise?: Specialise };

function shared(emission: MakeEmission<TimeWindow>, { specialise, ...rest }: Settings = {}): OperatorHarness<string> {
  const assigner = (rest.assigner ?? tumbling) as WindowAssigner<TaggedUnion<One, Two>, TimeWindow>;
  const keyOf = taggedKey<One, Two>(([key]) => key, ({ id }) => id);
  const definition = generalWindowOperator<TaggedUnion<One, Two>, TimeWindow>({ keyOf, assigner, trigger: assigner.getDefaultTrigger(), allowedLateness: 0, emission, ...rest });
  return operatorHarness<string>(withTaggedInputs(definition) as never, specialise ? { specialise } : {});
}

const one = (harness: OperatorHarness<string>, name: string, at: number, key = 'a'): OperatorHarness<string> => harness.push([key, name], at, FIRST);
const two = (harness: OperatorHarness<string>, name: string, at: number, id = 'a'): OperatorHarness<string> => harness.push({ id, name }, at, SECOND);

describe.each(MODES)('$mode windows of two streams', ({ specialise }) => {
  it('join: the cross product of both sides of a key and window, with the largest timestamp of the window', () => {
    const harness = shared(pair, { specialise });
    one(one(one(harness, 'l', 1), 'm', 2), 'n', 11);
    two(two(two(two(harness, 'r', 9), 's', 0), 't', 12), 'u', 3, 'b');
    expect(harness.values).toEqual([]);
    harness.watermark(9);
    expect(harness.output).toEqual(['l+r', 'l+s', 'm+r', 'm+s'].map((value) => ({ value, timestamp: 9 })));
    harness.watermark(Infinity);
    expect(harness.output.slice(4)).toEqual([{ value: 'n+t', timestamp: 19 }]);
  });

  it('with one side empty: join, which is an inner one, gives nothing, coGroup calls the function with an empty list', () => {
    const [joins, groups] = [shared(pair, { specialise }), shared(both, { specialise })];
    for (const harness of [joins, groups]) {
      one(harness, 'l', 1);
      two(harness, 'r', 2, 'b');
      one(harness, 'm', 3, 'c').push({ id: 'c', name: 's' }, 4, SECOND).watermark(9);
    }
    expect([joins.values, groups.values.sort()]).toEqual([['m+s'], ['l|', 'm|s', '|r']]);
  });

  it('take hashes that an exchange has computed', () => {
    const harness = shared(pair, { specialise }).pushHashed(['a', 'l'], 97, 1, FIRST).pushHashed({ id: 'a', name: 'r' }, 97, 2, SECOND).watermark(9);
    expect(harness.values).toEqual(['l+r']);
  });

  it('name the operator in an error of the function', () => {
    const harness = shared(joinEmission<TimeWindow>(() => { throw new Error('no'); }), { specialise });
    two(one(harness, 'l', 1), 'r', 1);
    let thrown: unknown;
    try {
      harness.watermark(9);
    } catch (error) {
      thrown = error;
    }
    expect(operatorLabelOf(thrown)).toBe(LABEL);
  });
});

describe('windows of two streams', () => {
  it('show triggers and evictors both streams’ records as one', () => {
    const counted = shared(both, { trigger: CountTrigger.of(3) });
    two(one(two(one(counted, 'l', 1), 'r', 2), 'm', 3), 's', 4);
    expect(counted.values).toEqual(['lm|r']);
    const evicted = shared(both, { evictor: CountEvictor.of(2) });
    two(one(two(one(evicted, 'l', 1), 'r', 2), 'm', 3), 's', 4).watermark(9);
    expect(evicted.values).toEqual(['m|s']);
  });

  it('fire again for late records that are allowed, and count those that are not', () => {
    const harness = shared(pair, { allowedLateness: 5 });
    two(one(harness, 'l', 1), 'r', 2).watermark(9);
    two(harness, 's', 3);
    expect(harness.values).toEqual(['l+r', 'l+r', 'l+s']);
    two(harness.watermark(14), 't', 3);
    expect([harness.values.length, harness.runtime.getMetricGroup().counter(LATE_RECORDS_METRIC).getCount()]).toEqual([3, 1]);
  });

  it('merge where they are sessions, whichever stream brings them together', () => {
    const harness = shared(both, { assigner: EventTimeSessionWindows.withGap(5) as never });
    two(two(one(harness, 'l', 0), 'r', 8), 's', 4).watermark(Infinity);
    expect(harness.values.map((line) => line.split('|').map((names) => [...names].sort().join('')).join('|'))).toEqual(['l|rs']);
  });
});

describe('the functions of a join', () => {
  const results = (given: unknown): string[] => {
    const harness = shared(joinEmission<TimeWindow>(given));
    void harness.open();
    return two(one(harness, 'l', 1), 'r', 1).watermark(9).values;
  };
  class Rich extends RichJoinFunction<One, Two, string> {
    join(first: One, second: Two): string { return `${this.getRuntimeContext().getIndexOfThisSubtask()} ${first[1]}${second.name}`; }
  }
  class Flat extends RichFlatJoinFunction<One, Two, string> {
    join(first: One, second: Two, out: Collector): void { out.collect(first[1]); out.collect(second.name); }
  }
  class Silent extends RichFlatJoinFunction<One, Two, string> { join(): void {} }
  class ByField { join = (first: One, _second: Two, out: Collector): void => out.collect(first[1]); }

  it.each([
    ['a lambda of two parameters', (a: One, b: Two) => a[1] + b.name, ['lr']],
    ['a lambda that collects', (a: One, b: Two, out: Collector) => { out.collect(a[1]); out.collect(b.name); }, ['l', 'r']],
    ['an object', { join: (a: One, b: Two) => a[1] + b.name }, ['lr']],
    ['an object that collects', { join(_a: One, b: Two, out: Collector) { out.collect(b.name); } }, ['r']],
    ['a rich class', Rich, ['0 lr']],
    ['an instance of a rich class', new Rich(), ['0 lr']],
    ['a rich class that collects', Flat, ['l', 'r']],
    ['a rich class that never collects', Silent, []],
    ['a class with the method in a field', ByField, ['l']],
  ])('may be %s', (_, given, expected) => {
    expect(results(given)).toEqual(expected);
  });

  it('are refused when they are no such thing', () => {
    expect(() => joinEmission({ coGroup() {} })).toThrow(/apply of join takes a function, an object with join\(\)/);
    expect(() => coGroupEmission(42)).toThrow(/apply of coGroup takes a function, an object with coGroup\(\)/);
  });

  it('of a coGroup live and die with the subtask', async () => {
    const life: string[] = [];
    class Group extends RichCoGroupFunction<One, Two, string> {
      override open(): void { life.push('open'); }
      coGroup(ones: readonly One[], _: readonly Two[], out: Collector): void { out.collect(String(ones.length)); }
      override close(): void { life.push('close'); }
    }
    const harness = await shared(coGroupEmission<TimeWindow>(Group)).open();
    one(harness, 'l', 1).watermark(9);
    await harness.end();
    expect([harness.values, life]).toEqual([['1'], ['open', 'close']]);
  });
});

const RUNS = Number(process.env['JOIN_RUNS'] ?? 2_500);
const SEED = Number(process.env['JOIN_SEED'] ?? 20_261_122);

type Step = { readonly side: 0 | 1; readonly key: string; readonly at: number } | { readonly watermark: number };
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ side: fc.constantFrom(0 as const, 1 as const), key: fc.constantFrom('a', 'b'), at: fc.integer({ min: -10, max: 25 }) }) },
    { weight: 1, arbitrary: fc.record({ watermark: fc.integer({ min: -12, max: 40 }) }) },
  ),
  { maxLength: 30, size: 'max' },
);
type Firing = readonly [ones: readonly string[], twos: readonly string[]];

/** What fires at each step: windows at the watermark that reaches their end, and those of late records that are allowed. */
function model(size: number, slide: number, lateness: number, all: readonly Step[]): Firing[][] {
  const kept: { side: number; key: string; at: number; name: string; start: number }[] = [];
  let now = -Infinity;
  const contents = (key: string, start: number): Firing => {
    const inside = kept.filter((each) => each.key === key && each.start === start);
    return [inside.filter(({ side }) => side === FIRST).map(({ name }) => name), inside.filter(({ side }) => side === SECOND).map(({ name }) => name)];
  };
  return all.map((step, index) => {
    if ('watermark' in step) {
      const before = now;
      now = Math.max(now, step.watermark);
      const due = kept.filter(({ start }) => start + size - 1 > before && start + size - 1 <= now);
      const panes = new Map(due.map(({ key, start }) => [`${key} ${start}`, contents(key, start)]));
      return [...panes.values()];
    }
    const fired: Firing[] = [];
    for (let start = Math.floor(step.at / slide) * slide; start > step.at - size; start -= slide) {
      if (start + size - 1 + lateness <= now) continue;
      kept.push({ ...step, name: String(index), start });
      if (start + size - 1 <= now) fired.push(contents(step.key, start));
    }
    return fired;
  });
}

function observed(emission: MakeEmission<TimeWindow>, size: number, slide: number, allowedLateness: number, all: readonly Step[]): string[][] {
  const harness = shared(emission, { assigner: SlidingEventTimeWindows.of(size, slide) as never, allowedLateness });
  let now = -Infinity;
  return all.map((step, index) => {
    if ('watermark' in step) {
      if (step.watermark > now) harness.watermark((now = step.watermark));
    } else if (step.side === FIRST) {
      one(harness, String(index), step.at, step.key);
    } else {
      two(harness, String(index), step.at, step.key);
    }
    return harness.output.splice(0).map(({ value }) => value).toSorted();
  });
}

it(`join and coGroup do what the naive model does (seed ${SEED})`, { timeout: 60_000 }, () => {
  const grouped = coGroupEmission<TimeWindow>((ones: readonly One[], twos: readonly Two[], out: Collector) => out.collect(`${ones.map((each) => each[1]).join()}|${twos.map(({ name }) => name).join()}`));
  fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 0, 3, 20), steps, (size, slide, lateness, all) => {
    const expected = model(size, slide, lateness, all);
    expect(observed(grouped, size, slide, lateness, all)).toEqual(expected.map((fired) => fired.map(([ones, twos]) => `${ones.join()}|${twos.join()}`).toSorted()));
    const pairs = expected.map((fired) => fired.flatMap(([ones, twos]) => ones.flatMap((first) => twos.map((second) => `${first}+${second}`))).toSorted());
    expect(observed(pair, size, slide, lateness, all)).toEqual(pairs);
  }), { numRuns: RUNS, seed: SEED });
});
