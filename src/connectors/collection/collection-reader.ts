/**
 * Reads a collection through a cursor, counting what it has emitted so that a restored reader can pass over that much.
 */
import { FlinkError } from '../../core/errors.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../operators/source.js';
import { SplitFeed } from '../split-feed.js';
import type { Collection, CollectionSplit } from './collection-source.js';
import { END, openCursor, WAIT, type ElementCursor } from './element-cursor.js';

/** Elements of one turn at most. */
const TURN = 4096;

export class CollectionReader<T> implements SourceReader<T, CollectionSplit> {
  private readonly feed: SplitFeed<CollectionSplit>;
  private split: CollectionSplit | undefined;
  private cursor: ElementCursor<T> | undefined;
  private emitted = 0;
  /** Elements that an earlier run has emitted. */
  private toSkip = 0;

  constructor(
    context: SourceReaderContext<CollectionSplit>,
    private readonly open: () => Collection<T>,
  ) {
    this.feed = new SplitFeed(context);
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    if (!this.cursor && !this.openNext()) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
    const cursor = this.cursor!;
    for (let turn = 0; turn < TURN; turn++) {
      const element = cursor.next();
      if (element === WAIT) return 'NOTHING_AVAILABLE';
      if (element === END) {
        this.cursor = undefined;
        this.split = undefined;
        break;
      }
      if (this.toSkip > 0) {
        this.toSkip--;
        continue;
      }
      this.emitted++;
      output.collect(element);
      if (output.full) break;
    }
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    return this.cursor ? this.cursor.available() : this.feed.available();
  }

  addSplits(splits: CollectionSplit[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): CollectionSplit[] {
    return [...(this.split ? [{ ...this.split, emitted: this.emitted }] : []), ...this.feed.rest()];
  }

  close(): void | Promise<void> {
    const closing = this.cursor?.close();
    this.cursor = undefined;
    return closing;
  }

  private openNext(): boolean {
    this.split = this.feed.take();
    if (!this.split) return false;
    const collection: unknown = this.open();
    if (!isCollection<T>(collection)) {
      throw new FlinkError('INVALID_ARGUMENT', `A collection source needs an array, an iterable or an asynchronous iterable, but got ${typeof collection}`, {
        hint: 'Give an array, a Set, a generator function or anything that `for … of` or `for await … of` can walk.',
      });
    }
    this.emitted = this.split.emitted;
    this.toSkip = this.emitted;
    this.cursor = openCursor(collection);
    return true;
  }
}

function isCollection<T>(value: unknown): value is Collection<T> {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}
