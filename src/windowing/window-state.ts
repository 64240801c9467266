/**
 * The form in which windows are in snapshots, whichever operator keeps them: contents by key and window, and for each
 * key and window the timers that wait. The general operator has it because it keeps state by handles and timers;
 * the others write it and read it, so that a job may go from one operator to another.
 *
 * Invariant: a window that has a timer at its end has yet to fire for that key; the others have fired.
 */
import type { PrimitiveKey } from '../core/key.js';
import { registeredClasses } from '../core/serialization/class-registry.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import type { DerivedNamespaces } from '../state/keyed-context.js';
import type { KeyedStateMeta } from '../state/operator-snapshot.js';
import type { KeyedSnapshotSink } from '../state/snapshot-walk.js';
import { storedTimer, timersMeta } from '../state/stored-timer.js';
import { TaggedUnion } from './tagged-union.js';
import { TimestampedValue } from './timestamped-value.js';
import { cleanupTimeOf } from './window-time.js';
import { GlobalWindow, TimeWindow, type Window } from './window.js';

/** What handles call the state of this name in the store of this name. */
export const CONTENTS_NAME = 'window-contents';
export const TIMERS_NAME = 'window-timers';
export const MERGING_NAME = 'merging-window-set';

for (const known of [TimeWindow, GlobalWindow, TaggedUnion, TimestampedValue]) registeredClasses.register(`flink:${known.name}`, known as never);

export function contentsMeta(aggregated: boolean): KeyedStateMeta {
  return { name: `${CONTENTS_NAME}/${CONTENTS_NAME}`, kind: aggregated ? 'aggregating' : 'list', namespaced: true, expiring: false };
}

/** Of each key: the windows in flight where windows merge, and the windows that their contents are kept under. */
export const mergingMeta: KeyedStateMeta = { name: `${MERGING_NAME}/${MERGING_NAME}`, kind: 'value', namespaced: true, expiring: false };

export const windowTimersMeta: KeyedStateMeta = timersMeta(TIMERS_NAME);

/** Windows of the engine's own are known by what they compare by. */
export const derivedWindows: DerivedNamespaces<Window> = {
  isDerived: (window) => window.constructor === TimeWindow || window.constructor === GlobalWindow,
  derive: (identity) => (identity === GlobalWindow.get().identity() ? GlobalWindow.get() : timeWindowOf(identity)),
};

export function timeWindowOf(identity: PrimitiveKey): TimeWindow {
  const [start, end] = String(identity).split(',').map(Number) as [number, number];
  return new TimeWindow(start, end);
}

/** Writes windows of time into a snapshot. */
export class WindowEntries {
  private readonly contents: number;
  private readonly timers: number;

  constructor(private readonly sink: KeyedSnapshotSink, aggregated: boolean, private readonly isEventTime: boolean, private readonly lateness: number) {
    this.contents = sink.open(contentsMeta(aggregated));
    this.timers = sink.open(windowTimersMeta);
  }

  /** @param fires whether its end has yet to come for the key. */
  write(primitive: PrimitiveKey, key: unknown, window: TimeWindow, accumulator: unknown, fires: boolean): void {
    const identity = window.identity();
    if (accumulator !== undefined && accumulator !== null) this.sink.write(this.contents, primitive, key, identity, accumulator);
    const end = window.maxTimestamp();
    if (fires) this.timer(primitive, key, identity, end);
    if (this.lateness > 0 || !fires) this.timer(primitive, key, identity, cleanupTimeOf(end, this.lateness));
  }

  private timer(primitive: PrimitiveKey, key: unknown, identity: PrimitiveKey, time: number): void {
    if (time < MAX_TIMESTAMP) this.sink.write(this.timers, primitive, key, identity, storedTimer(this.isEventTime, time, identity, identity));
  }
}
