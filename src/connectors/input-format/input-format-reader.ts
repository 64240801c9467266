/**
 * Reads the splits of an input format one after the other. Whatever the format does asynchronously (opening, a record
 * that is a promise, closing) makes the reader unavailable until it is done.
 */
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../operators/source.js';
import { SplitFeed } from '../split-feed.js';
import type { InputFormat } from './input-format.js';
import type { InputFormatSplit } from './input-format-source.js';

/** Records of one turn at most. */
const TURN = 4096;

export class InputFormatReader<T, SplitT> implements SourceReader<T, InputFormatSplit<SplitT>> {
  private readonly feed: SplitFeed<InputFormatSplit<SplitT>>;
  private current: InputFormatSplit<SplitT> | undefined;
  private emitted = 0;
  private toSkip = 0;
  private started = false;
  /** Asynchronous work of the format under way. */
  private pending: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;
  /** The record that a promise gave; undefined inside when the split has ended. */
  private arrived: { readonly value: T | null | undefined } | undefined;

  constructor(
    context: SourceReaderContext<InputFormatSplit<SplitT>>,
    private readonly format: InputFormat<T, SplitT>,
    private readonly parameters: Readonly<Record<string, string>>,
  ) {
    this.feed = new SplitFeed(context);
  }

  start(): void | Promise<void> {
    this.started = true;
    this.format.configure?.(this.parameters);
    this.feed.request();
    return this.format.openInputFormat?.();
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    if (this.failure) throw this.failure.error;
    if (this.pending) return 'NOTHING_AVAILABLE';
    if (!this.current) {
      const split = this.feed.take();
      if (!split) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      this.open(split);
      return this.pending ? 'NOTHING_AVAILABLE' : 'MORE_AVAILABLE';
    }
    const { format } = this;
    for (let turn = 0; turn < TURN && !output.full; turn++) {
      if (!this.arrived && format.reachedEnd()) return this.endSplit();
      const next = this.arrived ? this.arrived.value : format.nextRecord();
      this.arrived = undefined;
      if (next instanceof Promise) {
        this.wait(next.then((value) => void (this.arrived = { value })));
        return 'NOTHING_AVAILABLE';
      }
      if (next === null || next === undefined) return this.endSplit();
      if (this.toSkip > 0) this.toSkip--;
      else {
        this.emitted++;
        output.collect(next);
      }
    }
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    if (this.pending) return this.pending;
    return this.current || this.failure ? Promise.resolve() : this.feed.available();
  }

  addSplits(splits: InputFormatSplit<SplitT>[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): InputFormatSplit<SplitT>[] {
    const rest = [...this.feed.rest()];
    if (!this.current) return rest;
    const state = this.format.reopen && !this.arrived && !this.pending ? this.format.getCurrentState?.() : undefined;
    return [{ id: this.current.id, split: this.current.split, emitted: this.emitted, ...(state === undefined ? {} : { state }) }, ...rest];
  }

  async close(): Promise<void> {
    if (this.current) await this.format.close();
    this.current = undefined;
    if (this.started) await this.format.closeInputFormat?.();
  }

  private open(split: InputFormatSplit<SplitT>): void {
    const resumes = split.state !== undefined && this.format.reopen !== undefined;
    this.current = split;
    this.emitted = split.emitted;
    this.toSkip = resumes ? 0 : split.emitted;
    this.wait(resumes ? this.format.reopen!(split.split, split.state) : this.format.open(split.split));
  }

  private endSplit(): InputStatus {
    this.current = undefined;
    this.wait(this.format.close());
    return this.pending ? 'NOTHING_AVAILABLE' : 'MORE_AVAILABLE';
  }

  private wait(work: void | Promise<void>): void {
    if (!(work instanceof Promise)) return;
    this.pending = work
      .catch((error: unknown) => {
        this.failure = { error };
      })
      .then(() => {
        this.pending = undefined;
      });
  }
}
