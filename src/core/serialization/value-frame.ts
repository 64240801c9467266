/**
 * A run of values in one piece of bytes that explains itself: what a `ValueEncoder` has written since its `begin`.
 *
 * Layout, little-endian: values (4 bytes), bytes of tokens (4), characters of text (4; the top bit says that each takes
 * two bytes), the text, the tokens.
 */
import { FlinkError } from '../errors.js';
import { align8, byteViews } from './byte-views.js';
import type { TextBytes } from './text-bytes.js';
import type { ValueDecoder } from './value-decoder.js';
import type { ValueEncoder } from './value-encoder.js';

const HEADER_BYTES = 12;
const WIDE = 0x80000000;
/** True for a text that needs two bytes a character. V8 answers at once for strings that it stores in one. */
const BEYOND_LATIN1 = /[^\0-\xff]/;

/** The frame as bytes of its own; the encoder may begin the next one. @param values how many were written. */
export function frameOf(encoder: ValueEncoder, values: number): Buffer {
  const { text, length } = encoder;
  if (encoder.textBytes !== undefined) return frameOfBytes(encoder, encoder.textBytes, values);
  const wide = BEYOND_LATIN1.test(text);
  const textBytes = wide ? text.length * 2 : text.length;
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + textBytes + length);
  frame.writeUInt32LE(values, 0);
  frame.writeUInt32LE(length, 4);
  frame.writeUInt32LE((wide ? text.length | WIDE : text.length) >>> 0, 8);
  frame.write(text, HEADER_BYTES, wide ? 'utf16le' : 'latin1');
  encoder.bytes.copy(frame, HEADER_BYTES + textBytes, 0, length);
  return frame;
}

function frameOfBytes({ bytes, length }: ValueEncoder, text: TextBytes, values: number): Buffer {
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + text.length + length);
  frame.writeUInt32LE(values, 0);
  frame.writeUInt32LE(length, 4);
  frame.writeUInt32LE((text.wide ? text.characters | WIDE : text.characters) >>> 0, 8);
  text.bytes.copy(frame, HEADER_BYTES, 0, text.length);
  bytes.copy(frame, HEADER_BYTES + text.length, 0, length);
  return frame;
}

/**
 * Makes the decoder read the frame that begins at `at`. Throws `SNAPSHOT_CORRUPT` for bytes that are no whole frame.
 * @returns how many values it holds.
 */
export function beginFrame(decoder: ValueDecoder, bytes: Uint8Array, at = 0): number {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + HEADER_BYTES > source.length) throw cutOff(source.length - at, HEADER_BYTES);
  const values = source.readUInt32LE(at);
  const tokens = source.readUInt32LE(at + 4);
  const mark = source.readUInt32LE(at + 8);
  const wide = mark >= WIDE;
  const characters = wide ? mark - WIDE : mark;
  const tokensAt = at + HEADER_BYTES + (wide ? characters * 2 : characters);
  if (tokensAt + tokens > source.length) throw cutOff(source.length - at, tokensAt + tokens - at);
  const text = source.toString(wide ? 'utf16le' : 'latin1', at + HEADER_BYTES, tokensAt);
  // The decoder wants memory that is aligned.
  const views = byteViews(new ArrayBuffer(align8(tokens)));
  source.copy(views.u8, 0, tokensAt, tokensAt + tokens);
  decoder.begin(views, 0, text);
  return values;
}

function cutOff(present: number, needed: number): FlinkError {
  return new FlinkError('SNAPSHOT_CORRUPT', `expected a frame of ${needed} bytes, but only ${Math.max(0, present)} are there`);
}
