/**
 * Windows of one size, one after the other (Flink: `TumblingEventTimeWindows`, `TumblingProcessingTimeWindows`).
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import type { DurationLike } from '../core/time.js';
import { toMillis } from '../core/time.js';
import { EventTimeTrigger } from './event-time-trigger.js';
import { ProcessingTimeTrigger } from './processing-time-trigger.js';
import type { Trigger } from './trigger.js';
import { TimeWindow } from './window.js';
import { WindowAssigner, type WindowAssignerContext } from './window-assigner.js';
import { staggerOffset, WindowStagger } from './window-stagger.js';
import { eventTimeOf, offsetWithin } from './window-time.js';

abstract class TumblingWindows extends WindowAssigner<unknown, TimeWindow> {
  /** Milliseconds. */
  readonly size: number;
  readonly offset: number;
  private shift: number | undefined;
  private latest: readonly TimeWindow[] = [];
  private latestStart = NaN;

  constructor(
    call: string,
    size: DurationLike,
    offset: DurationLike,
    readonly stagger: WindowStagger,
  ) {
    super();
    this.size = toMillis(size);
    this.offset = offsetWithin(call, offset, this.size, 'size');
    if (!(stagger in WindowStagger)) throw new FlinkError('INVALID_ARGUMENT', `${call} knows the staggers ALIGNED, RANDOM and NATURAL; ${String(stagger)} came`);
  }

  /** The start of an element's window. */
  startOf(time: number, context: WindowAssignerContext): number {
    this.shift ??= (this.offset + staggerOffset(this.stagger, this.size, context)) % this.size;
    return TimeWindow.getWindowStartWithOffset(time, this.shift, this.size);
  }

  protected windowsAt(time: number, context: WindowAssignerContext): readonly TimeWindow[] {
    const start = this.startOf(time, context);
    if (start !== this.latestStart) {
      this.latestStart = start;
      this.latest = [new TimeWindow(start, start + this.size)];
    }
    return this.latest;
  }

  override toString(): string {
    return `${classNameOf(this)}(${this.size})`;
  }
}

/** By the elements' timestamps. */
export class TumblingEventTimeWindows extends TumblingWindows {
  private constructor(size: DurationLike, offset: DurationLike, stagger: WindowStagger) {
    super('TumblingEventTimeWindows.of', size, offset, stagger);
  }

  /** @param offset shifts all windows: with a size of an hour and an offset of 15 min they start at a quarter past. */
  static of(size: DurationLike, offset: DurationLike = 0, stagger: WindowStagger = WindowStagger.ALIGNED): TumblingEventTimeWindows {
    return new TumblingEventTimeWindows(size, offset, stagger);
  }

  assignWindows(_element: unknown, timestamp: number, context: WindowAssignerContext): readonly TimeWindow[] {
    return this.windowsAt(eventTimeOf(timestamp, 'TumblingEventTimeWindows'), context);
  }

  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  isEventTime(): boolean {
    return true;
  }

  override forSubtask(): TumblingEventTimeWindows {
    return new TumblingEventTimeWindows(this.size, this.offset, this.stagger);
  }
}

/** By the clock, at the moment when an element is processed. */
export class TumblingProcessingTimeWindows extends TumblingWindows {
  private constructor(size: DurationLike, offset: DurationLike, stagger: WindowStagger) {
    super('TumblingProcessingTimeWindows.of', size, offset, stagger);
  }

  /** @param offset shifts all windows: with a size of a day and an offset of -8 h they start at midnight in China. */
  static of(size: DurationLike, offset: DurationLike = 0, stagger: WindowStagger = WindowStagger.ALIGNED): TumblingProcessingTimeWindows {
    return new TumblingProcessingTimeWindows(size, offset, stagger);
  }

  assignWindows(_element: unknown, _timestamp: number, context: WindowAssignerContext): readonly TimeWindow[] {
    return this.windowsAt(context.getCurrentProcessingTime(), context);
  }

  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  isEventTime(): boolean {
    return false;
  }

  override forSubtask(): TumblingProcessingTimeWindows {
    return new TumblingProcessingTimeWindows(this.size, this.offset, this.stagger);
  }
}
