/**
 * Values in LevelDB: each is bytes that explain themselves.
 *
 * Layout: a byte of marks, characters of text (varint), the text, tokens of the value, and of the key where its
 * primitive does not say how the user gave it.
 * Invariant: what `decode` answers shares no memory with the bytes.
 */
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { align8, type ByteViews, byteViews } from '../../core/serialization/byte-views.js';
import { ValueDecoder } from '../../core/serialization/value-decoder.js';
import { ValueEncoder } from '../../core/serialization/value-encoder.js';
import { StateMap } from '../state-map.js';

/** Each character of the text takes two bytes. */
const WIDE = 1;
/** The value is the map of a map state, as pairs. */
const MAP = 2;
/** The key follows. */
const KEYED = 4;

const HEADER_BYTES = 6;
const BEYOND_LATIN1 = /[^\0-\xff]/;

export interface DecodedValue {
  readonly value: unknown;
  /** Undefined where the primitive is the key itself. */
  readonly key: unknown;
}

export class LevelValues {
  private readonly encoder: ValueEncoder;
  private readonly decoder: ValueDecoder;
  private out: Buffer = Buffer.allocUnsafeSlow(4096);
  private tokens: ByteViews = byteViews(new ArrayBuffer(4096));

  constructor(classes: ClassRegistry) {
    this.encoder = new ValueEncoder(classes);
    this.decoder = new ValueDecoder(classes);
  }

  /**
   * Bytes that are good until the next call. Throws what `ValueEncoder.write` throws.
   * @param key undefined where its primitive is the key itself.
   */
  encode(value: unknown, key: unknown): Buffer {
    const { encoder } = this;
    const isMap = value instanceof StateMap;
    encoder.begin();
    encoder.write(isMap ? [...value.entries()] : value);
    if (key !== undefined) encoder.write(key);
    const { text, length } = encoder;
    const wide = BEYOND_LATIN1.test(text);
    const most = HEADER_BYTES + text.length * (wide ? 2 : 1) + length;
    if (this.out.length < most) this.out = Buffer.allocUnsafeSlow(most * 2);
    const { out } = this;
    out[0] = (wide ? WIDE : 0) | (isMap ? MAP : 0) | (key === undefined ? 0 : KEYED);
    let at = writeVarint(out, 1, text.length);
    if (text.length > 0) at += wide ? out.write(text, at, 'utf16le') : out.write(text, at, 'latin1');
    encoder.bytes.copy(out, at, 0, length);
    return out.subarray(0, at + length);
  }

  decode(bytes: Buffer): DecodedValue {
    const marks = bytes[0]!;
    const { characters, textAt } = readVarint(bytes);
    const wide = (marks & WIDE) !== 0;
    const tokensAt = textAt + (wide ? characters * 2 : characters);
    const length = bytes.length - tokensAt;
    if (this.tokens.u8.length < length) this.tokens = byteViews(new ArrayBuffer(align8(length * 2)));
    bytes.copy(this.tokens.u8, 0, tokensAt);
    this.decoder.begin(this.tokens, 0, characters === 0 ? '' : bytes.toString(wide ? 'utf16le' : 'latin1', textAt, tokensAt));
    const value = this.decoder.read();
    const key = (marks & KEYED) === 0 ? undefined : this.decoder.read();
    return { value: (marks & MAP) === 0 ? value : StateMap.of(value as readonly (readonly [unknown, unknown])[]), key };
  }
}

function writeVarint(out: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 128; rest >>>= 7) out[at++] = (rest & 127) | 128;
  out[at++] = rest;
  return at;
}

function readVarint(bytes: Buffer): { readonly characters: number; readonly textAt: number } {
  let at = 1;
  let characters = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    characters |= (byte & 127) << shift;
    if (byte < 128) return { characters, textAt: at };
  }
}
