/** Arbitrary records and batches for the tests of the exchange. */
import * as fc from 'fast-check';
import { NO_TIMESTAMP } from '../../../src/core/timestamp.js';
import { createBatch } from '../../../src/runtime/exchange/batch-pool.js';
import type { RecordBatch } from '../../../src/runtime/exchange/channel.js';

export function batchOf(values: readonly unknown[], timestamps: readonly number[] = [], hashes?: readonly number[]): RecordBatch {
  const batch = createBatch(values.length, hashes !== undefined);
  values.forEach((value, i) => {
    batch.values[i] = value;
    batch.timestamps[i] = timestamps[i] ?? NO_TIMESTAMP;
    if (hashes) batch.hashes![i] = hashes[i]!;
  });
  batch.count = values.length;
  return batch;
}

/** The records of a batch without what lies beyond its count. */
export function valuesOf(batch: RecordBatch): unknown[] {
  return batch.values.slice(0, batch.count);
}

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }), fc.constant('x'.repeat(300)));

const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 127, 128, 1.5, 2 ** 53));

const scalar = fc.oneof(number, text, fc.boolean(), fc.constantFrom(null, undefined), fc.bigInt(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));

const key = fc.oneof(fc.constantFrom('a', 'b', 'id', '__proto__', 'constructor', 'toString', '0', '1', 'a-b', ''), text);

const built = fc.oneof(
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.uint8Array().map((bytes) => new DataView(bytes.slice().buffer)),
  fc.constantFrom(/a+/g, /[^\0-\xff]/u),
  text.map((message) => new RangeError(message)),
);

/** Anything that may travel between threads. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: scalar, weight: 6 },
    { arbitrary: built, weight: 1 },
    { arbitrary: fc.array(tie('value'), { maxLength: 10 }), weight: 2 },
    { arbitrary: fc.sparseArray(tie('value'), { maxLength: 12, maxNumElements: 5 }), weight: 1 },
    { arbitrary: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: false }), weight: 3 },
    { arbitrary: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)), weight: 1 },
    { arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((elements) => new Set(elements)), weight: 1 },
  ),
})).value;

/** Records of one kind, as most streams have: the same fields with the same types. */
const uniformRecords: fc.Arbitrary<unknown[]> = fc
  .dictionary(key, fc.constantFrom(number, fc.integer(), text, fc.boolean(), fc.constant(null), scalar, anyValue, fc.tuple(text, number), fc.record({ x: number, y: text })), { maxKeys: 5, noNullPrototype: true })
  .chain((fields) => fc.array(fc.record(fields, { noNullPrototype: true }), { minLength: 1, maxLength: 30 }));

/** Lists of records as channels meet them: uniform, of a few kinds, of any kind. */
export const anyRecords: fc.Arbitrary<unknown[]> = fc.oneof(
  uniformRecords,
  fc.array(uniformRecords, { minLength: 1, maxLength: 3 }).map((lists) => lists.flat()),
  fc.array(scalar, { minLength: 1, maxLength: 40 }),
  fc.array(anyValue, { minLength: 1, maxLength: 20 }),
);
