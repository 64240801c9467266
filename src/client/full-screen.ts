/**
 * A picture that has the whole terminal to itself until somebody has seen enough: `q`, Escape or Ctrl-C.
 *
 * Invariant: however it ends, and also when the process is told to end, the terminal is as it was: what stood there is
 * back, the cursor shows, and keys echo.
 */
import type { Terminal } from './terminal.js';

/** The terminal's second page, without a cursor; and back. */
const ENTER = '\u001B[?1049h\u001B[?25l';
const LEAVE = '\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
/** To the end of the line, and of the page. */
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** `q`, Escape alone, Ctrl-C, Ctrl-D. */
const ENOUGH = /^(?:[qQ\u0003\u0004]|\u001B)$/;

/** What of standard input is used. */
export interface Keys {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (data: Buffer | string) => void): unknown;
  off(event: 'data', listener: (data: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class FullScreen {
  isLeft = false;
  /** Resolves when somebody has seen enough. */
  readonly left: Promise<void>;
  private leave!: () => void;
  private closed = false;
  private readonly key = (data: Buffer | string): void => {
    if (ENOUGH.test(String(data))) this.leave();
  };
  private readonly restore = (): void => this.close();

  private constructor(private readonly terminal: Terminal, private readonly stream: NodeJS.WriteStream, private readonly keys: Keys) {
    this.left = new Promise((resolve) => {
      this.leave = () => {
        this.isLeft = true;
        resolve();
      };
    });
    for (const signal of SIGNALS) process.on(signal, this.leave);
    process.once('exit', this.restore);
    if (keys.isTTY) keys.setRawMode?.(true);
    keys.on('data', this.key);
    keys.resume();
    stream.write(ENTER);
  }

  /** Undefined where standard output is no terminal. */
  static open(terminal: Terminal, keys: Keys = process.stdin): FullScreen | undefined {
    const stream = terminal.screens[1];
    return stream && new FullScreen(terminal, stream, keys);
  }

  /** In place of the picture before; what is too long or too much for the terminal is left out. */
  draw(text: string): void {
    if (this.closed) return;
    const lines = text.split('\n').slice(0, this.terminal.rows());
    this.stream.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const signal of SIGNALS) process.off(signal, this.leave);
    process.off('exit', this.restore);
    this.keys.off('data', this.key);
    if (this.keys.isTTY) this.keys.setRawMode?.(false);
    this.keys.pause();
    this.stream.write(LEAVE);
  }
}
