/**
 * How bytes become text: the decoders of the text file source.
 *
 * Invariants:
 * - `decode` is only given whole lines, so no character is ever cut.
 * - In all charsets taken here a line feed is the byte 10 and nothing else, or in UTF-16 an aligned pair.
 */
import { isAscii } from 'node:buffer';
import { FlinkError } from '../../core/errors.js';

export interface Charset {
  /** Bytes of one code unit. */
  readonly unit: 1 | 2;
  /** The first byte of a line feed at or after `from` that ends at or before `to`; -1 when there is none. */
  firstNewline(buffer: Buffer, from: number, to: number): number;
  /** The last such byte. */
  lastNewline(buffer: Buffer, from: number, to: number): number;
  decode(buffer: Buffer, end: number): string;
  /** Whether a byte order mark at the start of the text is dropped. */
  readonly byteOrderMark: boolean;
}

const LINE_FEED = 10;

const singleByteLines = {
  unit: 1 as const,
  firstNewline(buffer: Buffer, from: number, to: number): number {
    const at = buffer.indexOf(LINE_FEED, from);
    return at < to ? at : -1;
  },
  lastNewline(buffer: Buffer, from: number, to: number): number {
    const at = to > 0 ? buffer.lastIndexOf(LINE_FEED, to - 1) : -1;
    return at >= from ? at : -1;
  },
};

/** Most text is ASCII, and reading ASCII as Latin-1 is several times faster than as UTF-8. */
const utf8: Charset = {
  ...singleByteLines,
  decode: (buffer, end) => buffer.toString(isAscii(buffer.subarray(0, end)) ? 'latin1' : 'utf8', 0, end),
  byteOrderMark: true,
};

const latin1: Charset = { ...singleByteLines, decode: (buffer, end) => buffer.toString('latin1', 0, end), byteOrderMark: false };

/** What Windows-1252 has in place of Latin-1's control characters 80 to 9F; its gaps stay control characters. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Not by `TextDecoder`: several versions of Node read Windows-1252 as Latin-1. */
const windows1252: Charset = {
  ...latin1,
  decode: (buffer, end) => latin1.decode(buffer, end).replace(/[\x80-\x9f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80]!),
};

function utf16(bigEndian: boolean): Charset {
  const lineFeed = Buffer.from(bigEndian ? [0, LINE_FEED] : [LINE_FEED, 0]);
  const decoder = new TextDecoder(bigEndian ? 'utf-16be' : 'utf-16le', { ignoreBOM: true });
  return {
    unit: 2,
    firstNewline(buffer, from, to) {
      let at = buffer.indexOf(lineFeed, from);
      while (at >= 0 && at % 2 !== 0) at = buffer.indexOf(lineFeed, at + 1);
      return at + 2 <= to ? at : -1;
    },
    lastNewline(buffer, from, to) {
      let at = to >= 2 ? buffer.lastIndexOf(lineFeed, to - 2) : -1;
      while (at >= from && at % 2 !== 0) at = at > 0 ? buffer.lastIndexOf(lineFeed, at - 1) : -1;
      return at >= from ? at : -1;
    },
    decode: (buffer, end) => decoder.decode(buffer.subarray(0, end)),
    byteOrderMark: true,
  };
}

/** The charset of this name (any case; IANA and WHATWG names). Throws `INVALID_ARGUMENT` when it is not known. */
export function charsetOf(name: string): Charset {
  const label = name.toLowerCase().replaceAll('_', '-');
  if (label === 'utf-8' || label === 'utf8') return utf8;
  if (['latin1', 'iso-8859-1', 'iso8859-1', 'us-ascii', 'ascii'].includes(label)) return latin1;
  if (label === 'windows-1252' || label === 'cp1252') return windows1252;
  if (['utf-16le', 'utf16le', 'utf-16', 'utf16', 'ucs-2'].includes(label)) return utf16(false);
  if (label === 'utf-16be' || label === 'utf16be') return utf16(true);
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label);
  } catch (cause) {
    throw new FlinkError('INVALID_ARGUMENT', `"${name}" is not a charset that can be read`, {
      cause,
      hint: 'Write for example "utf-8", "latin1", "utf-16le" or "windows-1252".',
    });
  }
  return { ...singleByteLines, decode: (buffer, end) => decoder.decode(buffer.subarray(0, end)), byteOrderMark: false };
}
