import { describe, expect, it } from 'vitest';
import type { Collector, KeyedProcessContext, ProcessContext } from '../../src/operators/functions.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { coProcessOperator, keyedProcessOperator, processOperator } from '../../src/operators/process.js';
import { SideOutputs } from '../../src/operators/side-outputs.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

const [odd, even] = [new OutputTag<number>('odd'), new OutputTag<string>('even')];

describe.each(MODES)('$mode side outputs', ({ specialise }) => {
  const split = (n: number, context: ProcessContext, out: Collector<number>): void => {
    if (n % 2 === 0) context.output(even, `#${n}`);
    else context.output(odd, n);
    out.collect(-n);
  };
  const expected = { odd: [{ value: 1, timestamp: 6 }, { value: 3, timestamp: 8 }], even: [{ value: '#2', timestamp: 7 }] };

  it('of every kind of process function keep their records and timestamps apart', () => {
    const methods = { processElement1: split, processElement2: split };
    for (const definition of [processOperator<number, number>(split), keyedProcessOperator<string, number, number>(split, () => 'key'), coProcessOperator<never, number, number, number>(methods)]) {
      const harness = operatorHarness(definition, { specialise }).push(1, 6).push(2, 7).push(3, 8);
      expect(Object.fromEntries(harness.sideOutputs)).toEqual(expected);
      expect(harness.values).toEqual([-1, -2, -3]);
    }
  });

  it('of timers carry the time of the timer, by both kinds of time', () => {
    const harness = operatorHarness(keyedProcessOperator<string, number, number>({
      processElement(n, context) {
        context.timerService().registerEventTimeTimer(n);
        context.timerService().registerProcessingTimeTimer(n + 1);
      },
      onTimer: (time, context) => context.output(odd, time),
    }, () => 'key'), { specialise });
    harness.push(5, 1).watermark(20).setProcessingTime(20);
    expect(harness.sideOutputs.get('odd')).toEqual([{ value: 5, timestamp: 5 }, { value: 6, timestamp: 6 }]);
  });

  it.each([[undefined, 'undefined'], [null, 'null'], ['late', "'late'"], [{ id: 'late' }, "{ id: 'late' }"]])('are refused where %o stands for the tag', (tag, shown) => {
    const harness = operatorHarness(keyedProcessOperator<string, number, never>((n: number, context: KeyedProcessContext<string>) => context.output(tag as unknown as OutputTag<number>, n), () => 'key'), { specialise });
    expect(() => harness.push(1)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: `output takes an OutputTag first; got ${shown}` }));
  });
});

it('a side output is opened once, by what first goes to it', () => {
  const opened: string[] = [];
  const emitted: unknown[] = [];
  const outputs = new SideOutputs({ side: (id) => (opened.push(id), (value, timestamp) => void emitted.push([id, value, timestamp])) });
  expect(opened).toEqual([]);
  outputs.emit(odd, 1, 5);
  outputs.emit(odd, 3, 6);
  outputs.emit(new OutputTag<number>('odd'), 5, 7);
  expect([opened, emitted]).toEqual([['odd'], [['odd', 1, 5], ['odd', 3, 6], ['odd', 5, 7]]]);
});
