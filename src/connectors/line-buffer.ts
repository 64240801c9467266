/**
 * Collects lines of text and hands them on in whole chunks: when enough have gathered, when the sink is flushed, and
 * after a short while if neither happens.
 *
 * Invariant: chunks hold whole lines, in order.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Mailbox } from '../operators/operator.js';

/** UTF-16 units that make a chunk. */
const CHUNK = 64 * 1024;
/** How long a line may wait while the task is busy with other things. */
const WAIT_MS = 100;

export class LineBuffer {
  private text = '';
  private timer: ScheduledCall | undefined;

  constructor(
    private readonly context: { readonly clock: Clock; readonly mailbox: Mailbox },
    private readonly write: (chunk: string) => void,
  ) {}

  /** Takes text that ends with its line end. */
  add(line: string): void {
    if (this.text === '') this.timer ??= this.context.clock.schedule(WAIT_MS, this.onTime);
    this.text += line;
    if (this.text.length >= CHUNK) this.flush();
  }

  flush(): void {
    if (this.text === '') return;
    const chunk = this.text;
    this.text = '';
    this.write(chunk);
  }

  close(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private readonly onTime = (): void => {
    this.timer = undefined;
    this.context.mailbox.execute(() => this.flush());
  };
}
