import { deepStrictEqual } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { BatchDecoder } from '../../../src/runtime/exchange/batch-decoder.js';
import { BatchEncoder } from '../../../src/runtime/exchange/batch-encoder.js';
import { BatchPool } from '../../../src/runtime/exchange/batch-pool.js';
import type { ColumnFormat } from '../../../src/runtime/exchange/column-layout.js';
import { copyPayload, readTextFrame, SCHEMA_FRAME } from '../../../src/runtime/exchange/frame.js';
import { batchOf, valuesOf } from './records.js';

/** A sender and a receiver joined directly, and the formats announced between them. */
function wire() {
  const encoder = new BatchEncoder();
  const decoder = new BatchDecoder(new BatchPool());
  const formats: ColumnFormat[] = [];
  let frames = 0;
  let bytes = 0;
  return {
    formats,
    frames: () => frames,
    bytes: () => bytes,
    send(values: unknown[]): unknown[] {
      const received: unknown[] = [];
      encoder.encode(batchOf(values), (frame) => {
        const payload = copyPayload(frame);
        frames++;
        bytes += frame.length;
        if (frame.type === SCHEMA_FRAME) {
          formats.push(JSON.parse(readTextFrame(payload, 0)) as ColumnFormat);
          decoder.readSchema(payload, 0);
        } else {
          received.push(...valuesOf(decoder.readRecords(payload, 0, frame.length)));
        }
      });
      return received;
    },
  };
}

function range<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

