/**
 * The elements of a collection: an array, anything iterable, anything asynchronously iterable, or a function that
 * makes one of those (Flink: `fromCollection`, `fromElements`).
 *
 * Invariants:
 * - Elements are taken in order, by one subtask, and no faster than downstream takes them.
 * - An iterator that was not read to its end is told so by `return()` when the reader closes.
 */
import type { Boundedness, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import { CollectionReader } from './collection-reader.js';

/** The whole collection, of which so many elements have been emitted. */
export interface CollectionSplit {
  readonly id: string;
  readonly emitted: number;
}

export type Collection<T> = Iterable<T> | AsyncIterable<T>;

/**
 * A source of the elements of `collection`. A function is called by the reader when it starts, which is what a
 * generator needs to be read again after a failure; an iterator given as such can be read only once.
 *
 * Arrays are read by index; iterables one element at a time as downstream has room; asynchronous iterables up to 256
 * elements ahead. A collection counts as bounded unless `boundedness` says otherwise.
 */
export class CollectionSource<T> implements Source<T, CollectionSplit, SplitQueueCheckpoint<CollectionSplit>> {
  readonly parallel = false;
  readonly givesTimestamps = false;
  readonly replays: boolean;

  constructor(
    private readonly collection: Collection<T> | (() => Collection<T>),
    readonly boundedness: Boundedness = 'BOUNDED',
  ) {
    this.replays = typeof collection === 'function' || (Symbol.iterator in Object(collection) && typeof (collection as Partial<Iterator<T>>).next !== 'function');
  }

  createReader(context: SourceReaderContext<CollectionSplit>): SourceReader<T, CollectionSplit> {
    const { collection } = this;
    return new CollectionReader(context, () => (typeof collection === 'function' ? collection() : collection));
  }

  createEnumerator(context: SplitEnumeratorContext<CollectionSplit>): SplitQueue<CollectionSplit> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<CollectionSplit>, checkpoint: SplitQueueCheckpoint<CollectionSplit>): SplitQueue<CollectionSplit> {
    return new SplitQueue(context, { checkpoint, find: () => [{ id: '0', emitted: 0 }] });
  }
}
