/**
 * Reads an iterator that can be cut, a part in each subtask (Flink: `fromParallelCollection`).
 *
 * Invariant: a part keeps its place among as many as it was cut into, whatever the parallelism is after a restore.
 */
import type { InputStatus, ReaderOutput, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitFeed } from '../split-feed.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import type { SplittableIterator } from './splittable-iterator.js';

/** One of `parts` parts, of which so many elements have been emitted. */
export interface IteratorPart {
  readonly id: string;
  readonly part: number;
  readonly parts: number;
  readonly emitted: number;
}

/** Elements of one turn at most. */
const TURN = 4096;

export class SplittableSource<T> implements Source<T, IteratorPart, SplitQueueCheckpoint<IteratorPart>> {
  readonly boundedness = 'BOUNDED';
  readonly givesTimestamps = false;

  constructor(private readonly iterator: SplittableIterator<T>) {}

  createReader(context: SourceReaderContext<IteratorPart>): SourceReader<T, IteratorPart> {
    return new SplittableReader<T>(context, this.iterator);
  }

  createEnumerator(context: SplitEnumeratorContext<IteratorPart>): SplitQueue<IteratorPart> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<IteratorPart>, checkpoint: SplitQueueCheckpoint<IteratorPart>): SplitQueue<IteratorPart> {
    const find = (): IteratorPart[] => {
      const parts = Math.max(1, Math.min(context.currentParallelism(), this.iterator.getMaximumNumberOfSplits()));
      return Array.from({ length: parts }, (_, part) => ({ id: String(part), part, parts, emitted: 0 }));
    };
    return new SplitQueue(context, { checkpoint, find });
  }
}

class SplittableReader<T> implements SourceReader<T, IteratorPart> {
  private readonly feed: SplitFeed<IteratorPart>;
  private current: { readonly split: IteratorPart; readonly elements: Iterator<T> } | undefined;
  private emitted = 0;

  constructor(context: SourceReaderContext<IteratorPart>, private readonly iterator: SplittableIterator<T>) {
    this.feed = new SplitFeed(context);
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    this.current ??= this.open();
    if (!this.current) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
    const { split, elements } = this.current;
    for (let turn = 0; turn < TURN && !output.full; turn++) {
      const next = elements.next();
      if (next.done === true) {
        this.current = undefined;
        break;
      }
      if (this.emitted++ >= split.emitted) output.collect(next.value);
    }
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    return this.current ? Promise.resolve() : this.feed.available();
  }

  addSplits(splits: IteratorPart[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): IteratorPart[] {
    return [...(this.current ? [{ ...this.current.split, emitted: Math.max(this.emitted, this.current.split.emitted) }] : []), ...this.feed.rest()];
  }

  close(): void {
    this.current?.elements.return?.();
  }

  private open(): { readonly split: IteratorPart; readonly elements: Iterator<T> } | undefined {
    const split = this.feed.take();
    if (!split) return undefined;
    this.emitted = 0;
    const part = this.iterator.split(split.parts)[split.part] ?? [];
    return { split, elements: part[Symbol.iterator]() };
  }
}
