/**
 * The reader's end of pulled splits: what has been assigned and not begun, and the request for more.
 *
 * Invariants: at most one request is under way; splits come out in the order in which they came in.
 */
import type { SourceReaderContext } from '../operators/source.js';
import { Availability } from './availability.js';

export class SplitFeed<SplitT> {
  private readonly queue: SplitT[] = [];
  private readonly arrival = new Availability();
  private requested = false;
  private complete = false;

  constructor(private readonly context: SourceReaderContext<SplitT>) {}

  /** The next split, or undefined: then either `finished` is true or one has been asked for. */
  take(): SplitT | undefined {
    const split = this.queue.shift();
    if (split === undefined) this.request();
    return split;
  }

  /** Asks for a split unless there is one, one is under way, or no more will come. */
  request(): void {
    if (this.requested || this.complete || this.queue.length > 0) return;
    this.requested = true;
    this.context.sendSplitRequest();
  }

  add(splits: readonly SplitT[]): void {
    this.queue.push(...splits);
    this.requested = false;
    this.arrival.notify();
  }

  noMore(): void {
    this.complete = true;
    this.arrival.notify();
  }

  /** All splits are taken and no more will come. */
  get finished(): boolean {
    return this.complete && this.queue.length === 0;
  }

  /** Resolves when `take` or `finished` has news. */
  available(): Promise<void> {
    return this.queue.length > 0 || this.complete ? Promise.resolve() : this.arrival.wait();
  }

  /** What has been assigned and not begun. */
  rest(): readonly SplitT[] {
    return this.queue;
  }
}
