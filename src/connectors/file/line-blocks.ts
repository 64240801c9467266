/**
 * Cuts the bytes of one split into lines, a block at a time: read into a reused buffer, cut at the last line feed,
 * decode the whole block at once, hand out substrings. What follows the cut stays in the buffer for the next block, so
 * neither a line nor a character is ever put together from pieces.
 *
 * Invariants:
 * - The text at hand is exactly the decoded bytes `[0, cut)` of the buffer, which starts at byte `base` of the input.
 * - Line ends are `\n` or `\r\n` (Flink: `TextInputFormat`); the last line needs none.
 */
import { FlinkError } from '../../core/errors.js';
import type { ReaderOutput } from '../../operators/source.js';
import type { ByteInput } from './byte-input.js';
import type { Charset } from './charset.js';
import type { FileSplit } from './file-split.js';

/** Small enough to stay in the processor's cache between reading, decoding and cutting. */
const BLOCK_BYTES = 64 * 1024;
/** Close to the longest string there can be. */
export const LINE_BYTES_MAX = 256 * 1024 * 1024;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = 0xfeff;

export class LineBlocks {
  private buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  private base: number;
  private filled = 0;
  private cut = 0;
  private text = '';
  private position = 0;
  private skipping: boolean;
  /** The text at hand is the last of the split. */
  private last: boolean;

  constructor(
    private readonly split: FileSplit,
    private readonly charset: Charset,
  ) {
    this.skipping = !split.atLineStart && split.start > 0;
    this.base = this.firstByte;
    // What a snapshot leaves of a split may be nothing.
    this.last = split.start >= split.end;
  }

  /** Where reading has to begin: one code unit early, to see whether a line begins at the start of the split. */
  get firstByte(): number {
    return this.skipping ? this.split.start - this.charset.unit : this.split.start;
  }

  /** Whether decoded lines are waiting to be emitted. */
  get pending(): boolean {
    return this.position < this.text.length;
  }

  /** Emits lines of the text at hand until it is used up or the output is full. */
  emit(output: ReaderOutput<string>): void {
    const text = this.text;
    let position = this.position;
    for (let newline = text.indexOf('\n', position); newline >= 0; newline = text.indexOf('\n', position)) {
      const end = newline > position && text.charCodeAt(newline - 1) === CARRIAGE_RETURN ? newline - 1 : newline;
      output.collect(text.substring(position, end));
      position = newline + 1;
      if (output.full) {
        this.position = position;
        return;
      }
    }
    if (position < text.length) {
      const end = text.charCodeAt(text.length - 1) === CARRIAGE_RETURN ? text.length - 1 : text.length;
      output.collect(text.substring(position, end));
    }
    this.position = text.length;
  }

  /** Brings the next text to hand once the last is used up: `wait` when the input has nothing now, `end` after the last. */
  advance(input: ByteInput): 'block' | 'wait' | 'end' {
    this.drop(this.cut);
    while (!this.last) {
      if (this.filled === this.buffer.length) this.grow();
      const count = input.read(this.buffer, this.filled, this.buffer.length - this.filled);
      if (count === undefined) return 'wait';
      let scanFrom = this.filled;
      this.filled += count;
      if (this.skipping) {
        this.skip(count === 0);
        if (this.skipping) continue;
        scanFrom = 0;
      }
      this.cut = this.last ? 0 : count === 0 ? this.cutAtEnd() : this.findCut(scanFrom);
      if (this.cut > 0) {
        this.decode();
        if (this.pending) return 'block';
        this.drop(this.cut);
      }
    }
    return 'end';
  }

  /** Where the next line to be emitted begins, in bytes of the input. */
  offset(): number {
    if (!this.pending) return this.base + this.cut;
    let at = 0;
    for (let newline = this.text.indexOf('\n'); newline >= 0 && newline < this.position; newline = this.text.indexOf('\n', newline + 1)) {
      at = this.charset.firstNewline(this.buffer, at, this.cut) + this.charset.unit;
    }
    return this.base + at;
  }

  /** Whether a line is known to begin at `offset()`. */
  get atLineStart(): boolean {
    return !this.skipping;
  }

  private drop(count: number): void {
    if (count > 0) {
      const rest = this.filled - count;
      const shrink = this.buffer.length > BLOCK_BYTES && rest < BLOCK_BYTES / 2;
      const target = shrink ? Buffer.allocUnsafe(BLOCK_BYTES) : this.buffer;
      this.buffer.copy(target, 0, count, this.filled);
      this.buffer = target;
      this.filled = rest;
      this.base += count;
    }
    this.cut = 0;
    this.text = '';
    this.position = 0;
  }

  /** Passes over the line that began before the split. */
  private skip(atEnd: boolean): void {
    const newline = this.charset.firstNewline(this.buffer, 0, this.filled);
    const passed = newline < 0 ? this.filled - (this.filled % this.charset.unit) : newline + this.charset.unit;
    this.drop(passed);
    if (newline >= 0) this.skipping = false;
    if (atEnd || this.base >= this.split.end) this.last = true;
  }

  private cutAtEnd(): number {
    this.last = true;
    return this.filled;
  }

  /** The end of the last whole line that belongs to the split, 0 when the buffer holds none. */
  private findCut(scanFrom: number): number {
    const unit = this.charset.unit;
    const from = scanFrom - (scanFrom % unit);
    const limit = this.split.end - unit - this.base;
    if (limit < this.filled) {
      const newline = this.charset.firstNewline(this.buffer, Math.max(limit, from), this.filled);
      if (newline >= 0) {
        this.last = true;
        return newline + unit;
      }
    }
    const newline = this.charset.lastNewline(this.buffer, from, this.filled);
    return newline < 0 ? 0 : newline + unit;
  }

  private decode(): void {
    this.text = this.charset.decode(this.buffer, this.cut);
    const marked = this.base === 0 && this.charset.byteOrderMark && this.text.charCodeAt(0) === BYTE_ORDER_MARK;
    this.position = marked ? 1 : 0;
  }

  private grow(): void {
    if (this.buffer.length >= LINE_BYTES_MAX) {
      throw new FlinkError('INPUT_UNREADABLE', `${this.split.path} has a line of more than ${LINE_BYTES_MAX / 1024 / 1024} MB at byte ${this.base}`, {
        hint: 'Is this a text file with line ends? Lines must fit into memory.',
      });
    }
    const larger = Buffer.allocUnsafe(this.buffer.length * 2);
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}
