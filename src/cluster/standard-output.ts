/**
 * Standard output and standard error of the process, written from any thread.
 *
 * Invariants:
 * - A call's text is written whole before another thread's: a lock in shared memory is held meanwhile.
 * - A slow reader stops the writing thread, and so on up to the sources; nothing is buffered without bound.
 * - A reader that has gone away (`| head -1`) is reported once; what follows is dropped silently.
 */
import { writeSync } from 'node:fs';
import { FlinkError } from '../core/errors.js';

const FREE = 0;
const TAKEN = 1;
/** A thread that died while it held the lock must not stop the others for good. */
const LOCK_WAIT_MS = 2_000;
const FULL_PIPE_WAIT_MS = 2;

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

export class StandardOutput {
  private readonly lock: Int32Array;
  private readonly pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly gone = { stdout: false, stderr: false };

  static allocateLock(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  }

  /** @param closed Called once when the reader of standard output has gone. */
  constructor(lock: SharedArrayBuffer, private readonly closed: () => void) {
    this.lock = new Int32Array(lock);
  }

  /** Writes whole lines. Throws `OUTPUT_UNWRITABLE` when the output is broken in another way than by a reader that left. */
  print(stream: 'stdout' | 'stderr', text: string): void {
    if (this.gone[stream] || text === '') return;
    const bytes = Buffer.from(text, 'utf8');
    this.acquire();
    try {
      this.writeAll(stream, bytes);
    } finally {
      this.release();
    }
  }

  private writeAll(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    for (let written = 0; written < bytes.length; ) {
      try {
        written += writeSync(DESCRIPTORS[stream], bytes, written);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') Atomics.wait(this.pause, 0, 0, FULL_PIPE_WAIT_MS);
        else if (code === 'EPIPE') return this.readerLeft(stream);
        else throw new FlinkError('OUTPUT_UNWRITABLE', `${stream === 'stdout' ? 'standard output' : 'standard error'} cannot be written: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  private readerLeft(stream: 'stdout' | 'stderr'): void {
    this.gone[stream] = true;
    if (stream === 'stdout') this.closed();
  }

  private acquire(): void {
    while (Atomics.compareExchange(this.lock, 0, FREE, TAKEN) !== FREE) {
      if (Atomics.wait(this.lock, 0, TAKEN, LOCK_WAIT_MS) === 'timed-out') return;
    }
  }

  private release(): void {
    Atomics.store(this.lock, 0, FREE);
    Atomics.notify(this.lock, 0, 1);
  }
}
