/**
 * Reads the records that `CacheSink` has written, with the timestamps that they had.
 *
 * Invariant: readers know where the files are from their splits alone: only the program that ran the job before knows its id.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { registeredClasses } from '../../core/serialization/class-registry.js';
import { ValueDecoder } from '../../core/serialization/value-decoder.js';
import { beginFrame } from '../../core/serialization/value-frame.js';
import { NO_TIMESTAMP } from '../../core/timestamp.js';
import type { InputStatus, ReaderOutput, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { unreadable } from '../file/unreadable.js';
import { SplitFeed } from '../split-feed.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import type { CachedResult } from './cached-result.js';

/** A file, of which so many records have been emitted. */
export interface CacheSplit {
  readonly id: string;
  readonly path: string;
  readonly emitted: number;
}

/** Records of one turn at most. */
const TURN = 4096;
const LENGTH_BYTES = 4;

export class CacheSource<T> implements Source<T, CacheSplit, SplitQueueCheckpoint<CacheSplit>> {
  readonly boundedness = 'BOUNDED';

  constructor(private readonly cached: CachedResult) {}

  createReader(context: SourceReaderContext<CacheSplit>): SourceReader<T, CacheSplit> {
    return new CacheReader<T>(context);
  }

  createEnumerator(context: SplitEnumeratorContext<CacheSplit>): SplitQueue<CacheSplit> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<CacheSplit>, checkpoint: SplitQueueCheckpoint<CacheSplit>): SplitQueue<CacheSplit> {
    return new SplitQueue(context, { checkpoint, find: () => splitsIn(this.cached.folder) });
  }
}

function splitsIn(folder: string | undefined): CacheSplit[] {
  if (folder === undefined) throw new FlinkError('INTERNAL', 'expected a cached stream whose records are kept, got one that has none');
  try {
    return readdirSync(folder).filter((name) => /^part-\d+$/.test(name)).sort().map((id) => ({ id, path: join(folder, id), emitted: 0 }));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

class CacheReader<T> implements SourceReader<T, CacheSplit> {
  private readonly feed: SplitFeed<CacheSplit>;
  private readonly decoder = new ValueDecoder(registeredClasses);
  private split: CacheSplit | undefined;
  private file = -1;
  private position = 0;
  /** Records left in the frame that is being read. */
  private left = 0;
  private emitted = 0;

  constructor(context: SourceReaderContext<CacheSplit>) {
    this.feed = new SplitFeed(context);
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    if (!this.split && !this.open()) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
    for (let turn = 0; turn < TURN && !output.full; turn++) {
      if (this.left === 0 && !this.nextFrame()) {
        this.close();
        break;
      }
      this.left--;
      const timestamp = this.decoder.read() as number;
      const value = this.decoder.read() as T;
      if (this.emitted++ < this.split!.emitted) continue;
      if (timestamp === NO_TIMESTAMP) output.collect(value);
      else output.collect(value, timestamp);
    }
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    return this.split ? Promise.resolve() : this.feed.available();
  }

  addSplits(splits: CacheSplit[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): CacheSplit[] {
    return [...(this.split ? [{ ...this.split, emitted: Math.max(this.emitted, this.split.emitted) }] : []), ...this.feed.rest()];
  }

  close(): void {
    if (this.split) closeSync(this.file);
    this.split = undefined;
  }

  private open(): boolean {
    const split = this.feed.take();
    if (!split) return false;
    try {
      this.file = openSync(split.path, 'r');
    } catch (error) {
      throw unreadable(split.path, error);
    }
    this.split = split;
    this.position = this.emitted = this.left = 0;
    return true;
  }

  /** False at the end of the file. */
  private nextFrame(): boolean {
    const head = this.bytes(LENGTH_BYTES);
    if (head.length === 0) return false;
    this.left = beginFrame(this.decoder, this.bytes(head.readUInt32LE()));
    return true;
  }

  private bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    for (let got = -1; read < length && got !== 0; read += got) got = readSync(this.file, bytes, read, length - read, this.position + read);
    this.position += read;
    return bytes.subarray(0, read);
  }
}
