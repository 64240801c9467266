/**
 * Windows of activity: an element opens a window that lasts for a gap, and windows that overlap or touch are one
 * (Flink: `EventTimeSessionWindows`, `ProcessingTimeSessionWindows` and their dynamic forms).
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import { formatDuration, type DurationLike } from '../core/time.js';
import { EventTimeTrigger } from './event-time-trigger.js';
import { ProcessingTimeTrigger } from './processing-time-trigger.js';
import type { Trigger } from './trigger.js';
import { mergeTimeWindows, TimeWindow, type MergeCallback } from './window.js';
import { MergingWindowAssigner, type WindowAssignerContext } from './window-assigner.js';
import { eventTimeOf, positiveDuration } from './window-time.js';

/** Answers the gap after an element, in milliseconds above 0 (Flink: `SessionWindowTimeGapExtractor`). */
export type SessionGapLambda<T> = (element: T) => number;
export interface SessionWindowTimeGapExtractor<T> {
  extract(element: T): number;
}

abstract class SessionWindows<T> extends MergingWindowAssigner<T, TimeWindow> {
  constructor(
    /** The gap after an element, not checked. */
    readonly gapOf: SessionGapLambda<T>,
    /** Milliseconds, where it is the same after every element. */
    private readonly fixedGap?: number,
  ) {
    super();
  }

  mergeWindows(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void {
    mergeTimeWindows(windows, merge);
  }

  override toString(): string {
    return `${classNameOf(this)}(${this.fixedGap ?? ''})`;
  }

  protected windowFrom(element: T, start: number): readonly TimeWindow[] {
    const gap = this.gapOf(element);
    if (!(gap > 0)) {
      throw new FlinkError('USER_FUNCTION', `the gap of a session must be more than 0 ms; the extractor answered ${typeof gap === 'number' ? formatDuration(gap) : String(gap)}`);
    }
    return [new TimeWindow(start, start + gap)];
  }
}

/** By the elements' timestamps. */
export class EventTimeSessionWindows<T = unknown> extends SessionWindows<T> {
  /** A session ends when no element came for `gap`. */
  static withGap(gap: DurationLike): EventTimeSessionWindows {
    const ms = positiveDuration('EventTimeSessionWindows.withGap', 'gap', gap);
    return new EventTimeSessionWindows(() => ms, ms);
  }

  /** Each element says for how long its session stays open after it. */
  static withDynamicGap<T>(extractor: SessionGapLambda<T> | SessionWindowTimeGapExtractor<T>): EventTimeSessionWindows<T> {
    return new DynamicEventTimeSessionWindows<T>(dynamicGap('EventTimeSessionWindows.withDynamicGap', extractor));
  }

  assignWindows(element: T, timestamp: number): readonly TimeWindow[] {
    return this.windowFrom(element, eventTimeOf(timestamp, 'EventTimeSessionWindows'));
  }

  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  isEventTime(): boolean {
    return true;
  }
}

/** By the clock, at the moment when an element is processed. */
export class ProcessingTimeSessionWindows<T = unknown> extends SessionWindows<T> {
  /** A session ends when no element came for `gap`. */
  static withGap(gap: DurationLike): ProcessingTimeSessionWindows {
    const ms = positiveDuration('ProcessingTimeSessionWindows.withGap', 'gap', gap);
    return new ProcessingTimeSessionWindows(() => ms, ms);
  }

  /** Each element says for how long its session stays open after it. */
  static withDynamicGap<T>(extractor: SessionGapLambda<T> | SessionWindowTimeGapExtractor<T>): ProcessingTimeSessionWindows<T> {
    return new DynamicProcessingTimeSessionWindows<T>(dynamicGap('ProcessingTimeSessionWindows.withDynamicGap', extractor));
  }

  assignWindows(element: T, _timestamp: number, context: WindowAssignerContext): readonly TimeWindow[] {
    return this.windowFrom(element, context.getCurrentProcessingTime());
  }

  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  isEventTime(): boolean {
    return false;
  }
}

/** Sessions by event time whose gap each element says. */
export class DynamicEventTimeSessionWindows<T = unknown> extends EventTimeSessionWindows<T> {}

/** Sessions by the clock whose gap each element says. */
export class DynamicProcessingTimeSessionWindows<T = unknown> extends ProcessingTimeSessionWindows<T> {}

function dynamicGap<T>(call: string, extractor: SessionGapLambda<T> | SessionWindowTimeGapExtractor<T>): SessionGapLambda<T> {
  if (typeof extractor === 'function') return extractor;
  if (typeof extractor?.extract !== 'function') throw new FlinkError('INVALID_ARGUMENT', `${call} takes a function or an object with extract(); ${typeof extractor} came`);
  return (element) => extractor.extract(element);
}
