/**
 * The frames that travel between threads: what their types mean, and how one is handed to whoever carries it.
 */
import { byteViews } from '../../core/serialization/byte-views.js';
import type { ByteViews } from '../../core/serialization/byte-views.js';

/** The format of the record frames that follow: length of a JSON text, then its characters in two bytes each. */
export const SCHEMA_FRAME = 1;
/** Records in columns, see column-layout.ts. */
export const RECORDS_FRAME = 2;
/** A watermark: its timestamp as a double. */
export const WATERMARK_FRAME = 3;
/** Any other event: length of a JSON text, then its characters in two bytes each. */
export const EVENT_FRAME = 4;
/** A part of a frame too long for the ring: type and length of the whole, place of this part in it, the part. */
export const FRAGMENT_FRAME = 5;

/** A frame ready to be written, valid until its maker makes the next. */
export interface Frame {
  readonly type: number;
  /** Payload bytes. */
  readonly length: number;
  /** Writes the payload; `at` is a multiple of 8. */
  writeTo(target: ByteViews, at: number): void;
}

/** Carries a frame before it returns, or copies it. */
export type FrameSink = (frame: Frame) => void;

/** A frame that is a text. */
export function textFrame(type: number, text: string): Frame {
  return {
    type,
    length: 4 + text.length * 2,
    writeTo(target, at) {
      target.i32[at >> 2] = text.length;
      target.u8.write(text, at + 4, 'utf16le');
    },
  };
}

export function readTextFrame(source: ByteViews, at: number): string {
  return source.u8.toString('utf16le', at + 4, at + 4 + source.i32[at >> 2]! * 2);
}

/** A frame's payload in memory of its own. */
export function copyPayload(frame: Frame): ByteViews {
  const views = byteViews(new ArrayBuffer((frame.length + 7) & ~7));
  frame.writeTo(views, 0);
  return views;
}
