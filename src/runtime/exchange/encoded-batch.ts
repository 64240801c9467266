/**
 * A batch as one buffer that explains itself: the frames a channel would carry, one after the other, each with
 * its type and length. For results on their way to the client over a MessagePort.
 */
import { registeredClasses } from '../../core/serialization/class-registry.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { BatchDecoder } from './batch-decoder.js';
import { BatchEncoder } from './batch-encoder.js';
import { BatchPool, createBatch } from './batch-pool.js';
import { align8, byteViews } from '../../core/serialization/byte-views.js';
import type { ByteViews } from '../../core/serialization/byte-views.js';
import type { RecordBatch } from './channel.js';
import { copyPayload, SCHEMA_FRAME } from './frame.js';

const FRAME_HEADER_BYTES = 8;

/** The batch in bytes, free to be transferred. Throws `RECORD_NOT_SERIALIZABLE`. */
export function encodeBatch(batch: RecordBatch, classes: ClassRegistry = registeredClasses): ArrayBuffer {
  const frames: { type: number; length: number; payload: ByteViews }[] = [];
  new BatchEncoder(classes).encode(batch, (frame) => frames.push({ type: frame.type, length: frame.length, payload: copyPayload(frame) }));
  const bytes = new ArrayBuffer(frames.reduce((sum, frame) => sum + align8(FRAME_HEADER_BYTES + frame.length), 0));
  const { i32, u8 } = byteViews(bytes);
  let at = 0;
  for (const { type, length, payload } of frames) {
    i32[at >> 2] = length;
    i32[(at >> 2) + 1] = type;
    u8.set(payload.u8.subarray(0, length), at + FRAME_HEADER_BYTES);
    at += align8(FRAME_HEADER_BYTES + length);
  }
  return bytes;
}

/** The batch that `encodeBatch` put into `bytes`. */
export function decodeBatch(bytes: ArrayBuffer, classes: ClassRegistry = registeredClasses): RecordBatch {
  const views = byteViews(bytes);
  const decoder = new BatchDecoder(new BatchPool(0), classes);
  const parts: RecordBatch[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const length = views.i32[at >> 2]!;
    if (views.i32[(at >> 2) + 1] === SCHEMA_FRAME) decoder.readSchema(views, at + FRAME_HEADER_BYTES);
    else parts.push(decoder.readRecords(views, at + FRAME_HEADER_BYTES, length));
    at += align8(FRAME_HEADER_BYTES + length);
  }
  return parts.length === 1 ? parts[0]! : joinBatches(parts, bytes.byteLength);
}

function joinBatches(parts: readonly RecordBatch[], bytes: number): RecordBatch {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const whole = createBatch(count, parts.some((part) => part.hashes !== undefined));
  for (const part of parts) {
    for (let i = 0; i < part.count; i++) whole.values[whole.count + i] = part.values[i];
    whole.timestamps.set(part.timestamps.subarray(0, part.count), whole.count);
    if (part.hashes) whole.hashes!.set(part.hashes.subarray(0, part.count), whole.count);
    whole.count += part.count;
  }
  whole.bytes = bytes;
  return whole;
}
