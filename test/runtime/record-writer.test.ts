import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { keyGroupOf, keyGroupRange, subtaskOfKeyGroup } from '../../src/core/key-group.js';
import { seededRandom } from '../../src/core/random.js';
import { ClassRegistry } from '../../src/core/serialization/class-registry.js';
import { NO_TIMESTAMP } from '../../src/core/timestamp.js';
import type { Partitioning } from '../../src/graph/stream-graph.js';
import { sharedKernels } from '../../src/operators/specialise.js';
import { fieldAggregateOperator } from '../../src/operators/field-aggregate.js';
import type { MakeLocalAggregate } from '../../src/operators/local-aggregate.js';
import type { EdgeFunction } from '../../src/program/job-program.js';
import { BatchPool } from '../../src/runtime/exchange/batch-pool.js';
import { type InputChannel, isBatch } from '../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../src/runtime/exchange/local-channel.js';
import { TaskGate } from '../../src/runtime/gate.js';
import { RecordWriter } from '../../src/runtime/record-writer.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { OperatorStates } from '../../src/state/operator-states.js';
import { ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { complete, MemorySnapshots } from '../state/memory-snapshots.js';

interface Setup {
  readonly writer: RecordWriter;
  readonly inputs: readonly InputChannel[];
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  opened: number;
}

function writerTo(channels: number, partitioning: Partitioning, edgeFunction?: EdgeFunction, options: { batch?: number; capacity?: number; localAggregate?: MakeLocalAggregate } = {}): Setup {
  const ends = Array.from({ length: channels }, () => openLocalChannel(options.capacity));
  const metrics = new TaskMetrics(allocateMetrics(1), 0);
  const setup = { opened: 0 } as Setup;
  const gate = new TaskGate(() => (setup.opened += 1));
  const writer = new RecordWriter({
    channels: ends.map((end) => end.output),
    partitioning,
    edgeFunction,
    localAggregate: options.localAggregate,
    maxParallelism: 128,
    bufferTimeoutMs: 100,
    gate,
    metrics,
    random: seededRandom(7),
    specialise: sharedKernels,
    owner: { operator: 'Map', subtask: 0, parallelism: 1 },
    pool: new BatchPool(options.batch ?? 4),
  });
  return Object.assign(setup, { writer, gate, metrics, inputs: ends.map((end) => end.input) });
}

/** Everything that has arrived on each channel. */
function received({ inputs }: Setup): unknown[][] {
  return inputs.map((input) => {
    const values: unknown[] = [];
    for (let item = input.poll(); item; item = input.poll()) {
      if (isBatch(item)) values.push(...item.values.slice(0, item.count));
    }
    return values;
  });
}

function send(setup: Setup, values: readonly unknown[]): unknown[][] {
  for (const value of values) setup.writer.emit(value, NO_TIMESTAMP);
  setup.writer.flush();
  return received(setup);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('RecordWriter', () => {
  it('sends a latency marker to one channel, behind the records that were emitted before it', () => {
    const setup = writerTo(3, 'BROADCAST');
    setup.writer.emit('before', NO_TIMESTAMP);
    setup.writer.latencyMarker({ markedAt: 5, source: 'a', subtask: 1 });
    setup.writer.emit('after', NO_TIMESTAMP);
    setup.writer.flush();
    const arrived = setup.inputs.map((input) => {
      const items: unknown[] = [];
      for (let item = input.poll(); item; item = input.poll()) items.push(...(isBatch(item) ? item.values.slice(0, item.count) : [item]));
      return items;
    });
    const marked = ['before', { type: 'latency-marker', marker: { markedAt: 5, source: 'a', subtask: 1 } }, 'after'];
    expect(arrived.filter((items) => items.length === 3)).toEqual([marked]);
    expect(arrived.filter((items) => items.length === 2)).toEqual([['before', 'after'], ['before', 'after']]);
  });

  it('sends everything to the first channel when global', () => {
    expect(send(writerTo(3, 'GLOBAL'), numbers(10))).toEqual([numbers(10), [], []]);
  });

  it('sends a copy to every channel when broadcast', () => {
    expect(send(writerTo(3, 'BROADCAST'), numbers(9))).toEqual([numbers(9), numbers(9), numbers(9)]);
  });

  it('goes round from the first channel when rescaled', () => {
    expect(send(writerTo(3, 'RESCALE'), numbers(7))).toEqual([[0, 3, 6], [1, 4], [2, 5]]);
  });

  it('goes round from a random channel when rebalanced', () => {
    const shares = send(writerTo(3, 'REBALANCE'), numbers(9));
    expect(shares.map((share) => share.length)).toEqual([3, 3, 3]);
    expect(shares.flat().sort()).toEqual(numbers(9));
  });

  it('spreads at random when shuffled', () => {
    const shares = send(writerTo(4, 'SHUFFLE', undefined, { capacity: 1000 }), numbers(4000));
    for (const share of shares) expect(share.length).toBeGreaterThan(850);
    expect(shares.flat().length).toBe(4000);
  });

  it('sends each key to the subtask of its key group, with its hash', () => {
    const keyOf = (value: string): string => value;
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), (keys) => {
        const setup = writerTo(3, 'HASH', { kind: 'key', keyOf }, { capacity: 1000 });
        for (const key of keys) setup.writer.emit(key, NO_TIMESTAMP);
        setup.writer.flush();
        setup.inputs.forEach((input, channel) => {
          for (let item = input.poll(); item; item = input.poll()) {
            if (!isBatch(item)) continue;
            for (let at = 0; at < item.count; at++) {
              const hash = hashKey(toPrimitiveKey(item.values[at]));
              expect(item.hashes![at]).toBe(hash);
              expect(subtaskOfKeyGroup(keyGroupOf(hash, 128), 128, 3)).toBe(channel);
            }
          }
        });
      }),
    );
  });

  it('and the state of its receiver find the key group with one function: whatever is sent, what a subtask keeps of it lies in its own range', async () => {
    const key = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.bigInt(), fc.date({ noInvalidDate: true }), fc.tuple(fc.integer(), fc.string()), fc.record({ id: fc.string(), n: fc.integer() }));
    await fc.assert(fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 7 }), async (keys, parallelism) => {
      const setup = writerTo(parallelism, 'HASH', { kind: 'key', keyOf: (value) => value }, { capacity: 1000 });
      const shares = send(setup, keys);
      for (const [subtask, share] of shares.entries()) {
        const range = keyGroupRange(subtask, 128, parallelism);
        const states = new OperatorStates({
          operator: 'counter', runtimeAttach: () => {}, clock: new ManualClock(), mailbox: { execute: (call) => call() }, backend: () => new HashMapBackend(), keyGroups: { range, maxParallelism: 128 }, classes: new ClassRegistry(),
        });
        const state = states.keyed!.store.getState(new ValueStateDescriptor<number>('n'));
        for (const each of share) {
          states.keyed!.setCurrentKey(each);
          state.update(1);
        }
        const [handle] = (await complete(states.snapshot(new MemorySnapshots().request())))?.keyed ?? [];
        const groups = handle?.format === 'canonical' ? handle.frames.map(({ group }) => group) : [];
        expect(groups.length > 0).toBe(share.length > 0);
        for (const group of groups) expect(group >= range.start && group <= range.end).toBe(true);
      }
    }), { numRuns: 60 });
  });

  it('asks a custom partitioner, and rejects what it cannot mean', () => {
    const modulo = { kind: 'custom', partition: (value: number, channels: number) => value % channels } as const;
    expect(send(writerTo(2, 'CUSTOM', modulo), numbers(5))).toEqual([[0, 2, 4], [1, 3]]);
    const wrong = writerTo(2, 'CUSTOM', { kind: 'custom', partition: () => 2 });
    expect(() => wrong.writer.emit(1, NO_TIMESTAMP)).toThrow('the partitioner chose channel 2; it must be a whole number from 0 to 1');
  });

  it('sends a batch when it is full and the rest when flushed', () => {
    const setup = writerTo(1, 'FORWARD', undefined, { batch: 4 });
    for (const value of numbers(6)) setup.writer.emit(value, NO_TIMESTAMP);
    expect(received(setup)).toEqual([[0, 1, 2, 3]]);
    setup.writer.flush();
    expect(received(setup)).toEqual([[4, 5]]);
  });

  it('holds the gate while a channel has no room, and loses nothing', () => {
    const setup = writerTo(1, 'FORWARD', undefined, { batch: 1, capacity: 2 });
    setup.writer.emit('a', NO_TIMESTAMP);
    expect(setup.gate.holds).toBe(0);
    setup.writer.emit('b', NO_TIMESTAMP);
    setup.writer.emit('c', NO_TIMESTAMP);
    expect(setup.gate.holds).toBe(1);
    expect(setup.writer.drain()).toBe(false);
    expect(received(setup)).toEqual([['a', 'b', 'c']]);
    expect(setup.writer.drain()).toBe(true);
    expect(setup.gate.holds).toBe(0);
    expect(setup.opened).toBe(1);
  });

  it('sends what a local aggregation keeps before an event, not with a flush', () => {
    const keyed: EdgeFunction = { kind: 'key', keyOf: (record) => (record as { word: string }).word };
    const setup = writerTo(1, 'HASH', keyed, { localAggregate: fieldAggregateOperator('sum', 'count', keyed.keyOf, { results: 'final' }).localAggregate! });
    expect(send(setup, [{ word: 'a', count: 1 }, { word: 'a', count: 2 }])).toEqual([[]]);
    setup.writer.event({ type: 'end-of-partition' });
    expect(received(setup)).toEqual([[{ word: 'a', count: 3 }]]);
  });

  it('sends an event to every channel behind the records before it', () => {
    const setup = writerTo(2, 'RESCALE');
    setup.writer.emit('a', NO_TIMESTAMP);
    setup.writer.event({ type: 'watermark', timestamp: 5 });
    setup.writer.emit('b', NO_TIMESTAMP);
    setup.writer.flush();
    const order = setup.inputs.map((input) => {
      const items: unknown[] = [];
      for (let item = input.poll(); item; item = input.poll()) items.push(isBatch(item) ? item.values.slice(0, item.count) : item.type);
      return items;
    });
    expect(order).toEqual([[['a'], 'watermark'], ['watermark', ['b']]]);
  });

  it('counts what it has sent', () => {
    const setup = writerTo(2, 'BROADCAST');
    send(setup, numbers(5));
    expect(setup.metrics.read(0).recordsOut).toBe(10);
  });
});
