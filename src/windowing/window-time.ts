/**
 * Arithmetic of time windows: where they start, and which times they can be made from.
 */
import { FlinkError } from '../core/errors.js';
import { formatDuration, toMillis, type DurationLike } from '../core/time.js';
import { MAX_TIMESTAMP, NO_TIMESTAMP } from '../core/timestamp.js';

/** The range of JavaScript's dates, in milliseconds: within it window bounds are exact. Times beyond saturate. */
const TIME_MAX = 8.64e15;

/** The element's time, within the range of exact arithmetic. An element without a timestamp is an error. */
export function eventTimeOf(timestamp: number, assigner: string): number {
  if (timestamp === NO_TIMESTAMP) {
    throw new FlinkError('TIMESTAMP_MISSING', `${assigner} needs records with a timestamp; one without came`, {
      hint: 'Call stream.assignTimestampsAndWatermarks(WatermarkStrategy.….withTimestampAssigner((record) => record.time)) before the window, or use a processing-time window.',
    });
  }
  return timestamp > TIME_MAX ? TIME_MAX : timestamp < -TIME_MAX ? -TIME_MAX : timestamp;
}

/** When event time has no more use for a window; never, where lateness leads beyond the times that can be told apart. */
export function cleanupTimeOf(maxTimestamp: number, lateness: number): number {
  const time = maxTimestamp + lateness;
  return time > Number.MAX_SAFE_INTEGER ? MAX_TIMESTAMP : time;
}

/** Milliseconds of a duration that must be above zero. */
export function positiveDuration(call: string, what: string, duration: DurationLike): number {
  const ms = toMillis(duration);
  if (ms <= 0) throw new FlinkError('INVALID_ARGUMENT', `${call} needs a ${what} of more than 0; ${formatDuration(ms)} came`);
  return ms;
}

/** Milliseconds of an offset, which must be smaller than what it shifts. */
export function offsetWithin(call: string, offset: DurationLike, periodMs: number, period: string): number {
  const ms = toMillis(offset);
  if (Math.abs(ms) >= periodMs) {
    throw new FlinkError('INVALID_ARGUMENT', `${call} needs an offset smaller than the ${period}: |offset| < ${formatDuration(periodMs)}; ${formatDuration(ms)} came`);
  }
  return ms;
}
