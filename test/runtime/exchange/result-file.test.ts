import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FlinkError, deserializeError, serializeError } from '../../../src/core/errors.js';
import { registeredClasses } from '../../../src/core/serialization/class-registry.js';
import { isBatch, type StreamEvent } from '../../../src/runtime/exchange/channel.js';
import { lostResult, ResultInput, ResultOutput } from '../../../src/runtime/exchange/result-file.js';
import { anyRecords, batchOf, valuesOf } from './records.js';

const PRODUCER = { vertexId: 'v', subtask: 3, attempt: 1 };
const END: StreamEvent = { type: 'end-of-partition' };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'results-'));
  path = join(folder, 'result');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const output = (): ResultOutput => new ResultOutput(path, registeredClasses);

function read(): unknown[] {
  const input = new ResultInput(path, PRODUCER, registeredClasses);
  const items: unknown[] = [];
  while (!input.empty) {
    const item = input.poll()!;
    items.push(isBatch(item) ? valuesOf(item) : item);
  }
  expect(input.poll()).toBeUndefined();
  return items;
}

function write(...items: (unknown[] | StreamEvent)[]): void {
  const out = output();
  for (const item of items) {
    if (Array.isArray(item)) out.send(batchOf(item));
    else out.sendEvent(item);
  }
}

describe('a result in a file', () => {
  it('comes back as it was sent, records and events in their order, as often as it is read', () => {
    const event = fc.oneof(fc.constantFrom(-Infinity, Infinity, 5).map((timestamp): StreamEvent => ({ type: 'watermark', timestamp })), fc.constant<StreamEvent>({ type: 'end-of-data', drain: true }));
    fc.assert(fc.property(fc.array(fc.oneof(anyRecords.filter((values) => values.length > 0), event), { maxLength: 10 }), (items) => {
      rmSync(path, { force: true });
      write(...items, END);
      expect(read()).toEqual([...items, END]);
      expect(read()).toEqual([...items, END]);
    }), { numRuns: 50 });
  });

  it('may be larger than what is read at a time, also in one batch', () => {
    const items = [Array.from({ length: 100 }, (_, at) => 'x'.repeat(10_000) + at), ...Array.from({ length: 500 }, (_, at) => [at, 'y'.repeat(2_000)])];
    write(...items, END);
    expect(read()).toEqual([...items, END]);
  });

  it('keeps timestamps and hashes', () => {
    const out = output();
    out.send(batchOf(['a', 'b'], [7, -Infinity], [1, -2]));
    out.sendEvent(END);
    const batch = new ResultInput(path, PRODUCER, registeredClasses).poll();
    expect(batch).toMatchObject({ count: 2, timestamps: Float64Array.of(7, -Infinity), hashes: Int32Array.of(1, -2) });
  });

  it('leaves nothing behind when its producer does not come to the end', () => {
    const out = output();
    for (let at = 0; at < 100; at++) out.send(batchOf(['x'.repeat(10_000)]));
    expect(existsSync(path)).toBe(true);
    out.close();
    out.send(batchOf([1]));
    expect(existsSync(path)).toBe(false);
  });

  it('is lost, and never other records, with any byte of it changed or any of its end missing', () => {
    write([1, 'two', { three: 3 }], { type: 'watermark', timestamp: 4 }, [5], END);
    const whole = readFileSync(path);
    fc.assert(fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= change;
      writeFileSync(path, cut ? whole.subarray(0, at) : damaged);
      expect(read).toThrow(expect.objectContaining({ code: 'RESULT_STORE', producer: PRODUCER }));
    }));
  });

  it('is lost when the file is gone, which the error says also when it has been told on', () => {
    const [input, told] = [new ResultInput(path, PRODUCER, registeredClasses), (error: unknown) => new FlinkError('RESULT_STORE', 'told on', { cause: error })];
    let error: unknown;
    try {
      input.poll();
    } catch (thrown) {
      error = thrown;
    }
    expect([lostResult(error), lostResult(told(error)), lostResult(new Error('other')), lostResult(undefined)]).toEqual([PRODUCER, PRODUCER, undefined, undefined]);
    expect(deserializeError(structuredClone(serializeError(error)))).toMatchObject({ code: 'RESULT_STORE', message: expect.stringContaining('subtask 3 of vertex v') });
  });

  it('is not complete before its end is in it', () => {
    write(['x'.repeat(100_000)], [2]);
    expect(read).toThrow('a file that ends too early');
    write([1], END);
    truncateSync(path, 0);
    expect(read).toThrow('a file that ends too early');
  });

  it('that cannot be written fails its producer', () => {
    path = join(folder, 'missing', 'result');
    expect(() => write([1], END)).toThrow(expect.objectContaining({ code: 'RESULT_STORE', message: expect.stringContaining('could not be written') }));
  });
});
