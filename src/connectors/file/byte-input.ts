/**
 * Where the bytes of a split come from: one small pull interface over files, packed files, pipes and terminals.
 *
 * Invariants:
 * - `read` never blocks on anything but a regular file.
 * - `close` may be called at any time, also while waiting for input, and lets go of everything at once.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Availability } from '../availability.js';
import { unreadable } from './unreadable.js';

export interface ByteInput {
  /** Bytes put into `target` from `offset`, at most `length`; 0 at the end; undefined when there are none now. */
  read(target: Buffer, offset: number, length: number): number | undefined;
  /** Resolves when reading again is worth it. */
  available(): Promise<void>;
  close(): void;
}

/** A regular file, read by position, without waiting. `position` undefined: from wherever the descriptor stands. */
export class FileBytes implements ByteInput {
  private readonly descriptor: number;

  constructor(
    private readonly path: string,
    private position: number | undefined,
    descriptor?: number,
  ) {
    try {
      this.descriptor = descriptor ?? openSync(path, 'r');
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  read(target: Buffer, offset: number, length: number): number {
    try {
      const count = readSync(this.descriptor, target, offset, length, this.position ?? null);
      if (this.position !== undefined) this.position += count;
      return count;
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }

  available(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // Descriptor 0 belongs to the process.
    if (this.descriptor > 0) closeSync(this.descriptor);
  }
}

/** Any Node stream, read without taking more than its own small buffer ahead. */
export class StreamBytes implements ByteInput {
  private chunk: Buffer | undefined;
  private used = 0;
  private ended = false;
  private failure: unknown;
  private readonly news = new Availability();

  constructor(
    private readonly path: string,
    private readonly stream: Readable,
    /** Bytes to pass over first. */
    private skip = 0,
  ) {
    const end = (): void => {
      this.ended = true;
      this.news.notify();
    };
    stream.on('readable', () => this.news.notify());
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', (error) => {
      this.failure = error;
      this.news.notify();
    });
  }

  read(target: Buffer, offset: number, length: number): number | undefined {
    for (;;) {
      if (!this.chunk) {
        if (this.failure !== undefined) throw unreadable(this.path, this.failure);
        this.chunk = (this.stream.read() as Buffer | null) ?? undefined;
        this.used = 0;
        if (!this.chunk) return this.ended ? 0 : undefined;
      }
      const passed = Math.min(this.skip, this.chunk.length - this.used);
      this.skip -= passed;
      this.used += passed;
      const count = this.chunk.copy(target, offset, this.used, Math.min(this.chunk.length, this.used + length));
      this.used += count;
      if (this.used === this.chunk.length) this.chunk = undefined;
      if (count > 0) return count;
    }
  }

  available(): Promise<void> {
    return this.chunk || this.ended || this.failure !== undefined || this.stream.readableLength > 0 ? Promise.resolve() : this.news.wait();
  }

  close(): void {
    this.stream.on('error', () => {});
    this.stream.destroy();
    this.ended = true;
    this.news.notify();
  }
}
