/**
 * What the threads that write to one terminal share: whose turn it is, and how many lines of a picture stand below
 * what has been written, so that the next writer can take them away first.
 *
 * Invariant: nobody writes without holding the lock; whoever writes below a picture erases it and says so.
 */

const LOCK = 0;
const PICTURE_LINES = 1;
const WORDS = 2;

const FREE = 0;
const TAKEN = 1;
/** A thread that died while it held the lock must not stop the others for good. */
const LOCK_WAIT_MS = 2_000;

export class SharedScreen {
  private readonly words: Int32Array;

  /** Memory that every thread's `SharedScreen` is made of. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  }

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** Runs `write` while no other thread writes. Not to be nested. */
  exclusively<R>(write: () => R): R {
    this.acquire();
    try {
      return write();
    } finally {
      Atomics.store(this.words, LOCK, FREE);
      Atomics.notify(this.words, LOCK, 1);
    }
  }

  /** What to write before anything else so that the picture goes; only while holding the lock. */
  erasePicture(): string {
    const lines = Atomics.exchange(this.words, PICTURE_LINES, 0);
    return lines > 0 ? `\u001b[${lines}A\u001b[J` : '';
  }

  /** A picture of so many lines, each ended, stands at the end; only while holding the lock. */
  pictureDrawn(lines: number): void {
    Atomics.store(this.words, PICTURE_LINES, lines);
  }

  private acquire(): void {
    while (Atomics.compareExchange(this.words, LOCK, FREE, TAKEN) !== FREE) {
      if (Atomics.wait(this.words, LOCK, TAKEN, LOCK_WAIT_MS) === 'timed-out') return;
    }
  }
}
