/**
 * Event time as the engine carries it: epoch milliseconds in a double.
 *
 * Flink uses 64-bit integers whose smallest and largest values are sentinels. Here those two are the
 * infinities, which compare correctly and saturate under addition, so no arithmetic needs a special case.
 * Invariants: a timestamp is never NaN; "no timestamp" and "before every watermark" are the same value.
 */

/** Smallest timestamp and the initial watermark (Flink: `Long.MIN_VALUE`). */
export const MIN_TIMESTAMP = Number.NEGATIVE_INFINITY;

/** Largest timestamp and the watermark of ended input (Flink: `Long.MAX_VALUE`, `Watermark.MAX_WATERMARK`). */
export const MAX_TIMESTAMP = Number.POSITIVE_INFINITY;

/** What a record without a timestamp carries (Flink: `StreamRecord.hasTimestamp() == false`). */
export const NO_TIMESTAMP = MIN_TIMESTAMP;
