/**
 * One object that is written bit by bit: parts leave for S3 as soon as they are full, and nobody sees anything of it
 * before it is published, or completed by somebody else (Flink: `RecoverableMultiPartUpload`).
 *
 * Invariants:
 * - Bytes are copied when they are written: whoever wrote them may use their memory again.
 * - An upload is begun with the first full part, or when the object is finished for a later commit: an object that is small
 *   when it is published is written in one request.
 * - A part that could not be uploaded is an error of everything that waits for it, and of all that comes after.
 */
import type { S3Bucket, S3Part, S3Upload } from './s3-bucket.js';

/** What another writer needs to go on with the object; plain data. */
export interface S3WriterState {
  readonly uploadId: string | undefined;
  readonly parts: readonly S3Part[];
  /** Bytes in the parts. */
  readonly uploaded: number;
  /** What no part has yet. */
  readonly tail: Uint8Array;
}

/** All that it takes to make the object visible; plain data. */
export interface S3Completion {
  readonly uploadId: string;
  readonly parts: readonly S3Part[];
  /** Bytes of the object. */
  readonly size: number;
}

/** Parts under way at the same time. */
const TOGETHER = 2;
const CHUNK_BYTES = 64 * 1024;
/** They grow so that these are enough for the largest object there may be. */
const PARTS_MAX = 10_000;
const PARTS_OF_ONE_SIZE = 1_000;

export class S3ObjectWriter {
  private chunk = Buffer.alloc(0);
  private filled = 0;
  /** Full chunks of the part that is being filled. */
  private chunks: Buffer[] = [];
  private gathered = 0;
  private handedOver = 0;
  private upload: Promise<S3Upload> | undefined;
  private readonly parts: S3Part[];
  private nextNumber: number;
  /** Parts that are not there yet, oldest first. */
  private readonly underWay: Promise<void>[] = [];
  private failure: { readonly error: unknown } | undefined;
  private given = false;

  /**
   * @param state what an earlier writer of the same object left.
   * @param gap numbers to leave out behind the parts of it: a part that was under way when that writer ended may still
   * arrive, and would take the place of another of its number.
   */
  constructor(private readonly bucket: S3Bucket, readonly key: string, state?: S3WriterState, gap = 0) {
    this.parts = [...(state?.parts ?? [])];
    const last = this.parts.reduce((most, { number }) => Math.max(most, number), 0);
    this.nextNumber = last + 1 + (last < PARTS_MAX / 2 ? gap : 0);
    this.handedOver = state?.uploaded ?? 0;
    if (state?.uploadId !== undefined) this.upload = Promise.resolve({ key, uploadId: state.uploadId });
    if (state && state.tail.length > 0) this.write(state.tail);
  }

  /** Bytes so far. */
  get size(): number {
    return this.handedOver + this.gathered + this.filled;
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      this.makeRoom(1);
      const count = Math.min(bytes.length - at, this.chunk.length - this.filled);
      this.chunk.set(bytes.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
    }
  }

  /** As UTF-8. */
  writeText(text: string): void {
    // A character takes three bytes at most.
    if (text.length * 3 > CHUNK_BYTES) return this.write(Buffer.from(text, 'utf8'));
    this.makeRoom(text.length * 3);
    this.filled += this.chunk.write(text, this.filled, 'utf8');
  }

  /** Set while more waits than should: resolves when there is room again. Never rejects. */
  get backlog(): Promise<void> | undefined {
    return this.underWay.length > TOGETHER ? this.underWay[0]!.catch(() => {}) : undefined;
  }

  /** Every full part is there: what it takes to go on. */
  async state(): Promise<S3WriterState> {
    const tail = Uint8Array.from(Buffer.concat([...this.chunks, this.chunk.subarray(0, this.filled)]));
    const uploaded = this.handedOver;
    await this.settled();
    return { uploadId: (await this.upload)?.uploadId, parts: [...this.parts], uploaded, tail };
  }

  /** Everything is there, and waits to be completed. */
  async finish(): Promise<S3Completion> {
    // An object without bytes has one part, too.
    if (this.gathered + this.filled > 0 || this.handedOver === 0) this.startPart();
    await this.settled();
    const { uploadId } = await this.begun();
    return { uploadId, parts: [...this.parts], size: this.size };
  }

  /** The object is visible when it resolves. */
  async publish(): Promise<void> {
    if (this.upload) {
      const { uploadId, parts } = await this.finish();
      await this.bucket.completeUpload({ key: this.key, uploadId }, parts);
    } else {
      await this.bucket.put(this.key, Buffer.concat([...this.chunks, this.chunk.subarray(0, this.filled)]));
    }
    this.given = true;
  }

  /** Forgets the object and what has been uploaded of it. Idempotent; without effect once published. Never rejects. */
  async abort(): Promise<void> {
    if (this.given) return;
    await this.leave();
    const upload = await this.upload?.catch(() => undefined);
    if (upload) await this.bucket.abortUpload(upload).catch(() => {});
  }

  /** Leaves the object to another writer: nothing is on its way any more. Never rejects. */
  async leave(): Promise<void> {
    this.given = true;
    this.failure ??= { error: new Error('the upload was given up') };
    await Promise.allSettled(this.underWay);
  }

  private makeRoom(bytes: number): void {
    if (this.chunk.length - this.filled >= bytes) return;
    if (this.filled > 0) {
      this.chunks.push(this.chunk.subarray(0, this.filled));
      this.gathered += this.filled;
      this.filled = 0;
    }
    if (this.gathered >= partBytes(this.nextNumber, this.bucket.minPartBytes)) this.startPart();
    this.chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  }

  private startPart(): void {
    const body = Buffer.concat([...this.chunks, this.chunk.subarray(0, this.filled)]);
    this.chunks = [];
    this.gathered = 0;
    this.chunk = Buffer.alloc(0);
    this.filled = 0;
    this.handedOver += body.length;
    const number = this.nextNumber++;
    const earlier = this.underWay.at(-TOGETHER);
    const uploaded = this.uploadPart(number, body, earlier);
    this.underWay.push(uploaded);
    const over = (): void => void this.underWay.splice(this.underWay.indexOf(uploaded), 1);
    uploaded.then(over, (error: unknown) => {
      this.failure ??= { error };
      over();
    });
  }

  private async uploadPart(number: number, body: Buffer, earlier: Promise<void> | undefined): Promise<void> {
    await earlier;
    if (this.failure) throw this.failure.error;
    this.parts.push(await this.bucket.uploadPart(await this.begun(), number, body));
  }

  private begun(): Promise<S3Upload> {
    return (this.upload ??= this.bucket.beginUpload(this.key));
  }

  private async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
    if (this.failure) throw this.failure.error;
  }
}

function partBytes(number: number, min: number): number {
  return min * 2 ** Math.floor((number - 1) / PARTS_OF_ONE_SIZE);
}
