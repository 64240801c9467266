/**
 * A watermark as an author may write it: as an object of Flink's class, or as its timestamp alone.
 */
import { MAX_TIMESTAMP } from './timestamp.js';

/** The promise that no record with this timestamp or a smaller one follows (Flink: `Watermark`). */
export class Watermark {
  static readonly MAX_WATERMARK = new Watermark(MAX_TIMESTAMP);

  /** @param timestamp epoch milliseconds. */
  constructor(readonly timestamp: number) {}

  getTimestamp(): number {
    return this.timestamp;
  }
}

/** Epoch milliseconds of a watermark. */
export function watermarkTime(watermark: Watermark | number): number {
  return typeof watermark === 'number' ? watermark : watermark.timestamp;
}
