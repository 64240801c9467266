/**
 * Aggregations of a field over windows that overlap, which share slices: against the general operator, which gathers
 * every element in each of its windows.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldAggregateKind } from '../../src/operators/aggregated-field.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { windowOperator } from '../../src/windowing/fastest-window-operator.js';
import { fieldWindowAggregation } from '../../src/windowing/field-window-aggregation.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from '../../src/windowing/sliding-windows.js';
import { passThrough } from '../../src/windowing/window-emission.js';
import { generalWindowOperator, LATE_RECORDS_METRIC, type WindowSettings } from '../../src/windowing/window-operator.js';
import type { TimeWindow } from '../../src/windowing/window.js';
import { MODES } from '../operators/modes.js';

interface Sale { readonly shop: string; readonly price: unknown; readonly id: number }
type Step = { readonly shop: string; readonly price: unknown; readonly at: number } | { readonly watermark: number };
interface Spec { readonly kind: FieldAggregateKind; readonly first: boolean; readonly size: number; readonly slide: number; readonly lateness: number }

const RUNS = Number(process.env['WINDOW_RUNS'] ?? 10_000);
const SEED = Number(process.env['WINDOW_SEED'] ?? 20_261_122);
const KINDS = ['sum', 'min', 'max', 'minBy', 'maxBy'] as const;
const { MAX_SAFE_INTEGER: LARGEST } = Number;

const spec = fc.record({
  kind: fc.constantFrom(...KINDS), first: fc.boolean(), slide: fc.integer({ min: 1, max: 5 }), slices: fc.integer({ min: 1, max: 5 }), lateness: fc.constantFrom(0, 0, 1, 5, 20, Infinity),
}).map(({ slices, ...rest }): Spec => ({ ...rest, size: rest.slide * slices }));
const shop = fc.constantFrom('a', 'b', 'a shop with a long name');
const whole = fc.integer({ min: -3, max: 3 });
/** Mostly whole numbers. */
const anyNumber = fc.oneof({ weight: 20, arbitrary: whole }, { weight: 1, arbitrary: fc.constantFrom(0.1, 0.7, -0, NaN, Infinity, LARGEST, -LARGEST, LARGEST - 2, 2 ** 53, 2 ** 60) });
const stepsOf = (anyPrice: fc.Arbitrary<unknown>): fc.Arbitrary<Step[]> => fc.array(fc.oneof(
  { weight: 5, arbitrary: fc.record({ shop, price: anyPrice, at: fc.integer({ min: -10, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ watermark: fc.oneof(fc.integer({ min: -12, max: 45 }), fc.constant(Infinity)) }) },
), { maxLength: 24, size: 'max' });

function settings({ kind, first, size, slide, lateness }: Spec, assigner: WindowSettings<Sale, TimeWindow>['assigner'] = SlidingEventTimeWindows.of(size, slide)): WindowSettings<Sale, TimeWindow> {
  return { keyOf: (sale) => sale.shop, assigner, trigger: assigner.getDefaultTrigger(), allowedLateness: lateness, lateOutput: 'late', aggregation: fieldWindowAggregation<Sale>(kind, 'price', { first }), emission: passThrough() };
}

/** What each step emits, in no order, with every number told apart from others that are equal to it. */
function observed(harness: ReturnType<typeof operatorHarness<Sale>>, all: readonly Step[]): string[][] {
  let now = -Infinity;
  return all.map((step, id) => {
    if ('watermark' in step) {
      if (step.watermark > now) harness.watermark((now = step.watermark));
    } else {
      harness.push(Object.freeze({ shop: step.shop, price: step.price, id }), step.at);
    }
    const late = harness.sideOutputs.get('late')?.splice(0) ?? [];
    const shown = ({ value, timestamp }: { readonly value: unknown; readonly timestamp: number }): string => {
      const { shop: of, price: found, id: from } = value as Sale;
      return `${of} ${Object.is(found, -0) ? '-0' : String(found)} from ${from} @${timestamp}`;
    };
    return [...harness.output.splice(0).map(shown), ...late.map((record) => `late ${shown(record)}`)].toSorted();
  });
}

it.each([
  ['whole numbers', whole], ['numbers of every kind', anyNumber], ['zeros of both signs', fc.constantFrom(0, -0, 1)],
] as const)(`windows that share slices do what the general operator does, with %s (seed ${SEED})`, (_, prices) => {
  fc.assert(fc.property(spec, stepsOf(prices), fc.constantFrom('late', undefined), (of, all, lateOutput) => {
    const run = (make: typeof windowOperator): unknown[] => {
      const harness = operatorHarness<Sale>(make({ ...settings(of), lateOutput }) as never);
      return [...observed(harness, all), harness.runtime.getMetricGroup().counter(LATE_RECORDS_METRIC).getCount()];
    };
    expect(run(windowOperator)).toEqual(run(generalWindowOperator));
  }), { numRuns: RUNS / 8, seed: SEED });
});

it(`windows by the clock that share slices do what the general operator does, also when the clock is set back (seed ${SEED})`, () => {
  const clockSteps = fc.array(fc.oneof(
    { weight: 4, arbitrary: fc.record({ shop, price: whole, at: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ advance: fc.integer({ min: -3, max: 9 }) }) },
  ), { maxLength: 24, size: 'max' });
  fc.assert(fc.property(spec, clockSteps, (of, all) => {
    const run = (make: typeof windowOperator): string[][] => {
      const harness = operatorHarness<Sale>(make(settings(of, SlidingProcessingTimeWindows.of(of.size, of.slide))) as never);
      return all.map((step) => {
        if ('advance' in step) harness.advance(step.advance);
        return 'advance' in step ? observed(harness, [{ watermark: -Infinity }])[0]! : observed(harness, [step])[0]!;
      });
    };
    expect(run(windowOperator)).toEqual(run(generalWindowOperator));
  }), { numRuns: RUNS / 10, seed: SEED });
});

it.each([
  ['sum', { price: 6, id: 1 }, { price: 11, id: 1 }], ['min', { price: 1, id: 1 }, { price: 1, id: 1 }], ['max', { price: 3, id: 1 }, { price: 5, id: 1 }],
  ['minBy', { price: 1, id: 2 }, { price: 1, id: 2 }], ['maxBy', { price: 3, id: 3 }, { price: 5, id: 4 }],
] as const)('%s on windows gives one result for each firing, with the end of the window for its time', (kind, atEnd, late) => {
  const harness = operatorHarness<Sale>(windowOperator(settings({ kind, first: true, size: 10, slide: 10, lateness: 5 })) as never);
  harness.push({ shop: 'a', price: 2, id: 1 }, 3).push({ shop: 'a', price: 1, id: 2 }, 1).push({ shop: 'a', price: 3, id: 3 }, 5);
  expect(harness.output).toEqual([]);
  expect(harness.watermark(9).output.splice(0)).toEqual([{ value: { shop: 'a', ...atEnd }, timestamp: 9 }]);
  expect(harness.push({ shop: 'a', price: 5, id: 4 }, 2).output).toEqual([{ value: { shop: 'a', ...late }, timestamp: 9 }]);
});

describe.each(MODES)('$mode sums over windows that overlap', ({ specialise }) => {
  const sums = (size: number, slide: number, lateness = 0) => operatorHarness<Sale>(windowOperator(settings({ kind: 'sum', first: true, size, slide, lateness })) as never, { specialise });
  const values = (harness: ReturnType<typeof sums>): unknown[] => harness.output.splice(0).map(({ value, timestamp }) => [value.id, value.price, timestamp]);

  it('show the first record that a window got, whatever its time', () => {
    const harness = sums(10, 5).push({ shop: 'a', price: 1, id: 1 }, 7).push({ shop: 'a', price: 2, id: 2 }, 3).watermark(9);
    expect(values(harness)).toEqual([[2, 2, 4], [1, 3, 9]]);
  });

  it('go on as they were when a number comes that the order of adding makes a difference to', () => {
    const harness = sums(10, 5).push({ shop: 'a', price: 1, id: 1 }, 3).push({ shop: 'b', price: 5, id: 2 }, 7).push({ shop: 'a', price: 0.1, id: 3 }, 7).push({ shop: 'a', price: 0.2, id: 4 }, 8);
    harness.watermark(9).push({ shop: 'a', price: 0.7, id: 5 }, 12).watermark(Infinity);
    expect(values(harness).toSorted()).toEqual([[1, 1, 4], [1, 1 + 0.1 + 0.2, 9], [2, 5, 14], [2, 5, 9], [3, 0.1 + 0.2 + 0.7, 14], [5, 0.7, 19]]);
  });

  it.each([1, -1])('add numbers whose sums are rounded in the order in which they came (times %i)', (sign) => {
    const harness = sums(10, 5);
    for (let i = 0; i < 8; i++) harness.push({ shop: 'a', price: sign * 2 ** 50, id: 1 }, 2);
    // One by one they are lost; together they would not be.
    harness.push({ shop: 'a', price: sign, id: 2 }, 7).push({ shop: 'a', price: sign, id: 3 }, 7).watermark(9);
    expect(values(harness)).toEqual([[1, sign * 2 ** 53, 4], [1, sign * 2 ** 53, 9]]);
  });

  it('are emitted again for a late record, by those of its windows that have fired', () => {
    const harness = sums(10, 5, 20).push({ shop: 'a', price: 1, id: 1 }, 7).push({ shop: 'b', price: 1, id: 2 }, 7).watermark(9);
    values(harness);
    harness.push({ shop: 'a', price: 4, id: 3 }, 6);
    expect(values(harness)).toEqual([[1, 5, 9]]);
    harness.watermark(14);
    expect(values(harness)).toEqual([[1, 5, 14], [2, 1, 14]]);
  });

  it('are refused for what is no number, with the operator named', () => {
    const harness = sums(10, 5).push({ shop: 'a', price: 1, id: 1 }, 3);
    expect(() => harness.push({ shop: 'a', price: 'much', id: 2 }, 3)).toThrow('sum("price") takes numbers or bigints, one type in all records of a key; a string in {"shop":"a","price":"much","id":2} came');
    expect(() => sums(10, 5).push({ shop: 'a', price: null, id: 1 }, 3)).toThrow('sum("price") takes numbers or bigints, one type in all records of a key; null came');
  });
});
