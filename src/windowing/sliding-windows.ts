/**
 * Windows of one size that start at regular distances and may overlap (Flink: `SlidingEventTimeWindows`,
 * `SlidingProcessingTimeWindows`).
 *
 * Invariant: an element's windows are listed latest first. With a slide larger than the size there are gaps whose
 * elements belong to no window.
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import type { DurationLike } from '../core/time.js';
import { EventTimeTrigger } from './event-time-trigger.js';
import { ProcessingTimeTrigger } from './processing-time-trigger.js';
import type { Trigger } from './trigger.js';
import { TimeWindow } from './window.js';
import { WindowAssigner, type WindowAssignerContext } from './window-assigner.js';
import { eventTimeOf, offsetWithin, positiveDuration } from './window-time.js';

/** More windows an element than this are a mistake. */
const WINDOWS_PER_ELEMENT_MAX = 10_000_000;

abstract class SlidingWindows extends WindowAssigner<unknown, TimeWindow> {
  /** Milliseconds. */
  readonly size: number;
  readonly slide: number;
  readonly offset: number;
  private latest: readonly TimeWindow[] = [];
  private latestStart = NaN;
  private latestCount = -1;

  constructor(call: string, size: DurationLike, slide: DurationLike, offset: DurationLike) {
    super();
    this.size = positiveDuration(call, 'size', size);
    this.slide = positiveDuration(call, 'slide', slide);
    this.offset = offsetWithin(call, offset, this.slide, 'slide');
    if (this.size / this.slide > WINDOWS_PER_ELEMENT_MAX) {
      throw new FlinkError('INVALID_ARGUMENT', `${call} puts each element into ${Math.ceil(this.size / this.slide)} windows; at most ${WINDOWS_PER_ELEMENT_MAX} are allowed`, { hint: 'Make the slide larger.' });
    }
  }

  /** The start of the latest window of a time. */
  startOf(time: number): number {
    return TimeWindow.getWindowStartWithOffset(time, this.offset, this.slide);
  }

  protected windowsAt(time: number): readonly TimeWindow[] {
    const last = this.startOf(time);
    const count = Math.ceil((last - time + this.size) / this.slide);
    if (last !== this.latestStart || count !== this.latestCount) {
      this.latestStart = last;
      this.latestCount = count;
      this.latest = Array.from({ length: Math.max(0, count) }, (_, i) => new TimeWindow(last - i * this.slide, last - i * this.slide + this.size));
    }
    return this.latest;
  }

  override toString(): string {
    return `${classNameOf(this)}(${this.size}, ${this.slide})`;
  }
}

/** By the elements' timestamps. */
export class SlidingEventTimeWindows extends SlidingWindows {
  private constructor(size: DurationLike, slide: DurationLike, offset: DurationLike) {
    super('SlidingEventTimeWindows.of', size, slide, offset);
  }

  /** Windows of `size` that start every `slide`, shifted by `offset`. */
  static of(size: DurationLike, slide: DurationLike, offset: DurationLike = 0): SlidingEventTimeWindows {
    return new SlidingEventTimeWindows(size, slide, offset);
  }

  assignWindows(_element: unknown, timestamp: number): readonly TimeWindow[] {
    return this.windowsAt(eventTimeOf(timestamp, 'SlidingEventTimeWindows'));
  }

  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  isEventTime(): boolean {
    return true;
  }
}

/** By the clock, at the moment when an element is processed. */
export class SlidingProcessingTimeWindows extends SlidingWindows {
  private constructor(size: DurationLike, slide: DurationLike, offset: DurationLike) {
    super('SlidingProcessingTimeWindows.of', size, slide, offset);
  }

  /** Windows of `size` that start every `slide`, shifted by `offset`. */
  static of(size: DurationLike, slide: DurationLike, offset: DurationLike = 0): SlidingProcessingTimeWindows {
    return new SlidingProcessingTimeWindows(size, slide, offset);
  }

  assignWindows(_element: unknown, _timestamp: number, context: WindowAssignerContext): readonly TimeWindow[] {
    return this.windowsAt(context.getCurrentProcessingTime());
  }

  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  isEventTime(): boolean {
    return false;
  }
}
