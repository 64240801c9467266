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

/** The parts of a Java date pattern that make sense in a folder's name. */
const FIELDS: Readonly<Record<string, Intl.DateTimeFormatPartTypes>> = { yyyy: 'year', MM: 'month', dd: 'day', HH: 'hour', mm: 'minute', ss: 'second' };

/** One folder for each hour, or for whatever the pattern tells apart, by the clock (Flink: `DateTimeBucketAssigner`). */
export class DateTimeBucketAssigner<T = unknown> implements BucketAssigner<T> {
  private readonly parts: readonly { readonly field: Intl.DateTimeFormatPartTypes | undefined; readonly text: string }[];
  private readonly calendar: Intl.DateTimeFormat;
  private second = Number.NaN;
  private bucket = '';

  /**
   * @param pattern of `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss` and other characters. Default: `yyyy-MM-dd--HH`.
   * @param timeZone an IANA name. Default: the machine's.
   */
  constructor(pattern = 'yyyy-MM-dd--HH', timeZone?: string) {
    this.parts = (pattern.match(/yyyy|MM|dd|HH|mm|ss|[^A-Za-z]+|[A-Za-z]/g) ?? []).map((text) => ({ field: FIELDS[text], text }));
    const unknown = this.parts.find(({ field, text }) => field === undefined && /[A-Za-z]/.test(text));
    if (unknown) throw new FlinkError('INVALID_ARGUMENT', `a DateTimeBucketAssigner takes a pattern of ${Object.keys(FIELDS).join(', ')}; "${pattern}" has "${unknown.text}"`);
    this.calendar = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }

  getBucketId(_element: T, context: BucketContext): string {
    const second = Math.floor(context.currentProcessingTime() / 1000);
    if (second !== this.second) {
      this.second = second;
      const values = new Map(this.calendar.formatToParts(second * 1000).map(({ type, value }) => [type, value]));
      this.bucket = this.parts.map(({ field, text }) => (field === undefined ? text : values.get(field)!)).join('');
    }
    return this.bucket;
  }
}
