/**
 * Durations as a job's author and a configuration file write them: milliseconds, `Time.seconds(5)`,
 * `Duration.ofSeconds(5)` or `"5 s"`.
 *
 * Invariant: a duration is a finite number of whole milliseconds.
 */
import { FlinkError } from './errors.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6, nano: 1e-6, nanos: 1e-6, nanosecond: 1e-6, nanoseconds: 1e-6,
  µs: 1e-3, us: 1e-3, micro: 1e-3, micros: 1e-3, microsecond: 1e-3, microseconds: 1e-3,
  ms: 1, milli: 1, millis: 1, millisecond: 1, milliseconds: 1,
  s: 1_000, sec: 1_000, secs: 1_000, second: 1_000, seconds: 1_000,
  m: 60_000, min: 60_000, mins: 60_000, minute: 60_000, minutes: 60_000,
  h: 3_600_000, hour: 3_600_000, hours: 3_600_000,
  d: 86_400_000, day: 86_400_000, days: 86_400_000,
};

/** Flink’s longest, which stands for never. What is longer than numbers tell apart is as long as they do. */
const LONGEST_MS = 2 ** 63;

/** A length of time (Flink: `java.time.Duration`). */
export class Duration {
  static readonly ZERO = new Duration(0);

  private constructor(private readonly ms: number) {}

  static ofMillis(ms: number): Duration {
    return new Duration(wholeMs(ms, `${ms} ms`));
  }
  static ofSeconds(seconds: number): Duration {
    return Duration.ofMillis(seconds * 1_000);
  }
  static ofMinutes(minutes: number): Duration {
    return Duration.ofMillis(minutes * 60_000);
  }
  static ofHours(hours: number): Duration {
    return Duration.ofMillis(hours * 3_600_000);
  }
  static ofDays(days: number): Duration {
    return Duration.ofMillis(days * 86_400_000);
  }
  /** `Duration.of(5, TimeUnit.SECONDS)`. Throws `INVALID_ARGUMENT` for another unit. */
  static of(amount: number, unit: TimeUnit): Duration {
    const factor = Object.values<string>(TimeUnit).includes(unit) ? UNIT_MS[unit] : undefined;
    if (factor === undefined) throw new FlinkError('INVALID_ARGUMENT', `a duration needs a unit of TimeUnit; ${String(unit)} came`, { hint: 'Write for example Time.of(5, TimeUnit.SECONDS).' });
    return Duration.ofMillis(amount * factor);
  }
  toMillis(): number {
    return this.ms;
  }
  /** Flink's `Time.toMilliseconds`. */
  toMilliseconds(): number {
    return this.ms;
  }
  toString(): string {
    return formatDuration(this.ms);
  }
}

/** Flink's older way to write durations; the same thing as `Duration`. */
export const Time = {
  milliseconds: (ms: number): Duration => Duration.ofMillis(ms),
  seconds: (seconds: number): Duration => Duration.ofSeconds(seconds),
  minutes: (minutes: number): Duration => Duration.ofMinutes(minutes),
  hours: (hours: number): Duration => Duration.ofHours(hours),
  days: (days: number): Duration => Duration.ofDays(days),
  /** `Time.of(5, TimeUnit.SECONDS)`. */
  of: (size: number, unit: TimeUnit): Duration => Duration.of(size, unit),
} as const;
export type Time = Duration;

/** The unit of a time given as a number (Java: `TimeUnit`). */
export const TimeUnit = { MILLISECONDS: 'ms', SECONDS: 's', MINUTES: 'min', HOURS: 'h', DAYS: 'd' } as const;
export type TimeUnit = (typeof TimeUnit)[keyof typeof TimeUnit];

/** Anything that is taken as a duration: milliseconds, a `Duration`, or text such as `"5 s"` or `"1 h 30 min"`. */
export type DurationLike = number | string | Duration;

/** Whole milliseconds. Throws `INVALID_ARGUMENT` for text that is not a duration. */
export function toMillis(duration: DurationLike): number {
  if (duration instanceof Duration) return duration.toMillis();
  return typeof duration === 'number' ? wholeMs(duration, String(duration)) : parseDuration(duration);
}

const PART = /\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)/iy;

/** Reads `"10 s"`, `"200ms"`, `"1 h 30 min"`, `"-1 ms"`; a bare number is milliseconds. Parts of one are rounded. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const negative = trimmed.startsWith('-');
  const body = negative ? trimmed.slice(1) : trimmed;
  let total = 0;
  PART.lastIndex = 0;
  do {
    const at = PART.lastIndex;
    const part = PART.exec(body);
    const unit = part?.[2]?.toLowerCase() ?? '';
    const factor = unit === '' && at === 0 && PART.lastIndex === body.length ? 1 : UNIT_MS[unit];
    if (!part || factor === undefined) {
      throw new FlinkError('INVALID_ARGUMENT', `"${text}" is not a duration`, { hint: 'Write milliseconds or a number with a unit: "200 ms", "5 s", "1 h 30 min".' });
    }
    total += Number(part[1]) * factor;
  } while (PART.lastIndex < body.length);
  return wholeMs(negative ? -total : total, text);
}

/** `1500` becomes `1.5 s`: the largest unit that keeps the number short. */
export function formatDuration(ms: number): string {
  if (Math.abs(ms) < 1_000) return `${ms} ms`;
  const [unit, factor] = Math.abs(ms) < 60_000 ? ['s', 1_000] : Math.abs(ms) < 3_600_000 ? ['min', 60_000] : ['h', 3_600_000];
  return `${Math.round((ms / (factor as number)) * 100) / 100} ${unit as string}`;
}

function wholeMs(ms: number, given: string): number {
  if (!Number.isFinite(ms)) throw new FlinkError('INVALID_ARGUMENT', `${given} is not a duration: a finite number of milliseconds is needed`);
  if (Math.abs(ms) > LONGEST_MS) throw new FlinkError('INVALID_ARGUMENT', `${given} is not a duration: that is too long`);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Math.round(ms), Number.MAX_SAFE_INTEGER));
}
