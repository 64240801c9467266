/**
 * Turns batches into frames, learning from the records which columns they need. What a receiver must know to read
 * a frame of records is sent before it in a schema frame.
 *
 * Invariants: any sequence of batches can be encoded as long as each record can travel; formats change only a
 * bounded number of times for records that keep changing, because from the fourth renegotiation on the new schema
 * admits what the old one admitted too.
 */
import { registeredClasses } from '../../core/serialization/class-registry.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { align8, byteViews } from '../../core/serialization/byte-views.js';
import type { ByteViews } from '../../core/serialization/byte-views.js';
import type { RecordBatch } from './channel.js';
import { compileEncoder } from './column-encoder.js';
import type { EncodeColumns } from './column-encoder.js';
import * as layout from './column-layout.js';
import { ESCAPED, hasEscapes, learnSchema, mergeSchemas } from './column-schema.js';
import type { ColumnSchema } from './column-schema.js';
import { RECORDS_FRAME, SCHEMA_FRAME, textFrame } from './frame.js';
import type { Frame, FrameSink } from './frame.js';
import { describeUnserializable } from '../../core/serialization/unserializable.js';
import { ValueEncoder } from '../../core/serialization/value-encoder.js';

/** Renegotiations that start afresh; later ones widen the schema there is. */
const FRESH_STARTS = 3;
/** Batches with escaped fields before looking whether they need it still; eight times as many each time. */
const FIRST_RELEARNING = 16;

/** True for a text that needs two bytes a character. V8 answers at once for strings that it stores in one. */
const BEYOND_LATIN1 = /[^\0-\xff]/;

const compiled = new Map<string, EncodeColumns>();
const MOST_COMPILED = 256;

export class BatchEncoder {
  readonly #classes: ClassRegistry;
  readonly #escaped: ValueEncoder;
  readonly #frame: RecordsFrame;
  #format: layout.ColumnFormat | undefined = undefined;
  #counts: layout.ColumnCounts = { doubles: 0, integers: 0, booleans: 0 };
  #encode: EncodeColumns = encodeEscaped;
  #renegotiations = -1;
  #announced = true;
  #untilRelearning = FIRST_RELEARNING;
  #relearningInterval = FIRST_RELEARNING;

  constructor(classes: ClassRegistry = registeredClasses) {
    this.#classes = classes;
    this.#escaped = new ValueEncoder(classes);
    this.#frame = new RecordsFrame(this.#escaped);
  }

