/**
 * Which time a job means by default (Flink before 2.0: `TimeCharacteristic`). It decides about `timeWindow`; windows
 * made with an assigner say themselves which time they mean.
 */
import type { DurationLike } from '../core/time.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from '../windowing/sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../windowing/tumbling-windows.js';
import type { TimeWindow } from '../windowing/window.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';

export const TimeCharacteristic = {
  /** The clock of the machine when a record is processed (the default). */
  ProcessingTime: 'ProcessingTime',
  /** The clock of the machine when a record enters the job. */
  IngestionTime: 'IngestionTime',
  /** The timestamps that `assignTimestampsAndWatermarks` finds in the records. */
  EventTime: 'EventTime',
} as const;
export type TimeCharacteristic = (typeof TimeCharacteristic)[keyof typeof TimeCharacteristic];

/** The windows that `timeWindow` means: tumbling, or sliding when there is a slide. */
export function timeWindows(characteristic: TimeCharacteristic, size: DurationLike, slide: DurationLike | undefined): WindowAssigner<unknown, TimeWindow> {
  const byClock = characteristic === TimeCharacteristic.ProcessingTime;
  if (slide === undefined) return byClock ? TumblingProcessingTimeWindows.of(size) : TumblingEventTimeWindows.of(size);
  return byClock ? SlidingProcessingTimeWindows.of(size, slide) : SlidingEventTimeWindows.of(size, slide);
}
