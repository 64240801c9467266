/**
 * The whole numbers from `from` to `to`, both included, read in parallel as ranges (Flink: `NumberSequenceSource`).
 *
 * Invariants: each number comes exactly once; numbers of one range come in order.
 */
import { FlinkError } from '../../core/errors.js';
import type { InputStatus, ReaderOutput, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitFeed } from '../split-feed.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';

/** A range of numbers left to read, both ends included. */
export interface NumberRange {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** Records of one turn at most. */
const TURN = 4096;

export class NumberSequenceSource implements Source<number, NumberRange, SplitQueueCheckpoint<NumberRange>> {
  readonly boundedness = 'BOUNDED';
  readonly givesTimestamps = false;

  /** `from` and `to` are safe integers with from <= to; else `INVALID_ARGUMENT`. */
  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from > to) {
      throw new FlinkError('INVALID_ARGUMENT', `A sequence needs whole numbers from <= to, but got from ${from} to ${to}`, {
        hint: 'Both ends are included: fromSequence(1, 10) gives ten numbers.',
      });
    }
  }

  createReader(context: SourceReaderContext<NumberRange>): SourceReader<number, NumberRange> {
    return new NumberSequenceReader(context);
  }

  createEnumerator(context: SplitEnumeratorContext<NumberRange>): SplitQueue<NumberRange> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<NumberRange>, checkpoint: SplitQueueCheckpoint<NumberRange>): SplitQueue<NumberRange> {
    return new SplitQueue(context, { checkpoint, find: () => splitRange(this.from, this.to, context.currentParallelism()) });
  }
}

/** Cuts a range, both ends included, into at most `parts` ranges whose sizes differ by at most one. */
export function splitRange(from: number, to: number, parts: number): NumberRange[] {
  const ranges: NumberRange[] = [];
  const total = to - from + 1;
  const size = Math.floor(total / parts);
  const larger = total - size * parts;
  let next = from;
  for (let part = 0; part < parts && next <= to; part++) {
    const last = part === parts - 1 ? to : next + size - (part < larger ? 0 : 1);
    ranges.push({ id: String(part), from: next, to: last });
    next = last + 1;
  }
  return ranges;
}

class NumberSequenceReader implements SourceReader<number, NumberRange> {
  private readonly feed: SplitFeed<NumberRange>;
  private range: NumberRange | undefined;
  private next = 0;

  constructor(context: SourceReaderContext<NumberRange>) {
    this.feed = new SplitFeed(context);
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<number>): InputStatus {
    if (!this.range) {
      this.range = this.feed.take();
      if (!this.range) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      this.next = this.range.from;
    }
    const end = Math.min(this.range.to, this.next + TURN - 1) + 1;
    let next = this.next;
    while (next < end) {
      output.collect(next++);
      if (output.full) break;
    }
    this.next = next;
    if (next > this.range.to) this.range = undefined;
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    return this.range ? Promise.resolve() : this.feed.available();
  }

  addSplits(splits: NumberRange[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): NumberRange[] {
    return this.range ? [{ ...this.range, from: this.next }, ...this.feed.rest()] : [...this.feed.rest()];
  }
}
