/**
 * Turns frames back into batches.
 *
 * Invariant: a batch shares no memory with the frame it came from, which may be reused at once.
 */
import { registeredClasses } from '../../core/serialization/class-registry.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { FlinkError } from '../../core/errors.js';
import { createBatch } from './batch-pool.js';
import type { BatchPool } from './batch-pool.js';
import { align8 } from '../../core/serialization/byte-views.js';
import type { ByteViews } from '../../core/serialization/byte-views.js';
import type { RecordBatch } from './channel.js';
import { compileDecoder } from './column-decoder.js';
import type { DecodeColumns } from './column-decoder.js';
import * as layout from './column-layout.js';
import { readTextFrame } from './frame.js';
import { ValueDecoder } from '../../core/serialization/value-decoder.js';

const compiled = new Map<string, DecodeColumns>();
const MOST_COMPILED = 256;

export class BatchDecoder {
  readonly #pool: BatchPool;
  readonly #escaped: ValueDecoder;
  #counts: layout.ColumnCounts | undefined = undefined;
  #decode: DecodeColumns = decodeEscaped;

  constructor(pool: BatchPool, classes: ClassRegistry = registeredClasses) {
    this.#pool = pool;
    this.#escaped = new ValueDecoder(classes);
  }

  /** Takes note of the format of the frames of records that follow. */
  readSchema(views: ByteViews, at: number): void {
    const text = readTextFrame(views, at);
    const format = JSON.parse(text) as layout.ColumnFormat;
    this.#counts = layout.countColumns(format);
    this.#decode = decoderFor(format, text);
  }

  /** The batch in a frame of records of `length` bytes. */
  readRecords(views: ByteViews, at: number, length: number): RecordBatch {
    if (this.#counts === undefined) throw new FlinkError('INTERNAL', 'records arrived on a channel before their schema');
    const word = at >> 2;
    const rows = views.i32[word + layout.ROWS]!;
    const stride = views.i32[word + layout.STRIDE]!;
    const flags = views.i32[word + layout.FLAGS]!;
    const places = layout.layOut(this.#counts, stride, flags, at);
    const keyed = (flags & layout.HAS_HASHES) !== 0;
    const batch = rows <= this.#pool.capacity ? this.#pool.take(keyed) : createBatch(rows, keyed);
    batch.count = rows;
    batch.bytes = length;
    if (flags & layout.HAS_TIMESTAMPS) batch.timestamps.set(views.f64.subarray(places.timestamps, places.timestamps + rows));
    else batch.timestamps.fill(views.f64[(at >> 3) + layout.COMMON_TIMESTAMP]!, 0, rows);
    if (keyed) batch.hashes!.set(views.i32.subarray(places.hashes, places.hashes + rows));
    const text = readText(views, places.tokens + align8(views.i32[word + layout.TOKEN_BYTES]!), views.i32[word + layout.TEXT_LENGTH]!, flags);
    this.#escaped.begin(views, places.tokens, text);
    this.#decode(batch.values, rows, stride, views, places, this.#escaped);
    this.#escaped.end();
    return batch;
  }
}

function readText(views: ByteViews, at: number, length: number, flags: number): string {
  if (length === 0) return '';
  return flags & layout.WIDE_TEXT ? views.u8.toString('utf16le', at, at + length * 2) : views.u8.toString('latin1', at, at + length);
}

/** Records that have no columns at all. */
const decodeEscaped: DecodeColumns = (values, rows, _stride, _views, _layout, escaped) => {
  for (let i = 0; i < rows; i++) values[i] = escaped.read();
};

function decoderFor(format: layout.ColumnFormat, key: string): DecodeColumns {
  if (format.schema.kind === 'escaped') return decodeEscaped;
  let decode = compiled.get(key);
  if (decode === undefined) {
    decode = compileDecoder(format);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(key, decode);
  }
  return decode;
}
