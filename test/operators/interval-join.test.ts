/**
 * The interval join, rule by rule, and against a model that keeps every record and searches them all.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProcessJoinFunction, type ProcessJoinContext, type ProcessJoinFunctionLike } from '../../src/operators/functions.js';
import { intervalJoinOperator, type IntervalJoinSettings } from '../../src/operators/interval-join.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { operatorHarness, type OperatorHarness } from '../../src/testing/operator-harness.js';
import type { Specialise } from '../../src/operators/operator.js';
import { LABEL, MODES } from './modes.js';

type Item = readonly [key: string, name: string];
const [LEFT, RIGHT] = [0, 1];

interface Options extends Partial<IntervalJoinSettings<Item, Item>> {
  readonly specialise?: Specialise;
  readonly fn?: ProcessJoinFunctionLike<Item, Item, string>;
}

function joined(lowerMs: number, upperMs: number, { specialise, fn, ...rest }: Options = {}): OperatorHarness<string> {
  const keyOf = ([key]: Item): string => key;
  const definition = intervalJoinOperator<Item, Item, string>(fn ?? ((left, right, _, out) => out.collect(`${left[1]}+${right[1]}`)), { keyOf1: keyOf, keyOf2: keyOf, lowerMs, upperMs, leftLate: 'left', rightLate: 'right', ...rest });
  return operatorHarness<string>(definition, specialise ? { specialise } : {});
}

describe.each(MODES)('$mode interval join', ({ specialise }) => {
  it('meets right records from the lower to the upper bound after the left one, both included', () => {
    const harness = joined(-2, 3, { specialise }).push(['a', 'l'], 10, LEFT);
    for (let at = 7; at <= 14; at++) harness.push(['a', String(at)], at, RIGHT);
    expect(harness.values).toEqual(['l+8', 'l+9', 'l+10', 'l+11', 'l+12', 'l+13']);
  });

  it('meets the other way round just the same', () => {
    const harness = joined(-2, 3, { specialise }).push(['a', 'r'], 10, RIGHT);
    for (let at = 6; at <= 13; at++) harness.push(['a', String(at)], at, LEFT);
    expect(harness.values).toEqual(['7+r', '8+r', '9+r', '10+r', '11+r', '12+r']);
  });

  it('joins records of one key only, also with the hash that an exchange computed', () => {
    const harness = joined(0, 5, { specialise }).pushHashed(['a', 'l1'], 97, 10, LEFT).push(['b', 'l2'], 10, LEFT).pushHashed(['b', 'r'], 98, 11, RIGHT);
    expect(harness.values).toEqual(['l2+r']);
  });

  it('names the operator in an error of the function', () => {
    const harness = joined(0, 5, { specialise, fn: () => { throw new Error('no'); } }).push(['a', 'l'], 1, LEFT);
    let thrown: unknown;
    try {
      harness.push(['a', 'r'], 1, RIGHT);
    } catch (error) {
      thrown = error;
    }
    expect(operatorLabelOf(thrown)).toBe(LABEL);
  });
});

describe('pairs of an interval join', () => {
  it('come as soon as the second record does, with the later timestamp', () => {
    const harness = joined(-5, 5).push(['a', 'l'], 10, LEFT).push(['a', 'r'], 7, RIGHT).push(['a', 's'], 12, RIGHT);
    expect(harness.output).toEqual([{ value: 'l+r', timestamp: 10 }, { value: 'l+s', timestamp: 12 }]);
  });

  it('are made of every duplicate', () => {
    const harness = joined(0, 0).push(['a', 'l'], 1, LEFT).push(['a', 'l'], 1, LEFT).push(['a', 'r'], 1, RIGHT).push(['a', 'r'], 1, RIGHT);
    expect(harness.values).toEqual(['l+r', 'l+r', 'l+r', 'l+r']);
  });

  it('show their times, and emit to side outputs with the later one', () => {
    const tag = new OutputTag<string>('side');
    class Times extends ProcessJoinFunction<Item, Item, string> {
      processElement(left: Item, right: Item, context: ProcessJoinContext, out: { collect(text: string): void }): void {
        out.collect(`${this.getRuntimeContext().getTaskName()} ${left[1]} ${context.getLeftTimestamp()} ${right[1]} ${context.getRightTimestamp()} ${context.getTimestamp()}`);
        context.output(tag, left[1]);
      }
    }
    const harness = joined(-5, 5, { fn: Times });
    void harness.open();
    harness.push(['a', 'l'], 10, LEFT).push(['a', 'r'], 7, RIGHT).push(['a', 's'], 12, RIGHT);
    expect(harness.values).toEqual([expect.stringMatching(/ l 10 r 7 10$/), expect.stringMatching(/ l 10 s 12 12$/)]);
    expect(harness.sideOutputs.get('side')).toEqual([{ value: 'l', timestamp: 10 }, { value: 'l', timestamp: 12 }]);
  });

  it('of an interval that exclusive bounds have emptied do not exist', () => {
    expect(joined(6, 4).push(['a', 'l'], 10, LEFT).push(['a', 'r'], 15, RIGHT).values).toEqual([]);
  });

  it('are found by times with fractions, which leave nothing behind', () => {
    const harness = joined(0, 0.7).push(['a', 'l'], 0.1, LEFT).push(['a', 'r'], 0.3, RIGHT).watermark(10);
    expect([harness.values, harness.numKeyedStateEntries()]).toEqual([['l+r'], 0]);
  });
});

describe('late records of an interval join', () => {
  it('are those strictly below the watermark: one at the watermark still joins', () => {
    const harness = joined(0, 5).push(['a', 'l'], 10, LEFT).watermark(12).push(['a', 'r'], 12, RIGHT).push(['a', 's'], 11, RIGHT).push(['a', 'm'], 11, LEFT);
    expect(harness.values).toEqual(['l+r']);
    expect([harness.sideOutputs.get('left'), harness.sideOutputs.get('right')]).toEqual([[{ value: ['a', 'm'], timestamp: 11 }], [{ value: ['a', 's'], timestamp: 11 }]]);
  });

  it('are dropped where there is no side output', () => {
    const harness = joined(0, 5, { leftLate: undefined, rightLate: undefined }).watermark(12).push(['a', 'l'], 11, LEFT).push(['a', 'r'], 11, RIGHT);
    expect([harness.output, harness.sideOutputs.size, harness.numKeyedStateEntries()]).toEqual([[], 0, 0]);
  });

  it('move no counter of late records', () => {
    const harness = joined(0, 5, { leftLate: undefined, rightLate: undefined }).watermark(12).push(['a', 'l'], 11, LEFT).push(['a', 'r'], 11, RIGHT);
    expect(harness.runtime.getMetricGroup().counter('numLateRecordsDropped').getCount()).toBe(0);
  });

  it('are none before the first watermark', () => {
    expect(joined(0, 0).push(['a', 'l'], -5000, LEFT).push(['a', 'r'], -5000, RIGHT).values).toEqual(['l+r']);
  });
});

describe('an interval join keeps', () => {
  it.each([
    { side: 'left', input: LEFT, lower: -3, upper: 7, until: 17 },
    { side: 'left', input: LEFT, lower: -7, upper: -3, until: 10 },
    { side: 'right', input: RIGHT, lower: -3, upper: 7, until: 13 },
    { side: 'left', input: LEFT, lower: -3, upper: 0, until: 10 },
    { side: 'right', input: RIGHT, lower: 3, upper: 7, until: 10 },
    { side: 'right', input: RIGHT, lower: 0, upper: 7, until: 10 },
  ])('a $side record at 10, joined from $lower to $upper, until the watermark is $until', ({ input, lower, upper, until }) => {
    const harness = joined(lower, upper).push(['a', 'x'], 10, input).watermark(until - 1);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([1, 1]);
    harness.watermark(until);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers(), harness.watermarks]).toEqual([0, 0, [until - 1, until]]);
  });

  it('the records of one moment until the same moment, at which all of them go and no other', () => {
    const rightAfter = (watermark: number): string[] => joined(0, 5).push(['a', 'l1'], 10, LEFT).push(['a', 'l2'], 10, LEFT).push(['a', 'l3'], 11, LEFT).watermark(watermark).push(['a', 'r'], 15, RIGHT).values;
    expect([rightAfter(14).sort(), rightAfter(15)]).toEqual([['l1+r', 'l2+r', 'l3+r'], ['l3+r']]);
  });

  it('no record that a watermark of its last moment has passed: one that comes at that moment does not meet it', () => {
    expect(joined(0, 5).push(['a', 'l'], 10, LEFT).watermark(15).push(['a', 'r'], 15, RIGHT).values).toEqual([]);
  });
});

it('an interval join keeps a record that comes at the very millisecond of the watermark, though one that had come before is over', () => {
  const harness = joined(-5, 0).push(['a', 'l1'], 12, LEFT).push(['a', 'l2'], 14, LEFT).push(['a', 'l3'], 20, LEFT).watermark(13).watermark(14);
  expect(harness.push(['a', 'l4'], 14, LEFT).push(['a', 'r'], 14, RIGHT).values).toEqual(['l4+r']);
});

it.each([['left', LEFT], ['right', RIGHT]])('an interval join fails on a record without a timestamp, naming its stream (%s) and the call that is missing', (side, input) => {
  expect(() => joined(0, 5).push(['a', 'r'], undefined, input)).toThrow(expect.objectContaining({ code: 'TIMESTAMP_MISSING', message: expect.stringContaining(`${side} stream`), hint: expect.stringContaining('assignTimestampsAndWatermarks') }));
});

const RUNS = Number(process.env['JOIN_RUNS'] ?? 10_000);
const SEED = Number(process.env['JOIN_SEED'] ?? 20_261_122);

type Step = { readonly side: 0 | 1; readonly key: string; readonly at: number } | { readonly watermark: number };
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ side: fc.constantFrom(0 as const, 1 as const), key: fc.constantFrom('a', 'b'), at: fc.integer({ min: -5, max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ watermark: fc.integer({ min: -8, max: 30 }) }) },
  ),
  { maxLength: 30, size: 'max' },
);

/** What each step emits, in no order. */
function model(lower: number, upper: number, all: readonly Step[]): string[][] {
  let now = -Infinity;
  let kept: { side: 0 | 1; key: string; at: number; name: string }[] = [];
  const keptUntil = ({ side, at }: { side: 0 | 1; at: number }): number => at + Math.max(side === LEFT ? upper : -lower, 0);
  return all.map((step, index) => {
    if ('watermark' in step) {
      if (step.watermark <= now) return [];
      now = step.watermark;
      kept = kept.filter((each) => keptUntil(each) > now);
      return [];
    }
    const record = { ...step, name: String(index) };
    if (step.at < now) return [`late ${record.name}`];
    kept.push(record);
    return kept.flatMap((other) => {
      if (other.side === record.side || other.key !== record.key) return [];
      const [left, right] = record.side === LEFT ? [record, other] : [other, record];
      return right.at >= left.at + lower && right.at <= left.at + upper ? [`${left.name}+${right.name} ${Math.max(left.at, right.at)}`] : [];
    });
  });
}

function observed(lower: number, upper: number, all: readonly Step[]): string[][] {
  const harness = joined(lower, upper);
  let now = -Infinity;
  const emitted = all.map((step, index) => {
    if ('watermark' in step) {
      if (step.watermark > now) harness.watermark((now = step.watermark));
    } else {
      harness.push([step.key, String(index)], step.at, step.side);
    }
    const late = [...harness.sideOutputs.values()].flatMap((records) => records.splice(0)).map(({ value }) => `late ${(value as Item)[1]}`);
    return [...harness.output.splice(0).map(({ value, timestamp }) => `${value} ${timestamp}`), ...late];
  });
  harness.watermark(Infinity);
  expect([harness.output, harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([[], 0, 0]);
  return emitted;
}

it(`an interval join does what the naive model does (seed ${SEED})`, { timeout: 60_000 }, () => {
  const sorted = (out: readonly string[][]): string[][] => out.map((step) => step.toSorted());
  fc.assert(fc.property(fc.integer({ min: -8, max: 8 }), fc.integer({ min: -1, max: 10 }), steps, (lower, width, all) => {
    expect(sorted(observed(lower, lower + width, all))).toEqual(sorted(model(lower, lower + width, all)));
  }), { numRuns: RUNS, seed: SEED });
});
