/**
 * One part file that is being written. Its name begins with a dot, so that nobody reads it before it is committed.
 *
 * Invariants:
 * - After `persist` and after `finish` everything written is on the disk, also when the machine loses power.
 * - A file that goes on after a restart is cut to the length that the snapshot remembers: what was written after it is
 *   going to come again.
 */
import { closeSync, fsyncSync, ftruncateSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { syncFolder } from '../file/sync-folder.js';
import { unwritable } from '../file/unwritable.js';
import type { Part } from './part-files.js';

const BUFFER_BYTES = 64 * 1024;
/** Name and length say it all. */
const NOTHING_MORE = {};

export class PartFile implements Part {
  /** A disk takes what it is given. */
  readonly backlog = undefined;
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private buffered = 0;
  private closed = false;

  private constructor(readonly path: string, private readonly descriptor: number, private written: number) {}

  static create(path: string): PartFile {
    try {
      mkdirSync(dirname(path), { recursive: true });
      const part = new PartFile(path, openSync(path, 'wx'), 0);
      syncFolder(dirname(path));
      return part;
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** Goes on with a file of an earlier attempt. */
  static resume(path: string, length: number): PartFile {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r+');
    } catch (cause) {
      throw new FlinkError('OUTPUT_UNWRITABLE', `Cannot go on writing ${path}, which the snapshot has as unfinished: ${(cause as Error).message}`, {
        cause, hint: 'The file was removed, or finished after the snapshot was taken. Go on from a newer snapshot, or into another folder.',
      });
    }
    const { size } = fstatSync(descriptor);
    if (size < length) {
      closeSync(descriptor);
      throw new FlinkError('OUTPUT_UNWRITABLE', `Cannot go on writing ${path}: it holds ${size} bytes, and held ${length} when the snapshot was taken`, { hint: 'The file was changed by somebody else. Write into another folder.' });
    }
    ftruncateSync(descriptor, length);
    return new PartFile(path, descriptor, length);
  }

  /** Bytes so far. */
  get size(): number {
    return this.written + this.buffered;
  }

  writeText(text: string): void {
    // A character takes three bytes at most.
    if (text.length * 3 > BUFFER_BYTES - this.buffered) {
      this.flush();
      if (text.length * 3 > BUFFER_BYTES) return this.writeThrough(Buffer.from(text, 'utf8'));
    }
    this.buffered += this.buffer.write(text, this.buffered, 'utf8');
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_BYTES - this.buffered) {
      this.flush();
      if (bytes.length > BUFFER_BYTES) return this.writeThrough(bytes);
    }
    this.buffer.set(bytes, this.buffered);
    this.buffered += bytes.length;
  }

  flush(): void {
    if (this.buffered === 0) return;
    const { buffered } = this;
    this.buffered = 0;
    this.writeThrough(this.buffer.subarray(0, buffered));
  }

  /** Everything is on the disk when it returns. */
  persist(): object {
    this.flush();
    try {
      fsyncSync(this.descriptor);
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
    return NOTHING_MORE;
  }

  finish(): object {
    this.persist();
    this.close();
    return NOTHING_MORE;
  }

  /** Idempotent. What is buffered is lost. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.descriptor);
  }

  private writeThrough(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.written + done);
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
    this.written += bytes.length;
  }
}
