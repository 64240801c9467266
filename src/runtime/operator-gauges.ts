/**
 * The gauges that the runtime registers for every operator, under Flink's names. They read what is there anyway, when
 * somebody asks.
 */
import type { Clock } from '../core/clock.js';
import type { MetricGroup } from '../operators/metric-group.js';
import type { OperatorStates } from '../state/operator-states.js';
import type { ChainWatermarks } from './chain-watermarks.js';
import type { StreamInput } from './stream-input.js';
import type { TaskMetrics } from './task-metrics.js';

/** @param at the operator's position in its chain. */
export function registerOperatorGauges(group: MetricGroup, at: number, watermarks: ChainWatermarks, states: OperatorStates): void {
  group.gauge('currentInputWatermark', () => watermarks.input(at));
  group.gauge('currentOutputWatermark', () => watermarks.output(at));
  if (!states.hasKeys) return;
  group.gauge('numEventTimeTimers', () => states.keyedInUse?.numEventTimeTimers() ?? 0);
  group.gauge('numProcessingTimeTimers', () => states.keyedInUse?.numProcessingTimeTimers() ?? 0);
  group.gauge('numKeyedStateEntries', () => states.keyedInUse?.numKeyedStateEntries() ?? 0);
}

/** For the head of a chain with several inputs: how far each has come. */
export function registerInputGauges(group: MetricGroup, input: StreamInput): void {
  if (input.inputs < 2) return;
  for (let at = 0; at < input.inputs; at++) group.gauge(`currentInput${at + 1}Watermark`, () => input.inputWatermark(at));
}

export function registerSourceGauges(group: MetricGroup, metrics: TaskMetrics, watermarks: ChainWatermarks, clock: Pick<Clock, 'now'>): void {
  const begun = clock.now();
  group.gauge('currentOutputWatermark', () => watermarks.output(0));
  group.gauge('sourceIdleTime', () => {
    const now = clock.now();
    return now - (metrics.read(now).lastRecordAt || begun);
  });
  // How far event time is behind the clock, once there is any.
  group.gauge('watermarkLag', () => {
    const { currentOutputWatermark } = metrics.read(clock.now());
    return Number.isFinite(currentOutputWatermark) ? clock.now() - currentOutputWatermark : undefined;
  });
  group.gauge('watermarkAlignmentDrift', () => metrics.read(clock.now()).watermarkAlignmentDrift);
  group.gauge('isIdle', () => metrics.read(clock.now()).watermarkIdle);
}
