/**
 * Reads the lines of file splits, one split after the other (Flink: `TextLineInputFormat` in a `FileSource`).
 *
 * Invariants:
 * - One poll emits the lines of one block at most, or of what is left of it.
 * - A snapshot names the first byte of the first line that was not emitted.
 */
import type { Configuration } from '../../core/configuration.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../operators/source.js';
import { SplitFeed } from '../split-feed.js';
import type { ByteInput } from './byte-input.js';
import type { Charset } from './charset.js';
import { DelimitedBlocks } from './delimited-blocks.js';
import type { FileSplit } from './file-split.js';
import { LineBlocks } from './line-blocks.js';
import { openInput } from './open-input.js';

export class TextFileReader implements SourceReader<string, FileSplit> {
  private readonly feed: SplitFeed<FileSplit>;
  private readonly fileSystems: Configuration | undefined;
  private current: { readonly split: FileSplit; readonly lines: LineBlocks | DelimitedBlocks; readonly input: ByteInput } | undefined;

  constructor(
    context: SourceReaderContext<FileSplit>,
    private readonly charset: Charset,
    private readonly delimiter?: Buffer,
  ) {
    this.feed = new SplitFeed(context);
    this.fileSystems = context.fileSystems;
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<string>): InputStatus {
    for (;;) {
      if (!this.current && !this.openNext()) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      const { split, lines, input } = this.current!;
      if (lines.pending) {
        lines.emit(output.createOutputForSplit?.(split.id) ?? output);
        return 'MORE_AVAILABLE';
      }
      const state = lines.advance(input);
      if (state === 'wait') return 'NOTHING_AVAILABLE';
      if (state !== 'end') continue;
      output.releaseOutputForSplit?.(split.id);
      this.closeCurrent();
    }
  }

  isAvailable(): Promise<void> {
    return this.current ? this.current.input.available() : this.feed.available();
  }

  addSplits(splits: FileSplit[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): FileSplit[] {
    const rest = [...this.feed.rest()];
    if (!this.current) return rest;
    const { split, lines } = this.current;
    return lines.atLineStart ? [{ ...split, start: lines.offset(), atLineStart: true }, ...rest] : [split, ...rest];
  }

  close(): void {
    this.closeCurrent();
  }

  private openNext(): boolean {
    const split = this.feed.take();
    if (!split) return false;
    const lines = this.delimiter ? new DelimitedBlocks(split, this.charset, this.delimiter) : new LineBlocks(split, this.charset);
    this.current = { split, lines, input: openInput(split, lines.firstByte, this.fileSystems) };
    return true;
  }

  private closeCurrent(): void {
    this.current?.input.close();
    this.current = undefined;
  }
}
