/**
 * Which folder below the sink's own an element belongs to (Flink: `BucketAssigner`).
 */
import { FlinkError } from '../../core/errors.js';

/** The facts of the element. */
export interface BucketContext {
  /** Event time in epoch milliseconds, or null. */
  timestamp(): number | null;
  currentWatermark(): number;
  currentProcessingTime(): number;
}

export interface BucketAssigner<T> {
  /** A relative path, `''` for the sink's own folder. */
  getBucketId(element: T, context: BucketContext): string;
}

/** Everything in the sink's own folder. */
export class BasePathBucketAssigner<T = unknown> implements BucketAssigner<T> {
  getBucketId(): string {
    return '';
  }
}

/** What a Java date pattern has letters for, as far as it makes sense in a folder's name. */
const FIELDS: Readonly<Record<string, Intl.DateTimeFormatPartTypes>> = { y: 'year', u: 'year', M: 'month', d: 'day', H: 'hour', m: 'minute', s: 'second' };
/** Most digits of a number in a pattern. */
const DIGITS_MAX: Readonly<Record<string, number>> = { y: 4, u: 4 };

/** A number of the date, of so many digits at least (a year of two: its last two), or text. */
interface PatternPart {
  readonly field: Intl.DateTimeFormatPartTypes | undefined;
  readonly digits: number;
  readonly text: string;
}

/** One folder for each hour, or for whatever the pattern tells apart, by the clock (Flink: `DateTimeBucketAssigner`). */
export class DateTimeBucketAssigner<T = unknown> implements BucketAssigner<T> {
  private readonly parts: readonly PatternPart[];
  private readonly calendar: Intl.DateTimeFormat;
  private second = Number.NaN;
  private bucket = '';

  /**
   * @param pattern of `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss` (or one letter for a number without a leading 0, `yy`, `uuuu`), other
   * characters, and text between single quotes (`'dt='yyyy-MM-dd`; two quotes are one). Default: `yyyy-MM-dd--HH`.
   * @param timeZone an IANA name. Default: the machine's.
   */
  constructor(pattern = 'yyyy-MM-dd--HH', timeZone?: string) {
    this.parts = (pattern.match(/'(?:[^']|'')*'|'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? []).map((text) => patternPart(text, pattern));
    this.calendar = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }

  getBucketId(_element: T, context: BucketContext): string {
    const second = Math.floor(context.currentProcessingTime() / 1000);
    if (second !== this.second) {
      this.second = second;
      const values = new Map(this.calendar.formatToParts(second * 1000).map(({ type, value }) => [type, value]));
      this.bucket = this.parts.map((part) => shown(part, values)).join('');
    }
    return this.bucket;
  }
}

function patternPart(text: string, pattern: string): PatternPart {
  if (text === "''") return { field: undefined, digits: 0, text: "'" };
  if (text.length > 1 && text.startsWith("'")) return { field: undefined, digits: 0, text: text.slice(1, -1).replaceAll("''", "'") };
  const letter = text[0]!;
  const field = FIELDS[letter];
  if (!/[A-Za-z']/.test(letter)) return { field: undefined, digits: 0, text };
  if (field && text.length <= (DIGITS_MAX[letter] ?? 2) && !(field === 'year' && text.length === 3)) return { field, digits: text.length, text };
  throw new FlinkError('INVALID_ARGUMENT', `a DateTimeBucketAssigner takes a pattern of yyyy, MM, dd, HH, mm, ss; "${pattern}" has "${text}"`, {
    hint: "Put text between single quotes: 'dt='yyyy-MM-dd.",
  });
}

function shown({ field, digits, text }: PatternPart, values: ReadonlyMap<string, string>): string {
  if (field === undefined) return text;
  const value = values.get(field)!;
  if (field === 'year' && digits === 2) return value.slice(-2);
  return digits === 1 ? String(Number(value)) : value.padStart(digits, '0');
}