describe('learning the columns of a channel', () => {
  it('gives every stable field its own column', () => {
    const channel = wire();
    const records = range(100, (i) => ({ word: `w${i}`, count: i, ok: i % 2 === 0, pair: ['a', i], nothing: null, at: { x: 1.5, y: undefined } }));
    deepStrictEqual(channel.send(records), records);
    expect(channel.formats).toHaveLength(1);
    expect(channel.formats[0]!.schema).toEqual({
      kind: 'object',
      keys: ['word', 'count', 'ok', 'pair', 'nothing', 'at'],
      fields: [
        { kind: 'string' },
        { kind: 'number' },
        { kind: 'boolean' },
        { kind: 'tuple', elements: [{ kind: 'string' }, { kind: 'number' }] },
        { kind: 'null' },
        { kind: 'object', keys: ['x', 'y'], fields: [{ kind: 'number' }, { kind: 'undefined' }] },
      ],
    });
    expect(channel.formats[0]!.numbers).toBe('iid');
  });

  it('announces a format once', () => {
    const channel = wire();
    for (let i = 0; i < 100; i++) channel.send([{ n: i }]);
    expect(channel.formats).toHaveLength(1);
  });

  it('carries whole numbers in four bytes until one needs eight', () => {
    const channel = wire();
    channel.send(range(1000, (i) => i));
    expect(channel.bytes()).toBeLessThan(4200);
    deepStrictEqual(channel.send([1, -0, 2]), [1, -0, 2]);
    deepStrictEqual(channel.send([2 ** 31]), [2 ** 31]);
    expect(channel.formats.map((format) => format.numbers)).toEqual(['i', 'd']);
  });

  it('starts afresh when the records become others', () => {
    const channel = wire();
    const records = [...range(10, (i) => ({ a: i })), ...range(10, (i) => ({ a: i, b: 'x' }))];
    channel.send(records.slice(0, 10));
    deepStrictEqual(channel.send(records.slice(10)), records.slice(10));
    expect(channel.formats.map((format) => format.schema.kind)).toEqual(['object', 'object']);
  });

  it('cuts a batch where the records become others', () => {
    const channel = wire();
    channel.send([{ a: 1 }]);
    const records: unknown[] = [{ a: 1 }, { a: 2 }, 'x', 'y'];
    deepStrictEqual(channel.send(records), records);
    expect(channel.formats.map((format) => format.schema.kind)).toEqual(['object', 'string']);
  });

  it('escapes a field that has no stable type, and only that', () => {
    const channel = wire();
    const records = range(50, (i) => ({ id: i, value: i % 3 === 0 ? null : i % 3 === 1 ? 'text' : i }));
    deepStrictEqual(channel.send(records), records);
    expect(channel.formats.at(-1)!.schema).toMatchObject({ kind: 'object', fields: [{ kind: 'number' }, { kind: 'escaped' }] });
    expect(channel.formats).toHaveLength(1);
  });

  it('does not collapse when every record differs from the one before', () => {
    const channel = wire();
    const shapes = [1, 'two', true, { a: 1 }, { b: 'x' }, [1, 2], [1], null, undefined, new Map([[1, 2]])];
    for (let i = 0; i < 2000; i++) {
      const record = shapes[i % shapes.length];
      deepStrictEqual(channel.send([record]), [record]);
    }
    expect(channel.formats.length).toBeLessThan(12);
    expect(channel.frames() - channel.formats.length).toBe(2000);
  });

  it('stops widening when each field in turn loses its type', () => {
    const channel = wire();
    const fields = range(20, (i) => `f${i}`);
    for (let round = 0; round < 3; round++) {
      for (const odd of fields) {
        const records = range(20, (i) => Object.fromEntries(fields.map((field) => [field, field === odd && i > 10 ? 'odd' : i])));
        deepStrictEqual(channel.send(records), records);
      }
    }
    expect(channel.formats.length).toBeLessThan(40);
    const before = channel.formats.length;
    channel.send(range(20, (i) => Object.fromEntries(fields.map((field) => [field, i % 2 ? 'odd' : i]))));
    expect(channel.formats.length).toBeLessThanOrEqual(before + 1);
  });

  it('gives columns a second chance after odd records at the start', () => {
    const channel = wire();
    channel.send([{ header: true }, { a: 1, b: 'x' }]);
    expect(channel.formats.at(-1)!.schema.kind).toBe('escaped');
    for (let i = 0; i < 40; i++) channel.send(range(10, (n) => ({ a: n, b: 'x' })));
    expect(channel.formats.at(-1)!.schema.kind).toBe('object');
  });

  it('tells an undefined element from a hole, also in columns', () => {
    const channel = wire();
    const hole: unknown[] = [1, 'x'];
    hole.length = 3;
    hole[1] = undefined;
    const records = [[1, null, 'a'], [2, 'x', 'b'], [3, undefined, 'c'], Object.assign(new Array(3), { 0: 4, 2: 'd' }), hole];
    const received = channel.send(records) as unknown[][];
    deepStrictEqual(received, records);
    expect(1 in received[2]!).toBe(true);
    expect(1 in received[3]!).toBe(false);
    expect(2 in received[4]!).toBe(false);
  });

  it('keeps the order of keys, and keys that JavaScript treats specially', () => {
    const channel = wire();
    const odd = (i: number) => JSON.parse(`{"__proto__": ${i}, "constructor": "x", "z": 1, "a": {"__proto__": {"b": 2}}}`) as unknown;
    const records = [...range(50, odd), JSON.parse('{"__proto__": 1}') as unknown];
    const received = channel.send(records);
    deepStrictEqual(received, records);
    expect(JSON.stringify(received)).toBe(JSON.stringify(records));
  });

  it('does not take an object with another prototype for a plain one', () => {
    const channel = wire();
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const received = channel.send([{ a: 1 }, bare, { a: 2 }]);
    expect(received.map((record) => Object.getPrototypeOf(record) as unknown)).toEqual([Object.prototype, null, Object.prototype]);
  });

  it('closes a frame whose texts get very long', () => {
    const channel = wire();
    const text = 'x'.repeat(10_000_000);
    const received = channel.send([text, text, text, text]);
    expect(received.map((value) => (value as string).length)).toEqual([10_000_000, 10_000_000, 10_000_000, 10_000_000]);
    expect(channel.frames()).toBe(3);
  });
});
