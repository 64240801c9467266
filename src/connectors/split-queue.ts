/**
 * An enumerator that finds all splits once and hands them out on request, in order, until there are none left; an endless
 * one then waits for more.
 *
 * Invariants:
 * - Requests that come before the splits are found wait; none is forgotten.
 * - A split is either in the queue, or with a reader; splits of a failed reader come back to the front.
 */
import type { SplitEnumerator, SplitEnumeratorContext } from '../operators/source.js';

/** The splits not handed out yet; null when they had not been found when the snapshot was taken. */
export type SplitQueueCheckpoint<SplitT> = readonly SplitT[] | null;

export interface SplitQueueOptions<SplitT> {
  /** Finds the splits; an error it throws or rejects with fails the job. */
  find(): SplitT[] | Promise<SplitT[]>;
  /** Instead of `find`, when restoring. */
  checkpoint?: SplitQueueCheckpoint<SplitT> | undefined;
  /** How much a split weighs, and how much one request is answered with at most (but at least one split). Default: one split a request. */
  share?: { weigh(split: SplitT): number; limit(): number };
  /** Readers that find it empty wait for `add`, and are never told that no more will come. */
  endless?: boolean;
}

const ONE_BY_ONE = { weigh: () => 1, limit: () => 1 };

export class SplitQueue<SplitT> implements SplitEnumerator<SplitT, SplitQueueCheckpoint<SplitT>> {
  private pending: SplitT[] | undefined;
  /** Position of the first split not handed out. */
  private head = 0;
  private waiting: number[] = [];

  constructor(
    private readonly context: SplitEnumeratorContext<SplitT>,
    private readonly options: SplitQueueOptions<SplitT>,
  ) {
    if (options.checkpoint) this.pending = [...options.checkpoint];
    context.metricGroup?.().gauge('unassignedSplits', () => (this.pending?.length ?? 0) - this.head);
  }

  start(): void | Promise<void> {
    if (this.pending) return undefined;
    const found = this.options.find();
    if (!(found instanceof Promise)) return this.open(found);
    return found.then((splits) => this.open(splits));
  }

  handleSplitRequest(subtask: number): void {
    if (!this.pending) {
      this.waiting.push(subtask);
      return;
    }
    if (this.head >= this.pending.length) {
      if (this.options.endless) this.waiting.push(subtask);
      else this.context.signalNoMoreSplits(subtask);
      return;
    }
    const { weigh, limit } = this.options.share ?? ONE_BY_ONE;
    let room = limit();
    do {
      const split = this.pending[this.head++]!;
      room -= weigh(split);
      this.context.assignSplit(split, subtask);
    } while (this.head < this.pending.length && weigh(this.pending[this.head]!) <= room);
  }

  addSplitsBack(splits: SplitT[], subtask: number): void {
    if (!this.pending) return;
    // What it had asked for is forgotten with the reader; the one that follows asks again.
    this.waiting = this.waiting.filter((other) => other !== subtask);
    this.open([...splits, ...this.rest()]);
  }

  /** More to hand out, behind what there is. */
  add(splits: readonly SplitT[]): void {
    this.open([...this.rest(), ...splits]);
  }

  addReader(_subtask: number): void {
    // Readers ask when they are ready.
  }

  snapshotState(_checkpointId: number): SplitQueueCheckpoint<SplitT> {
    return this.pending ? this.rest() : null;
  }

  private rest(): SplitT[] {
    return (this.pending ?? []).slice(this.head);
  }

  private open(splits: SplitT[]): void {
    this.pending = splits;
    this.head = 0;
    const waiting = this.waiting;
    this.waiting = [];
    for (const subtask of waiting) this.handleSplitRequest(subtask);
  }
}
