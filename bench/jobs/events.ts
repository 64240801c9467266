/**
 * A stream of the records of bench/events.js, with their timestamps and a watermark every so many of them.
 */
import { WatermarkStrategy } from 'flink-ts';
import type { SingleOutputStreamOperator, StreamExecutionEnvironment, WatermarkOutput } from 'flink-ts';
import { event, LATE_MS, WATERMARK_EVERY } from '../events.js';

export interface Event {
  key: number;
  at: number;
  amount: number;
}

class EverySoMany {
  private seen = 0;
  private latest = -Infinity;

  onEvent(_event: Event, timestamp: number, output: WatermarkOutput): void {
    if (timestamp > this.latest) this.latest = timestamp;
    if (++this.seen % WATERMARK_EVERY === 0) output.emitWatermark(this.latest - LATE_MS - 1);
  }

  onPeriodicEmit(): void {}
}

export function events(env: StreamExecutionEnvironment, records: number, keys: number, perMs: number): SingleOutputStreamOperator<Event> {
  return env
    .fromSequence(1, records)
    .map((number): Event => event(number, keys, perMs))
    .assignTimestampsAndWatermarks(WatermarkStrategy.forGenerator<Event>(() => new EverySoMany()).withTimestampAssigner(({ at }) => at));
}
