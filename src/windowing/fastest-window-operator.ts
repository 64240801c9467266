/**
 * Chooses the window operator: one made for the case where there is one, the general operator elsewhere. All give the
 * same results.
 */
import type { OperatorDefinition } from '../operators/operator.js';
import { alignedWindowOperator, type AlignedSettings } from './aligned-window-operator.js';
import { EventTimeTrigger } from './event-time-trigger.js';
import { ProcessingTimeTrigger } from './processing-time-trigger.js';
import { sessionWindowOperator, type SessionSettings } from './session-window-operator.js';
import { EventTimeSessionWindows } from './session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.js';
import type { WindowAssigner } from './window-assigner.js';
import { generalWindowOperator, type WindowSettings } from './window-operator.js';
import type { TimeWindow, Window } from './window.js';

export function windowOperator<T, W extends Window>(settings: WindowSettings<T, W>): OperatorDefinition {
  const { assigner, trigger, evictor } = settings as unknown as WindowSettings<T, TimeWindow>;
  const firesAtEnd = trigger === (assigner.isEventTime() ? EventTimeTrigger.create() : ProcessingTimeTrigger.create());
  if (evictor || !firesAtEnd) return generalWindowOperator(settings);
  if (isAligned(assigner)) return alignedWindowOperator(settings as unknown as AlignedSettings<T>);
  if (assigner instanceof EventTimeSessionWindows) return sessionWindowOperator(settings as unknown as SessionSettings<T>);
  return generalWindowOperator(settings);
}

function isAligned<T>(assigner: WindowAssigner<T, TimeWindow>): boolean {
  if (assigner instanceof TumblingEventTimeWindows || assigner instanceof TumblingProcessingTimeWindows) return true;
  // With other slides, elements of one slide belong to different numbers of windows.
  return (assigner instanceof SlidingEventTimeWindows || assigner instanceof SlidingProcessingTimeWindows) && assigner.size % assigner.slide === 0;
}
