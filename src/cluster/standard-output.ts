/**
 * Standard output and standard error of the process, written from any thread.
 *
 * Invariants:
 * - A call's text is written whole before another thread's.
 * - On a terminal it goes above the picture that may stand there.
 * - A slow reader stops the writing thread, and so on up to the sources; nothing is buffered without bound.
 * - A reader that has gone away (`| head -1`) is reported once; what follows is dropped silently. A pipe says so by
 *   EPIPE, the socket that another process may have put in its place by ECONNRESET.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { FlinkError } from '../core/errors.js';
import { SharedScreen } from './shared-screen.js';

const FULL_PIPE_WAIT_MS = 2;

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

export class StandardOutput {
  private readonly screen: SharedScreen;
  private readonly pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly gone = { stdout: false, stderr: false };
  private readonly onScreen = { stdout: isatty(DESCRIPTORS.stdout), stderr: isatty(DESCRIPTORS.stderr) };

  /**
   * @param memory Made by `SharedScreen.allocate`, shared with every other thread that writes.
   * @param closed Called once when the reader of standard output has gone.
   */
  constructor(memory: SharedArrayBuffer, private readonly closed: () => void) {
    this.screen = new SharedScreen(memory);
  }

  /** Writes whole lines. Throws `OUTPUT_UNWRITABLE` when the output is broken in another way than by a reader that left. */
  print(stream: 'stdout' | 'stderr', text: string): void {
    if (this.gone[stream] || text === '') return;
    this.screen.exclusively(() => {
      const before = this.onScreen[stream] ? this.screen.erasePicture() : '';
      this.writeAll(stream, Buffer.from(before + text, 'utf8'));
    });
  }

  private writeAll(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    for (let written = 0; written < bytes.length; ) {
      try {
        written += writeSync(DESCRIPTORS[stream], bytes, written);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') Atomics.wait(this.pause, 0, 0, FULL_PIPE_WAIT_MS);
        else if (code === 'EPIPE' || code === 'ECONNRESET') return this.readerLeft(stream);
        else throw new FlinkError('OUTPUT_UNWRITABLE', `${stream === 'stdout' ? 'standard output' : 'standard error'} cannot be written: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  private readerLeft(stream: 'stdout' | 'stderr'): void {
    this.gone[stream] = true;
    if (stream === 'stdout') this.closed();
  }
}
