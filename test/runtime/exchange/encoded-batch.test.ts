import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch } from '../../../src/runtime/exchange/encoded-batch.js';
import { anyRecords, batchOf, valuesOf } from './records.js';

function roundTrip(values: unknown[]): unknown[] {
  return valuesOf(decodeBatch(encodeBatch(batchOf(values))));
}

describe('a batch encoded into one buffer', () => {
  it('comes back with exactly the same records, whatever they are', () => {
    fc.assert(
      fc.property(anyRecords, (values) => {
        const received = roundTrip(values);
        deepStrictEqual(received, values);
        received.forEach((value, i) => expect(keyOrder(value)).toEqual(keyOrder(values[i])));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps timestamps and hashes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.oneof(fc.constant(-Infinity), fc.constant(5), fc.integer({ min: 0 })), fc.integer()), { minLength: 1 }), (rows) => {
        const sent = batchOf(rows.map((row) => row[0]), rows.map((row) => row[1]), rows.map((row) => row[2]));
        const received = decodeBatch(encodeBatch(sent));
        expect([...received.timestamps].slice(0, received.count)).toEqual(rows.map((row) => row[1]));
        expect([...received.hashes!].slice(0, received.count)).toEqual(rows.map((row) => row[2]));
      }),
    );
  });

  it('has no hashes when it was not keyed', () => {
    expect(decodeBatch(encodeBatch(batchOf([1]))).hashes).toBeUndefined();
  });

  it('may be empty', () => {
    expect(decodeBatch(encodeBatch(batchOf([]))).count).toBe(0);
  });
});

function keyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keyOrder);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  return Object.entries(value).map(([key, field]) => [key, keyOrder(field)]);
}
