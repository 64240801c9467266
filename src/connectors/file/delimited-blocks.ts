/**
 * Cuts the bytes of a whole file into records at a delimiter of one's own, a block at a time (Flink: `DelimitedInputFormat`).
 *
 * Invariants:
 * - A delimiter is the first that follows the record's start, wherever blocks end: of `$$$$` and `$$` there are two.
 * - The buffer begins with a record; what was not emitted of it is what a snapshot names.
 * - The last record needs no delimiter behind it.
 */
import { FlinkError } from '../../core/errors.js';
import type { ReaderOutput } from '../../operators/source.js';
import type { ByteInput } from './byte-input.js';
import type { Charset } from './charset.js';
import { textEncodingOf } from './encode-text.js';
import type { FileSplit } from './file-split.js';
import { LINE_BYTES_MAX } from './line-blocks.js';

const BLOCK_BYTES = 64 * 1024;
const BYTE_ORDER_MARK = '\ufeff';

/** Charsets in which a delimiter has the bytes that it has in another. */
const ALIASES: Readonly<Record<string, string>> = { 'utf-16': 'utf-16le', utf16: 'utf-16le', 'ucs-2': 'utf-16le', 'windows-1252': 'latin1', cp1252: 'latin1' };

/** @throws FlinkError INVALID_ARGUMENT when it is empty, or the charset is one that bytes cannot be searched in. */
export function delimiterBytes(delimiter: string, charset: string): Buffer {
  if (delimiter === '') throw new FlinkError('INVALID_ARGUMENT', 'a delimiter has at least one character; none came');
  try {
    return Buffer.from(textEncodingOf(ALIASES[charset.toLowerCase().replaceAll('_', '-')] ?? charset)(delimiter) as string);
  } catch (cause) {
    throw new FlinkError('INVALID_ARGUMENT', `a delimiter can be searched for in UTF-8, Latin-1, ASCII, Windows-1252 and UTF-16; "${charset}" came`, { cause });
  }
}

export class DelimitedBlocks {
  /** Records always begin where they are known to. */
  readonly atLineStart = true;
  private buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  private base: number;
  private filled = 0;
  /** Where the records in the buffer end, without their delimiters. */
  private ends: number[] = [];
  private emitted = 0;
  /** Where the next record to be emitted begins in the buffer. */
  private start = 0;
  private last: boolean;

  constructor(private readonly split: FileSplit, private readonly charset: Charset, private readonly delimiter: Buffer) {
    this.base = split.start;
    // What a snapshot leaves of a split may be nothing.
    this.last = split.start >= split.end;
  }

  get firstByte(): number {
    return this.split.start;
  }

  get pending(): boolean {
    return this.emitted < this.ends.length;
  }

  emit(output: ReaderOutput<string>): void {
    while (this.pending) {
      const end = this.ends[this.emitted++]!;
      const record = this.charset.decode(this.buffer.subarray(this.start, end), end - this.start);
      const marked = this.base + this.start === 0 && this.charset.byteOrderMark && record.startsWith(BYTE_ORDER_MARK);
      this.start = Math.min(end + this.delimiter.length, this.filled);
      output.collect(marked ? record.slice(1) : record);
      if (output.full) return;
    }
  }

  advance(input: ByteInput): 'block' | 'wait' | 'end' {
    this.drop();
    while (!this.last) {
      if (this.filled === this.buffer.length) this.grow();
      const count = input.read(this.buffer, this.filled, this.buffer.length - this.filled);
      if (count === undefined) return 'wait';
      const searched = this.filled - this.delimiter.length + 1;
      this.filled += count;
      if (count > 0) this.findEnds(Math.max(0, searched));
      else {
        this.last = true;
        if (this.filled > 0 && !this.isMark()) this.ends.push(this.filled);
      }
      if (this.pending) return 'block';
    }
    return 'end';
  }

  offset(): number {
    return this.base + this.start;
  }

  /** All that there is of the file is its byte order mark. */
  private isMark(): boolean {
    return this.base === 0 && this.charset.byteOrderMark && this.filled <= 3 && this.charset.decode(this.buffer.subarray(0, this.filled), this.filled) === BYTE_ORDER_MARK;
  }

  private findEnds(from: number): void {
    const { delimiter, split } = this;
    for (let at = this.next(from); at >= 0; at = this.next(at + delimiter.length)) {
      this.ends.push(at);
      // A record belongs to the split in which it begins.
      if (this.base + at + delimiter.length >= split.end) {
        this.last = true;
        return;
      }
    }
  }

  private next(from: number): number {
    const { unit } = this.charset;
    let at = this.buffer.subarray(0, this.filled).indexOf(this.delimiter, from);
    while (at >= 0 && at % unit !== 0) at = this.buffer.subarray(0, this.filled).indexOf(this.delimiter, at + 1);
    return at;
  }

  /** Lets go of what was emitted. */
  private drop(): void {
    const rest = this.filled - this.start;
    const shrink = this.buffer.length > BLOCK_BYTES && rest < BLOCK_BYTES / 2;
    const target = shrink ? Buffer.allocUnsafe(BLOCK_BYTES) : this.buffer;
    this.buffer.copy(target, 0, this.start, this.filled);
    this.buffer = target;
    this.base += this.start;
    this.filled = rest;
    this.start = 0;
    this.ends = [];
    this.emitted = 0;
  }

  private grow(): void {
    if (this.buffer.length >= LINE_BYTES_MAX) {
      throw new FlinkError('INPUT_UNREADABLE', `${this.split.path} has a record of more than ${LINE_BYTES_MAX / 1024 / 1024} MB at byte ${this.base}`, {
        hint: 'Is this a text file with that delimiter? Records must fit into memory.',
      });
    }
    const larger = Buffer.allocUnsafe(this.buffer.length * 2);
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}
