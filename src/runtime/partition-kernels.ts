/**
 * The hot functions that choose the receiving channel of each record and append it to that channel's batch: one
 * kernel for each of Flink's partitioners.
 *
 * Invariant: each kernel is self-contained (see `operators/specialise.ts`): it uses nothing but its parameters.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { Emit, HashedEmit } from '../operators/output.js';
import type { RecordBatch } from './exchange/channel.js';

/** The batch being filled for each channel; replaced when it is sent. */
export type Filling = readonly RecordBatch[];

/** Sends a channel's batch on because it is full. */
export type SendFull = (channel: number) => void;

/** Forward and global: the first channel. */
export function singleKernel(buffers: Filling, capacity: number, sendFull: SendFull): Emit {
  return (value, timestamp) => {
    const buffer = buffers[0]!;
    const at = buffer.count;
    buffer.values[at] = value;
    buffer.timestamps[at] = timestamp;
    buffer.count = at + 1;
    if (at + 1 === capacity) sendFull(0);
  };
}

/** Rebalance and rescale: round robin from `first`. */
export function roundRobinKernel(buffers: Filling, first: number, capacity: number, sendFull: SendFull): Emit {
  let channel = first;
  return (value, timestamp) => {
    const buffer = buffers[channel]!;
    const at = buffer.count;
    buffer.values[at] = value;
    buffer.timestamps[at] = timestamp;
    buffer.count = at + 1;
    if (at + 1 === capacity) sendFull(channel);
    channel = channel + 1 === buffers.length ? 0 : channel + 1;
  };
}

/** Shuffle: uniformly random. */
export function shuffleKernel(buffers: Filling, random: () => number, capacity: number, sendFull: SendFull): Emit {
  return (value, timestamp) => {
    const channel = Math.floor(random() * buffers.length);
    const buffer = buffers[channel]!;
    const at = buffer.count;
    buffer.values[at] = value;
    buffer.timestamps[at] = timestamp;
    buffer.count = at + 1;
    if (at + 1 === capacity) sendFull(channel);
  };
}

/** Broadcast: every channel. */
export function broadcastKernel(buffers: Filling, capacity: number, sendFull: SendFull): Emit {
  return (value, timestamp) => {
    for (let channel = 0; channel < buffers.length; channel++) {
      const buffer = buffers[channel]!;
      const at = buffer.count;
      buffer.values[at] = value;
      buffer.timestamps[at] = timestamp;
      buffer.count = at + 1;
      if (at + 1 === capacity) sendFull(channel);
    }
  };
}

/** Key groups: the key's hash decides, and travels with the record. */
export function hashKernel(
  keyOf: (value: never) => unknown, toPrimitiveKey: (key: unknown) => PrimitiveKey, hashKey: (key: PrimitiveKey) => number, send: HashedEmit<never>,
): Emit<never> {
  return (value, timestamp) => send(value, timestamp, hashKey(toPrimitiveKey(keyOf(value))));
}

/** Key groups, for a record whose key's hash is known. */
export function keyGroupKernel(
  buffers: Filling, keyGroupOf: (hash: number, maxParallelism: number) => number, channelOfGroup: Int32Array, capacity: number, sendFull: SendFull,
): HashedEmit<never> {
  const maxParallelism = channelOfGroup.length;
  return (value, timestamp, hash) => {
    const channel = channelOfGroup[keyGroupOf(hash, maxParallelism)]!;
    const buffer = buffers[channel]!;
    const at = buffer.count;
    buffer.values[at] = value;
    buffer.timestamps[at] = timestamp;
    buffer.hashes![at] = hash;
    buffer.count = at + 1;
    if (at + 1 === capacity) sendFull(channel);
  };
}

/** A user's partitioner, checked. */
export function customKernel(
  buffers: Filling,
  partition: (value: never, channels: number) => number,
  reject: (channel: unknown) => never,
  capacity: number,
  sendFull: SendFull,
): Emit<never> {
  return (value, timestamp) => {
    const channel = partition(value, buffers.length);
    const buffer = buffers[channel];
    if (buffer === undefined) reject(channel);
    const at = buffer!.count;
    buffer!.values[at] = value;
    buffer!.timestamps[at] = timestamp;
    buffer!.count = at + 1;
    if (at + 1 === capacity) sendFull(channel);
  };
}
