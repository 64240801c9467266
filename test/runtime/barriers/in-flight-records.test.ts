import { describe, expect, it } from 'vitest';
import { openSnapshotReader } from '../../../src/checkpoint/snapshot-input.js';
import { openSnapshotStreams } from '../../../src/checkpoint/snapshot-output.js';
import { hashKey } from '../../../src/core/key.js';
import { keyGroupOf, subtaskOfKeyGroup } from '../../../src/core/key-group.js';
import { registeredClasses } from '../../../src/core/serialization/class-registry.js';
import { type ChannelName, InFlightRecords } from '../../../src/runtime/barriers/in-flight-records.js';
import { type RestoredChannel, restoreInFlight } from '../../../src/runtime/barriers/restore-in-flight.js';
import { isBatch, type RecordBatch, type StreamEvent } from '../../../src/runtime/exchange/channel.js';
import type { ChannelStateHandle } from '../../../src/state/operator-snapshot.js';
import { batchOf } from '../exchange/records.js';

const STREAMS = openSnapshotStreams({ storage: 'memory', maxStateBytes: 1 << 20 }, () => '');
const READER = openSnapshotReader({ exclusive: undefined, shared: undefined });

const channel = (producer: number, consumer = 0, edgeId = 'edge-1'): ChannelName => ({ edgeId, producer, consumer });

async function stored(...items: readonly (readonly [ChannelName, RecordBatch | StreamEvent, number?])[]): Promise<readonly ChannelStateHandle[]> {
  const records = new InFlightRecords(1, registeredClasses);
  const names: ChannelName[] = [];
  for (const [name, item, from] of items) {
    if (!names.includes(name)) names.push(name);
    records.add(names.indexOf(name), name, item, from);
  }
  const snapshot = records.snapshot(STREAMS);
  records.finish();
  return (await snapshot.result())?.inputChannels ?? [];
}

async function restored(handles: readonly ChannelStateHandle[], channels: readonly RestoredChannel[]): Promise<Record<number, string[]>> {
  const items = await restoreInFlight(handles, channels, READER, registeredClasses);
  return Object.fromEntries([...items].map(([at, of]) => [at, of.map((item) => (isBatch(item) ? item.values.slice(0, item.count).map((value, row) => `${String(value)}@${item.timestamps[row]}${item.hashes ? `#${item.hashes[row]}` : ''}`).join() : item.type === 'watermark' ? `watermark ${item.timestamp}` : item.type))]));
}

describe('records in flight', () => {
  it('come back in order with timestamps, hashes and watermarks, from where they had not been taken', async () => {
    const [a, b] = [channel(0), channel(1)];
    const handles = await stored([a, batchOf(['x', 'y', 'z'], [1, 2, 3], [7, 8, 9]), 1], [b, batchOf(['b'], [5])], [a, { type: 'watermark', timestamp: 2 }], [a, batchOf(['w'], [4], [6])]);
    expect(handles.map(({ producer, records }) => [producer, records])).toEqual([[0, 3], [1, 1]]);
    expect(await restored(handles, [a, b])).toEqual({ 0: ['y@2#8,z@3#9', 'watermark 2', 'w@4#6'], 1: ['b@5'] });
  });

  it('come back without the latency markers among them, which tell of a time that is over', async () => {
    const handles = await stored([channel(0), batchOf(['x'], [1])], [channel(0), { type: 'latency-marker', marker: { markedAt: 1, source: 'a', subtask: 0 } }], [channel(0), batchOf(['y'], [2])]);
    expect(await restored(handles, [channel(0)])).toEqual({ 0: ['x@1', 'y@2'] });
  });

  it('are what they were when they were stored, whatever becomes of them', async () => {
    const record = { n: 1 };
    const records = new InFlightRecords(1, registeredClasses);
    records.add(0, channel(0), batchOf([record]));
    record.n = 2;
    const snapshot = records.snapshot(STREAMS);
    records.finish();
    const [item] = (await restoreInFlight((await snapshot.result())!.inputChannels!, [channel(0)], READER, registeredClasses)).get(0)!;
    expect((item as RecordBatch).values[0]).toEqual({ n: 1 });
  });

  it('are stored only when all barriers have come', async () => {
    const records = new InFlightRecords(1, registeredClasses);
    const snapshot = records.snapshot(STREAMS);
    let state: unknown = 'pending';
    void snapshot.result().then((result) => (state = result));
    await new Promise((resolve) => setImmediate(resolve));
    expect(state).toBe('pending');
    records.add(0, channel(0), batchOf(['late']));
    records.finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(state).toMatchObject({ inputChannels: [{ records: 1 }] });
  });

  it('are no state at all when there are none', async () => {
    expect(await stored()).toEqual([]);
  });

  it('make the checkpoint fail when one cannot be stored', async () => {
    const records = new InFlightRecords(1, registeredClasses);
    records.add(0, channel(0), batchOf([() => {}]));
    const snapshot = records.snapshot(STREAMS);
    records.finish();
    await expect(snapshot.result()).rejects.toMatchObject({ code: 'RECORD_NOT_SERIALIZABLE' });
  });

  it('are forgotten when the checkpoint comes to nothing', async () => {
    const records = new InFlightRecords(1, registeredClasses);
    const snapshot = records.snapshot(STREAMS);
    snapshot.abandon();
    records.add(0, channel(0), batchOf(['x']));
    expect(await snapshot.result()).toBeUndefined();
  });
});

describe('records in flight of a job with another parallelism', () => {
  it('go to the subtask that owns their key, each once', async () => {
    const keys = Array.from({ length: 40 }, (_, n) => `key ${n}`);
    const handles = await stored([channel(0, 0), batchOf(keys.slice(0, 20), [], keys.slice(0, 20).map(hashKey))], [channel(1, 1), batchOf(keys.slice(20), [], keys.slice(20).map(hashKey))]);
    const of = async (consumer: number): Promise<string[]> => {
      const lines = await restored(handles, [0, 1].map((producer) => ({ ...channel(producer, consumer), keyed: { maxParallelism: 128, parallelism: 3 } })));
      return Object.values(lines).flat().flatMap((line) => line.split(',').map((value) => value.split('@')[0]!));
    };
    const found = [await of(0), await of(1), await of(2)];
    expect(found.flat().sort()).toEqual([...keys].sort());
    for (const [subtask, values] of found.entries()) expect(values.map((key) => subtaskOfKeyGroup(keyGroupOf(hashKey(key), 128), 128, 3))).toEqual(values.map(() => subtask));
  });

  it('of a producer that is no more come through another channel of the edge, without any watermarks: they would make the other records late', async () => {
    const [gone, left] = [channel(3), channel(1)];
    const handles = await stored([left, batchOf(['y'], [2])], [left, { type: 'watermark', timestamp: 9 }], [gone, batchOf(['x'], [1])]);
    expect(await restored(handles.map((handle) => ({ ...handle, rescaled: true })), [channel(0), channel(1)])).toEqual({ 1: ['y@2', 'x@1'] });
  });

  it('cannot come back to an edge that is gone', async () => {
    const handles = await stored([channel(0), batchOf(['x'])]);
    await expect(restored(handles, [channel(0, 0, 'edge-2')])).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE', message: expect.stringContaining('edge-1') as string });
  });
});
