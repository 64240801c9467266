/**
 * The bytes of an object in S3: fetched in ranges, the next while the last is read. A range that is lost on the way is
 * asked for again, so a long read survives what a single connection does not.
 */
import type { S3Bucket } from '../../s3/s3-bucket.js';
import { Availability } from '../availability.js';
import type { ByteInput } from './byte-input.js';
import { unreadable } from './unreadable.js';

const RANGE_BYTES = 4 * 1024 * 1024;
/** Behind the end of a split only the rest of a line is read. */
const REST_BYTES = 64 * 1024;
/** Ranges that wait to be read. */
const AHEAD = 2;

export interface ObjectRange {
  /** As people write it. */
  readonly path: string;
  readonly key: string;
  readonly start: number;
  /** Little is read beyond. */
  readonly end: number;
}

/** The object's ranges from `start` on, one after the other. */
export async function* rangesOf(bucket: S3Bucket, { key, start, end }: ObjectRange): AsyncGenerator<Buffer> {
  for (let at = start; ; ) {
    const wanted = at < end ? Math.min(RANGE_BYTES, end - at + REST_BYTES) : REST_BYTES;
    const bytes = await bucket.get(key, at, wanted);
    if (!bytes) throw new Error('it does not exist any more');
    if (bytes.length > 0) yield bytes;
    at += bytes.length;
    if (bytes.length < wanted) return;
  }
}

export class ObjectBytes implements ByteInput {
  private readonly waiting: Buffer[] = [];
  private used = 0;
  private ended = false;
  private failure: unknown;
  private fetching = false;
  private ranges: AsyncGenerator<Buffer> | undefined;
  private readonly news = new Availability();

  constructor(private readonly bucket: Promise<S3Bucket>, private readonly range: ObjectRange) {
    void this.fetch();
  }

  read(target: Buffer, offset: number, length: number): number | undefined {
    const first = this.waiting[0];
    if (!first) {
      if (this.failure !== undefined) throw unreadable(this.range.path, this.failure);
      return this.ended ? 0 : undefined;
    }
    const count = first.copy(target, offset, this.used, Math.min(first.length, this.used + length));
    this.used += count;
    if (this.used === first.length) {
      this.waiting.shift();
      this.used = 0;
      void this.fetch();
    }
    return count;
  }

  available(): Promise<void> {
    return this.waiting.length > 0 || this.ended || this.failure !== undefined ? Promise.resolve() : this.news.wait();
  }

  close(): void {
    this.ended = true;
    this.waiting.length = 0;
    this.news.notify();
  }

  private async fetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (!this.ended && this.waiting.length < AHEAD) {
        this.ranges ??= rangesOf(await this.bucket, this.range);
        const { done, value } = await this.ranges.next();
        if (done) this.ended = true;
        else if (!this.ended) this.waiting.push(value);
        this.news.notify();
      }
    } catch (error) {
      this.failure = error;
      this.news.notify();
    }
    this.fetching = false;
  }
}
