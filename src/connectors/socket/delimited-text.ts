/**
 * Cuts text that comes in pieces at a delimiter of one or more characters.
 *
 * Invariants: pieces of a delimiter that come apart are found; nothing is emitted twice; bytes of one character that
 * come apart are put together.
 */
import { StringDecoder } from 'node:string_decoder';
import type { ReaderOutput } from '../../operators/source.js';

export class DelimitedText {
  private decoder = new StringDecoder('utf8');
  private text = '';
  private position = 0;
  /** Up to here there is no delimiter. */
  private searched = 0;
  private readonly dropsReturn: boolean;

  constructor(private readonly delimiter: string) {
    this.dropsReturn = delimiter === '\n';
  }

  add(bytes: Buffer): void {
    this.searched = Math.max(0, this.text.length - this.position - this.delimiter.length + 1);
    this.text = this.text.slice(this.position) + this.decoder.write(bytes);
    this.position = 0;
  }

  /** Emits whole records; false when the output was full before the last. */
  emit(output: ReaderOutput<string>): boolean {
    for (;;) {
      const at = this.text.indexOf(this.delimiter, Math.max(this.position, this.searched));
      if (at < 0) return true;
      const end = this.dropsReturn && at > this.position && this.text[at - 1] === '\r' ? at - 1 : at;
      output.collect(this.text.slice(this.position, end));
      this.position = at + this.delimiter.length;
      if (output.full) return false;
    }
  }

  /** What came after the last delimiter, if anything; the text starts anew. */
  rest(): string | undefined {
    const rest = this.text.slice(this.position) + this.decoder.end();
    this.decoder = new StringDecoder('utf8');
    this.text = '';
    this.position = 0;
    this.searched = 0;
    return rest === '' ? undefined : rest;
  }
}
