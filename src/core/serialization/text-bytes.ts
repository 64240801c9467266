/**
 * Text that gathers as bytes at once, instead of as one long string: a string of many thousand small parts costs
 * a walk over all of them, most no longer in any cache, when it is made into bytes at last.
 *
 * Invariant: one byte a character (Latin-1) until a character does not fit, from then on two (UTF-16, little-endian)
 * for all of the text.
 */
const INITIAL_BYTES = 512;
const MOST_BYTES_KEPT = 1 << 20;
/** Up to this length a loop is cheaper than a native call. */
const LOOP_MAX = 48;

export class TextBytes {
  bytes = Buffer.from(new ArrayBuffer(INITIAL_BYTES));
  /** How many of the bytes are text. */
  length = 0;
  /** Whether each character takes two bytes. */
  wide = false;

  get characters(): number {
    return this.wide ? this.length / 2 : this.length;
  }

  /** Forgets the text. */
  clear(): void {
    if (this.bytes.length > MOST_BYTES_KEPT) this.bytes = Buffer.from(new ArrayBuffer(INITIAL_BYTES));
    this.length = 0;
    this.wide = false;
  }

  append(text: string): void {
    if (this.wide || text.length > LOOP_MAX) {
      this.appendLong(text);
      return;
    }
    if (this.length + text.length > this.bytes.length) this.reserve(text.length);
    const { bytes, length } = this;
    let beyond = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      beyond |= unit;
      bytes[length + i] = unit;
    }
    if (beyond > 0xff) this.appendLong(text);
    else this.length = length + text.length;
  }

  /** Keeps the first characters only. */
  truncate(characters: number): void {
    this.length = this.wide ? characters * 2 : characters;
  }

  private appendLong(text: string): void {
    if (!this.wide && /[^\0-\xff]/.test(text)) this.widen();
    this.reserve(this.wide ? text.length * 2 : text.length);
    this.length += this.bytes.write(text, this.length, this.wide ? 'utf16le' : 'latin1');
  }

  private widen(): void {
    const { length } = this;
    this.reserve(length);
    for (let i = length - 1; i >= 0; i--) {
      this.bytes[2 * i] = this.bytes[i]!;
      this.bytes[2 * i + 1] = 0;
    }
    this.length = 2 * length;
    this.wide = true;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.from(new ArrayBuffer(Math.max(this.bytes.length * 2, this.length + more)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
