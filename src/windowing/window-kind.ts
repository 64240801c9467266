/**
 * What kind of windows an assigner makes, as far as that is known before its first element: so that a job does not go on
 * from state of windows that it cannot read.
 */
import type { WindowKind } from '../state/keyed-context.js';
import { GlobalWindows } from './global-windows.js';
import { EventTimeSessionWindows, ProcessingTimeSessionWindows } from './session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.js';

const OF_TIME: readonly unknown[] = [
  TumblingEventTimeWindows.prototype, TumblingProcessingTimeWindows.prototype, SlidingEventTimeWindows.prototype, SlidingProcessingTimeWindows.prototype,
  EventTimeSessionWindows.prototype, ProcessingTimeSessionWindows.prototype,
];

/** Undefined for an assigner of an author's own, which may make windows of its own. */
export function windowKindOf(assigner: object): WindowKind | undefined {
  if (assigner instanceof GlobalWindows) return 'global';
  return OF_TIME.includes(Object.getPrototypeOf(assigner)) ? 'time' : undefined;
}
