import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../../../src/core/random.js';
import { BatchPool } from '../../../src/runtime/exchange/batch-pool.js';
import { isBatch } from '../../../src/runtime/exchange/channel.js';
import type { RecordBatch, StreamEvent } from '../../../src/runtime/exchange/channel.js';
import { Doorbell } from '../../../src/runtime/exchange/doorbell.js';
import { RingInputChannel, RingOutputChannel } from '../../../src/runtime/exchange/ring-channel.js';
import { allocateRing } from '../../../src/runtime/exchange/ring.js';
import { anyRecords, batchOf, valuesOf } from './records.js';

function open(ringBytes = 1024) {
  const ring = allocateRing(ringBytes);
  const peer = new Doorbell(Doorbell.allocate());
  return {
    output: new RingOutputChannel({ ring, peer, pool: new BatchPool() }),
    input: new RingInputChannel({ ring, peer, pool: new BatchPool() }),
  };
}

/** Records and events in the order of arrival; batches may have been cut, so they do not show. */
function flatten(items: readonly (RecordBatch | StreamEvent)[]): unknown[] {
  return items.flatMap((item): unknown[] => (isBatch(item) ? valuesOf(item).map((value, i) => ({ value, timestamp: item.timestamps[i], hash: item.hashes?.[i] })) : [item]));
}

const PLAIN = { noNullPrototype: true };

const anyOptions = fc.record(
  {
    kind: fc.constantFrom('checkpoint' as const, 'savepoint' as const),
    format: fc.constantFrom('canonical' as const, 'native' as const),
    alignment: fc.constantFrom('aligned' as const, 'at-least-once' as const, 'unaligned' as const),
    location: fc.record({ storage: fc.constant('memory' as const), maxStateBytes: fc.nat() }, PLAIN),
  },
  PLAIN,
);

const anyEvent: fc.Arbitrary<StreamEvent> = fc.oneof(
  fc.record({ type: fc.constant('watermark' as const), timestamp: fc.oneof(fc.integer(), fc.constantFrom(-Infinity, Infinity)) }, PLAIN),
  fc.record({ type: fc.constant('idle' as const), idle: fc.boolean() }, PLAIN),
  fc.record({ type: fc.constant('barrier' as const), barrier: fc.record({ checkpointId: fc.nat(), timestamp: fc.nat(), options: anyOptions }, PLAIN) }, PLAIN),
  fc.record({ type: fc.constant('cancel-barrier' as const), checkpointId: fc.nat() }, PLAIN),
  fc.record({ type: fc.constant('end-of-data' as const), drain: fc.boolean() }, PLAIN),
  fc.constant({ type: 'end-of-partition' as const }),
);

const anyTraffic = fc.array(fc.oneof({ arbitrary: anyRecords, weight: 3 }, { arbitrary: anyEvent, weight: 1 }), { maxLength: 12 });

describe('a channel between threads', () => {
  it('delivers all records and events in order under any interleaving of its ends', () => {
    fc.assert(
      fc.property(anyTraffic, fc.integer(), (traffic, seed) => {
        const { output, input } = open();
        const random = seededRandom(seed);
        const received: (RecordBatch | StreamEvent)[] = [];
        let expected: unknown[] = [];
        for (const item of traffic) {
          if (Array.isArray(item)) {
            const batch = batchOf(item, item.map((_, i) => i), item.map((_, i) => -i));
            expected = expected.concat(flatten([batch]));
            output.send(batch);
          } else {
            expected.push(item);
            output.sendEvent(item);
          }
          for (let steps = randomInt(random, 4); steps > 0; steps--) {
            if (random.next() < 0.5) output.drain();
            const next = input.poll();
            if (next !== undefined) received.push(next);
          }
        }
        for (;;) {
          const done = output.drain();
          const next = input.poll();
          if (next !== undefined) received.push(next);
          else if (done) break;
        }
        deepStrictEqual(flatten(received), expected);
        expect([input.empty, output.writable]).toEqual([true, true]);
      }),
      { numRuns: 400 },
    );
  });

  it('carries records far larger than the ring', () => {
    const { output, input } = open();
    const large = { text: 'long '.repeat(100_000), wide: '\u{1f600}'.repeat(5000), bytes: new Uint8Array(300_000).fill(7) };
    output.send(batchOf([1, large, 'after']));
    output.sendEvent({ type: 'end-of-partition' });
    expect(output.writable).toBe(false);
    const received: (RecordBatch | StreamEvent)[] = [];
    while (received.length === 0 || !input.empty || !output.writable) {
      const next = input.poll();
      if (next !== undefined) received.push(next);
      output.drain();
    }
    deepStrictEqual(flatten(received).slice(0, 3).map((row) => (row as { value: unknown }).value), [1, large, 'after']);
    expect(received.at(-1)).toEqual({ type: 'end-of-partition' });
  });

  it('says how many bytes a batch had on the wire', () => {
    const { output, input } = open(1 << 16);
    output.send(batchOf(Array.from({ length: 1000 }, () => 'abc')));
    const batch = input.poll() as RecordBatch;
    expect(batch.bytes).toBeGreaterThan(7000);
    expect(batch.bytes).toBeLessThan(7100);
  });

  it('is writable until the ring is full, and again when its receiver has made room', () => {
    const { output, input } = open();
    let sent = 0;
    while (output.writable) {
      output.send(batchOf(['0123456789'.repeat(10)]));
      sent++;
    }
    expect(sent).toBeGreaterThan(3);
    expect(output.drain()).toBe(false);
    input.poll();
    expect(output.drain()).toBe(true);
    let received = 1;
    while (input.poll() !== undefined) received++;
    expect(received).toBe(sent);
  });

  it('ignores an empty batch', () => {
    const { output, input } = open();
    output.send(batchOf([]));
    expect(input.empty).toBe(true);
  });

  it('gives batches back to the pools of both threads', () => {
    const ring = allocateRing();
    const peer = new Doorbell(Doorbell.allocate());
    const pools = [new BatchPool(4), new BatchPool(4)] as const;
    const output = new RingOutputChannel({ ring, peer, pool: pools[0] });
    const input = new RingInputChannel({ ring, peer, pool: pools[1] });
    const sent = new Set<RecordBatch>();
    const received = new Set<RecordBatch>();
    for (let i = 0; i < 10; i++) {
      const batch = pools[0].take(true);
      sent.add(batch);
      batch.values[0] = i;
      batch.count = 1;
      output.send(batch);
      const arrived = input.poll() as RecordBatch;
      received.add(arrived);
      pools[1].give(arrived);
    }
    expect([sent.size, received.size]).toEqual([1, 1]);
  });

  it('throws away what is sent after its receiver has closed, and never blocks', () => {
    const { output, input } = open();
    while (output.writable) output.send(batchOf(['0123456789'.repeat(10)]));
    input.close();
    expect(output.drain()).toBe(true);
    for (let i = 0; i < 100; i++) output.send(batchOf(['0123456789'.repeat(10)]));
    expect(output.writable).toBe(true);
    expect([input.empty, input.poll()]).toEqual([true, undefined]);
  });

  it('delivers what was written before its sender closed', () => {
    const { output, input } = open();
    output.send(batchOf(['last']));
    output.close();
    output.send(batchOf(['late']));
    expect(valuesOf(input.poll() as RecordBatch)).toEqual(['last']);
    expect(input.poll()).toBeUndefined();
  });
});
