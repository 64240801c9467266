// What every operator with timers owes to those behind it: results first, then the watermark that made them due.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MapStateDescriptor } from '../../src/state/state-descriptor.js';
import { MAX_TIMESTAMP, NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { broadcastProcessOperator } from '../../src/operators/broadcast-process.js';
import type { Collector, KeyedProcessContext } from '../../src/operators/functions.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { coProcessOperator, keyedProcessOperator } from '../../src/operators/process.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { windowOperator } from '../../src/windowing/fastest-window-operator.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import { TumblingEventTimeWindows } from '../../src/windowing/tumbling-windows.js';
import type { WindowAssigner } from '../../src/windowing/window-assigner.js';
import { passThrough } from '../../src/windowing/window-emission.js';
import { generalWindowOperator, type WindowSettings } from '../../src/windowing/window-operator.js';
import type { Window } from '../../src/windowing/window.js';

type N = { readonly key: string; readonly n: number };
const keyOf = ({ key }: N): string => key;

const timed = {
  processElement: (value: N, context: KeyedProcessContext<string>): void => context.timerService().registerEventTimeTimer(value.n),
  onTimer: (time: number, _: unknown, out: Collector<number>): void => out.collect(time),
};

function windows(assigner: WindowAssigner<never, never>, more: Partial<WindowSettings<N, Window>> = {}): OperatorDefinition<never> {
  const settings = { keyOf, assigner: assigner as unknown as WindowAssigner<N, Window>, allowedLateness: 0, emission: passThrough<Window>(), ...more };
  const trigger = more.trigger ?? settings.assigner.getDefaultTrigger();
  return (more.trigger || more.evictor ? generalWindowOperator : windowOperator)<N, Window>({ ...settings, trigger } as WindowSettings<N, Window>) as OperatorDefinition<never>;
}

const OPERATORS: readonly [name: string, definition: OperatorDefinition<never>][] = [
  ['a keyed process function', keyedProcessOperator<string, N, number>(timed, keyOf) as OperatorDefinition<never>],
  ['a keyed process function of two inputs', coProcessOperator<string, N, N, number>({ processElement1: timed.processElement, processElement2: () => {}, onTimer: timed.onTimer }, keyOf, keyOf) as OperatorDefinition<never>],
  ['a keyed broadcast process function', broadcastProcessOperator<string, N, N, number>({ ...timed, processBroadcastElement() {} }, [new MapStateDescriptor('s')], keyOf) as OperatorDefinition<never>],
  ['tumbling windows', windows(TumblingEventTimeWindows.of(5) as never)],
  ['sliding windows', windows(SlidingEventTimeWindows.of(10, 5) as never)],
  ['sliding windows with gaps', windows(SlidingEventTimeWindows.of(3, 5) as never)],
  ['sessions', windows(EventTimeSessionWindows.withGap(3) as never)],
  ['windows with a trigger of their own', windows(TumblingEventTimeWindows.of(20) as never, { trigger: PurgingTrigger.of(EventTimeTrigger.create()) })],
  ['windows with an evictor', windows(TumblingEventTimeWindows.of(5) as never, { evictor: CountEvictor.of(2) })],
  ['a window until the end', windows(GlobalWindows.createWithEndOfStreamTrigger() as never)],
];

const steps = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.record({ key: fc.constantFrom('a', 'b'), n: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ watermark: fc.integer({ min: 0, max: 60 }) }) },
), { maxLength: 30 });

describe.each(OPERATORS)('%s', (_, definition) => {
  it('gives what a watermark makes due before the watermark itself, and each watermark once', () => {
    fc.assert(fc.property(steps, (all) => {
      const harness = operatorHarness<unknown>(definition);
      let now = NO_TIMESTAMP;
      const advanced: number[] = [];
      for (const step of [...all, { watermark: MAX_TIMESTAMP }]) {
        if ('key' in step) {
          if (step.n > now) harness.push(step, step.n);
          continue;
        }
        if (step.watermark <= now) continue;
        const before = harness.events.length;
        harness.watermark(step.watermark);
        const events = harness.events.slice(before);
        expect(events.at(-1)).toEqual({ type: 'watermark', timestamp: step.watermark });
        for (const event of events.slice(0, -1)) {
          expect(event.type).toBe('record');
          expect((event as { timestamp: number }).timestamp).toBeGreaterThan(now);
          expect((event as { timestamp: number }).timestamp).toBeLessThanOrEqual(step.watermark);
        }
        const times = events.slice(0, -1).map((event) => (event as { timestamp: number }).timestamp);
        expect(times).toEqual(times.toSorted((a, b) => a - b || 0));
        advanced.push((now = step.watermark));
      }
      expect(harness.watermarks).toEqual(advanced);
    }), { numRuns: 100 });
  });

  it('gives nothing of its own accord while no watermark comes', () => {
    const harness = operatorHarness<unknown>(definition);
    for (const n of [1, 30, 2, 60]) harness.push({ key: 'a', n }, n);
    harness.setProcessingTime(1e6);
    expect(harness.events).toEqual([]);
  });

  it('passes idleness on', () => {
    const harness = operatorHarness<unknown>(definition).idle(true).idle(false);
    expect(harness.events).toEqual([{ type: 'idle', idle: true }, { type: 'idle', idle: false }]);
  });
});
