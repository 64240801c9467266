/**
 * A few lines at the end of the screen that are redrawn in place. Whatever else is written meanwhile, by this thread or
 * by a TaskManager's, goes above them.
 */
import type { SharedScreen } from '../cluster/shared-screen.js';
import type { Terminal } from './terminal.js';

export class LivePicture {
  private lines: readonly string[] = [];
  private readonly restore: (() => void)[] = [];

  constructor(private readonly terminal: Terminal, private readonly screen: SharedScreen) {}

  draw(text: string): void {
    if (this.restore.length === 0) for (const stream of this.terminal.screens) this.watch(stream);
    // A picture taller than the screen could not be taken back.
    this.lines = text.split('\n').slice(0, this.terminal.rows() - 1);
    this.screen.exclusively(() => this.onTo(this.terminal.screens[0]!, ''));
  }

  /** Leaves the last picture where it is. */
  leave(): void {
    for (const restore of this.restore.splice(0)) restore();
    this.screen.exclusively(() => this.screen.pictureDrawn(0));
  }

  /** Text above, picture below; to be called while holding the screen. */
  private onTo(stream: NodeJS.WriteStream, above: string): boolean {
    // The rest of an unfinished line is yet to come; the picture returns with the next redraw.
    if (above !== '' && !above.endsWith('\n')) return rawWrite(stream, this.screen.erasePicture() + above);
    const drained = rawWrite(stream, `${this.screen.erasePicture()}${above}${this.lines.join('\n')}\n`);
    this.screen.pictureDrawn(this.lines.length);
    return drained;
  }

  private watch(stream: NodeJS.WriteStream): void {
    const write = stream.write;
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const drained = this.screen.exclusively(() => this.onTo(stream, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()));
      const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined;
      done?.();
      return drained;
    }) as typeof write;
    originals.set(stream, write);
    this.restore.push(() => {
      stream.write = write;
      originals.delete(stream);
    });
  }
}

/** The streams' own ways to write, while pictures stand in front of them. */
const originals = new WeakMap<NodeJS.WriteStream, NodeJS.WriteStream['write']>();

function rawWrite(stream: NodeJS.WriteStream, text: string): boolean {
  return (originals.get(stream) ?? stream.write).call(stream, text);
}