  /** Hands the frames of one batch to `sink`. Throws `RECORD_NOT_SERIALIZABLE`. */
  encode(batch: RecordBatch, sink: FrameSink): void {
    const { values, count } = batch;
    if (count === 0) return;
    if (this.#format === undefined) this.#renegotiate(values, 0, count);
    else this.#considerRelearning(values, count);
    let from = 0;
    while (from < count) {
      const rows = this.#encodeRows(batch, from);
      if (rows === 0) {
        this.#renegotiate(values, from, count);
        continue;
      }
      if (!this.#announced) {
        this.#announced = true;
        sink(textFrame(SCHEMA_FRAME, JSON.stringify(this.#format)));
      }
      sink(this.#frame);
      from += rows;
    }
    this.#escaped.begin();
  }

  /** Fills the frame with as many rows from `from` as fit the format, and returns how many. */
  #encodeRows(batch: RecordBatch, from: number): number {
    for (;;) {
      const places = this.#frame.begin(batch, from, this.#counts);
      this.#escaped.begin();
      let rows: number;
      try {
        rows = this.#encode(batch.values, from, batch.count, this.#frame.columns, places, this.#escaped);
      } catch (error) {
        throw this.#explain(batch, from, error);
      }
      if (rows >= 0) {
        this.#frame.end(rows);
        return rows;
      }
      this.#use(layout.withDoubles(this.#format!, -1 - rows));
    }
  }

  #renegotiate(values: readonly unknown[], from: number, to: number): void {
    const learned = learnSchema(values, from, to);
    this.#renegotiations++;
    const old = this.#format?.schema;
    let schema = old !== undefined && this.#renegotiations > FRESH_STARTS ? mergeSchemas(old, learned) : learned;
    // Learning and checking must agree on what fits; should they ever not, any record can be escaped.
    if (old !== undefined && JSON.stringify(old) === JSON.stringify(schema)) schema = ESCAPED;
    this.#adopt(schema);
  }

  /** A few odd records at the start must not make a channel slow for ever. */
  #considerRelearning(values: readonly unknown[], count: number): void {
    const { schema } = this.#format!;
    if (--this.#untilRelearning > 0) return;
    this.#untilRelearning = this.#relearningInterval *= 8;
    if (!hasEscapes(schema)) return;
    const learned = learnSchema(values, 0, count);
    if (JSON.stringify(learned) !== JSON.stringify(schema)) this.#adopt(learned);
  }

  #adopt(schema: ColumnSchema): void {
    this.#use(layout.integersOnly(schema));
  }

  #use(format: layout.ColumnFormat): void {
    const encode = encoderFor(format);
    this.#encode = encode ?? encodeEscaped;
    this.#format = encode ? format : layout.integersOnly(ESCAPED);
    this.#counts = layout.countColumns(this.#format);
    this.#announced = false;
  }

  /** The error for the first record of the batch that cannot travel. */
  #explain(batch: RecordBatch, from: number, error: unknown): unknown {
    for (let i = from; i < batch.count; i++) {
      try {
        new ValueEncoder(this.#classes).write(batch.values[i]);
      } catch (cause) {
        return describeUnserializable(batch.values[i], cause, this.#classes);
      }
    }
    return error;
  }
}

/** Records that have no columns at all. */
const encodeEscaped: EncodeColumns = (values, from, to, _views, _layout, escaped) => {
  for (let i = from; i < to; i++) escaped.write(values[i]);
  return to - from;
};

function encoderFor(format: layout.ColumnFormat): EncodeColumns | undefined {
  if (format.schema.kind === 'escaped') return encodeEscaped;
  const key = JSON.stringify(format);
  let encode = compiled.get(key);
  if (encode === undefined) {
    encode = compileEncoder(format);
    if (encode === undefined) return undefined;
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(key, encode);
  }
  return encode;
}

/** A frame of records under construction: columns here, tokens and text in the value encoder. */
class RecordsFrame implements Frame {
  readonly type = RECORDS_FRAME;
  length = 0;
  columns: ByteViews = byteViews(new ArrayBuffer(1 << 15));
  readonly #escaped: ValueEncoder;
  #flags = 0;
  #columnBytes = 0;
  #wide = false;

  constructor(escaped: ValueEncoder) {
    this.#escaped = escaped;
  }

  /** Makes room for the rest of the batch, writes the columns that every record has, and says where the others go. */
  begin(batch: RecordBatch, from: number, counts: layout.ColumnCounts): layout.FrameLayout {
    const { timestamps, hashes, count } = batch;
    const stride = count - from;
    const common = timestamps[from]!;
    let same = from + 1;
    while (same < count && timestamps[same] === common) same++;
    this.#flags = (same < count ? layout.HAS_TIMESTAMPS : 0) | (hashes ? layout.HAS_HASHES : 0);
    const places = layout.layOut(counts, stride, this.#flags, 0);
    this.#columnBytes = places.tokens;
    if (this.#columnBytes > this.columns.u8.length) this.columns = byteViews(new ArrayBuffer(align8(this.#columnBytes * 2)));
    const { i32, f64 } = this.columns;
    i32[layout.STRIDE] = stride;
    f64[layout.COMMON_TIMESTAMP] = common;
    if (same < count) f64.set(timestamps.subarray(from, count), places.timestamps);
    if (hashes) i32.set(hashes.subarray(from, count), places.hashes);
    return places;
  }

  /** Completes the header once it is known how many rows there are. */
  end(rows: number): void {
    const { text, length } = this.#escaped;
    const { i32 } = this.columns;
    this.#wide = BEYOND_LATIN1.test(text);
    i32[layout.ROWS] = rows;
    i32[layout.FLAGS] = this.#flags | (this.#wide ? layout.WIDE_TEXT : 0);
    i32[layout.TOKEN_BYTES] = length;
    i32[layout.TEXT_LENGTH] = text.length;
    this.length = this.#columnBytes + align8(length) + text.length * (this.#wide ? 2 : 1);
  }

  writeTo(target: ByteViews, at: number): void {
    const { bytes, length, text } = this.#escaped;
    target.u8.set(this.columns.u8.subarray(0, this.#columnBytes), at);
    if (length > 0) target.u8.set(bytes.subarray(0, length), at + this.#columnBytes);
    const textAt = at + this.#columnBytes + align8(length);
    if (this.#wide) target.u8.write(text, textAt, 'utf16le');
    else target.u8.write(text, textAt, 'latin1');
  }
}
