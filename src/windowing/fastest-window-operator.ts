/**
 * Chooses the window operator: one made for the case where there is one, the general operator elsewhere. All give the
 * same results.
 */
import type { OperatorDefinition } from '../operators/operator.js';
import { alignedWindowOperator, type AlignedSettings } from './aligned-window-operator.js';
import { CountTrigger } from './count-trigger.js';
import { countWindowOperator } from './count-window-operator.js';
import { EventTimeTrigger } from './event-time-trigger.js';
import { GlobalWindows } from './global-windows.js';
import { ProcessingTimeTrigger } from './processing-time-trigger.js';
import { PurgingTrigger } from './purging-trigger.js';
import { sessionWindowOperator, type SessionSettings } from './session-window-operator.js';
import { DynamicEventTimeSessionWindows, EventTimeSessionWindows } from './session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.js';
import type { WindowAssigner } from './window-assigner.js';
import { generalWindowOperator, type WindowSettings } from './window-operator.js';
import type { GlobalWindow, TimeWindow, Window } from './window.js';

const ALIGNED: ReadonlySet<unknown> = new Set([TumblingEventTimeWindows.prototype, TumblingProcessingTimeWindows.prototype, SlidingEventTimeWindows.prototype, SlidingProcessingTimeWindows.prototype]);
const SESSIONS: ReadonlySet<unknown> = new Set([EventTimeSessionWindows.prototype, DynamicEventTimeSessionWindows.prototype]);

export function windowOperator<T, W extends Window>(settings: WindowSettings<T, W>): OperatorDefinition {
  return { ...fastest(settings), inBatch: generalWindowOperator(settings) };
}

function fastest<T, W extends Window>(settings: WindowSettings<T, W>): OperatorDefinition {
  const { assigner, trigger, evictor } = settings as unknown as WindowSettings<T, TimeWindow>;
  const size = countOf(trigger);
  if (size !== undefined && !evictor && settings.assigner instanceof GlobalWindows) return countWindowOperator({ ...(settings as unknown as WindowSettings<T, GlobalWindow>), size });
  const firesAtEnd = trigger === (assigner.isEventTime() ? EventTimeTrigger.create() : ProcessingTimeTrigger.create());
  if (evictor || !firesAtEnd) return generalWindowOperator(settings);
  // An author's own subclass may assign as it likes.
  if (isAligned(assigner)) return alignedWindowOperator(settings as unknown as AlignedSettings<T>);
  if (SESSIONS.has(Object.getPrototypeOf(assigner))) return sessionWindowOperator(settings as unknown as SessionSettings<T>);
  return generalWindowOperator(settings);
}

/** How many elements a window holds whose trigger only counts them. */
function countOf(trigger: unknown): number | undefined {
  const nested: unknown = trigger instanceof PurgingTrigger ? trigger.getNestedTrigger() : undefined;
  return nested instanceof CountTrigger ? nested.maxCount : undefined;
}

function isAligned<T>(assigner: WindowAssigner<T, TimeWindow>): boolean {
  return ALIGNED.has(Object.getPrototypeOf(assigner));
}
