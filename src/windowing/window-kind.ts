/**
 * What kind of windows an assigner makes: so that a job does not go on from state of windows that it cannot read. Of an
 * author's own assigner it is known with the first window that it makes.
 */
import { registeredClasses } from '../core/serialization/class-registry.js';
import type { KeyedContext, WindowKind } from '../state/keyed-context.js';
import { GlobalWindows } from './global-windows.js';
import { DynamicEventTimeSessionWindows, DynamicProcessingTimeSessionWindows, EventTimeSessionWindows, ProcessingTimeSessionWindows } from './session-windows.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.js';
import { GlobalWindow, TimeWindow, type Window } from './window.js';

const OF_TIME: readonly unknown[] = [
  TumblingEventTimeWindows.prototype, TumblingProcessingTimeWindows.prototype, SlidingEventTimeWindows.prototype, SlidingProcessingTimeWindows.prototype,
  EventTimeSessionWindows.prototype, ProcessingTimeSessionWindows.prototype, DynamicEventTimeSessionWindows.prototype, DynamicProcessingTimeSessionWindows.prototype,
];

/** Tells the state of one operator what kind of windows it is of. */
export class KindOfWindows {
  private known: boolean;

  constructor(private readonly keyed: Pick<KeyedContext, 'keepsWindows'>, assigner: object) {
    const kind = kindOfAssigner(assigner);
    this.known = kind !== undefined;
    if (kind) keyed.keepsWindows(kind);
  }

  /** Throws `STATE_INCOMPATIBLE` with the first window where the snapshot is of another kind. */
  see(window: Window | undefined): void {
    if (this.known || !window) return;
    this.keyed.keepsWindows(kindOfWindow(window));
    this.known = true;
  }
}

/** Undefined for an assigner of an author's own, which may make windows of its own. */
function kindOfAssigner(assigner: object): WindowKind | undefined {
  if (assigner instanceof GlobalWindows) return 'global';
  return OF_TIME.includes(Object.getPrototypeOf(assigner)) ? 'time' : undefined;
}

function kindOfWindow(window: Window): WindowKind {
  if (window.constructor === TimeWindow) return 'time';
  if (window.constructor === GlobalWindow) return 'global';
  return `class ${registeredClasses.nameOf(Object.getPrototypeOf(window) as object) ?? window.constructor.name}`;
}
