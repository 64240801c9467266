/**
 * The sending end of one edge of one subtask: partitions records into per-channel buffers and sends full ones.
 *
 * Invariants:
 * - `emit` always takes the record; when a channel has no room the task's gate is held until it has, so what piles up
 *   is bounded by what one input record makes, and by what a local aggregation keeps.
 * - An event is sent to every channel, a latency marker to one, after all records that were emitted before it.
 */
import type { LatencyMarker } from '../core/latency-marker.js';
import { FlinkError } from '../core/errors.js';
import { hashKey, toPrimitiveKey } from '../core/key.js';
import { keyGroupOf, subtaskOfKeyGroup } from '../core/key-group.js';
import { type Random, randomInt } from '../core/random.js';
import type { Partitioning } from '../graph/stream-graph.js';
import type { MakeLocalAggregate } from '../operators/local-aggregate.js';
import type { Specialise } from '../operators/operator.js';
import type { Emit, HashedEmit } from '../operators/output.js';
import type { EdgeFunction } from '../program/job-program.js';
import type { BatchPool } from './exchange/batch-pool.js';
import type { OutputChannel, RecordBatch, StreamEvent } from './exchange/channel.js';
import { type LabelledOperator, locateFailure } from './failure.js';
import type { TaskGate } from './gate.js';
import { LocalAggregation } from './local-aggregation.js';
import {
  broadcastKernel, customKernel, hashKernel, keyGroupKernel, roundRobinKernel, shuffleKernel, singleKernel,
} from './partition-kernels.js';
import type { TaskMetrics } from './task-metrics.js';

export interface RecordWriterOptions {
  readonly channels: readonly OutputChannel[];
  readonly partitioning: Partitioning;
  readonly edgeFunction: EdgeFunction | undefined;
  /** How the records of a key may be put together before they leave on a keyed edge. */
  readonly localAggregate?: MakeLocalAggregate | undefined;
  /** Key groups of the receiving operator. */
  readonly maxParallelism: number;
  readonly bufferTimeoutMs: number;
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  readonly random: Random;
  readonly specialise: Specialise;
  /** Whose results these are. */
  readonly owner: LabelledOperator;
  readonly pool: BatchPool;
}

export class RecordWriter {
  readonly emit: Emit;
  /** -1: only full buffers are sent. */
  readonly bufferTimeoutMs: number;
  private readonly channels: readonly OutputChannel[];
  private readonly buffers: RecordBatch[];
  private readonly keyed: boolean;
  private readonly pool: BatchPool;
  private readonly waiting: boolean[];
  private readonly capacity: number;
  private readonly gate: TaskGate;
  private readonly owner: LabelledOperator;
  private readonly metrics: TaskMetrics;
  private waitingCount = 0;
  private aggregation: LocalAggregation | undefined;
  private readonly random: Random;

  constructor(options: RecordWriterOptions) {
    this.channels = options.channels;
    this.gate = options.gate;
    this.owner = options.owner;
    this.metrics = options.metrics;
    this.bufferTimeoutMs = options.bufferTimeoutMs;
    this.pool = options.pool;
    this.random = options.random;
    this.capacity = options.bufferTimeoutMs === 0 ? 1 : options.pool.capacity;
    this.keyed = options.partitioning === 'HASH';
    this.buffers = this.channels.map(() => this.pool.take(this.keyed));
    this.waiting = this.channels.map(() => false);
    this.emit = this.kernel(options) as Emit;
  }

  /** Sends what waits in the buffers. */
  flush(): void {
    for (let channel = 0; channel < this.buffers.length; channel++) this.send(channel);
  }

  /** Tells every channel, after the records emitted so far. */
  event(event: StreamEvent): void {
    this.aggregation?.flush();
    this.flush();
    for (let channel = 0; channel < this.channels.length; channel++) {
      this.channels[channel]!.sendEvent(event);
      this.noteRoom(channel);
    }
  }

  /** Tells one channel, which one is left to chance, after the records emitted so far. */
  latencyMarker(marker: LatencyMarker): void {
    const channel = this.channels.length === 1 ? 0 : randomInt(this.random, this.channels.length);
    this.aggregation?.flush();
    this.send(channel);
    this.channels[channel]!.sendEvent({ type: 'latency-marker', marker });
    this.noteRoom(channel);
  }

  /** Moves what waits for room; true when nothing waits any more. */
  drain(): boolean {
    if (this.waitingCount === 0) return true;
    for (let channel = 0; channel < this.channels.length; channel++) {
      if (this.waiting[channel] && this.channels[channel]!.drain()) this.stopWaiting(channel);
    }
    return this.waitingCount === 0;
  }

  close(): void {
    for (const channel of this.channels) channel.close();
  }

  private send(channel: number): void {
    const batch = this.buffers[channel]!;
    if (batch.count === 0) return;
    this.buffers[channel] = this.pool.take(this.keyed);
    this.metrics.add('recordsOut', batch.count);
    try {
      this.metrics.add('bytesOut', this.channels[channel]!.send(batch));
    } catch (error) {
      throw locateFailure(error, this.owner);
    }
    this.noteRoom(channel);
  }

  private noteRoom(channel: number): void {
    if (this.waiting[channel] || this.channels[channel]!.writable) return;
    this.waiting[channel] = true;
    this.waitingCount += 1;
    this.gate.hold();
  }

  private stopWaiting(channel: number): void {
    this.waiting[channel] = false;
    this.waitingCount -= 1;
    this.gate.release();
  }

  private kernel(options: RecordWriterOptions): Emit<never> {
    const { partitioning, random, specialise } = options;
    const { buffers, capacity } = this;
    const sendFull = (channel: number): void => this.send(channel);
    if (partitioning === 'GLOBAL') return specialise(singleKernel)(buffers, capacity, sendFull);
    if (partitioning === 'HASH' && options.edgeFunction?.kind === 'key') {
      const groups = channelOfGroup(options.maxParallelism, buffers.length);
      const send = specialise(keyGroupKernel)(buffers, keyGroupOf, groups, capacity, sendFull);
      const { keyOf } = options.edgeFunction;
      if (!options.localAggregate) return specialise(hashKernel)(keyOf, toPrimitiveKey, hashKey, send);
      this.aggregation = new LocalAggregation(options.localAggregate, keyOf, send as HashedEmit, specialise);
      return this.aggregation.emit;
    }
    if (partitioning === 'CUSTOM' && options.edgeFunction?.kind === 'custom') {
      return specialise(customKernel)(buffers, options.edgeFunction.partition, (channel) => rejectChannel(channel, buffers.length), capacity, sendFull);
    }
    if (buffers.length === 1) return specialise(singleKernel)(buffers, capacity, sendFull);
    switch (partitioning) {
      case 'REBALANCE': return specialise(roundRobinKernel)(buffers, randomInt(random, buffers.length), capacity, sendFull);
      case 'FORWARD':
      case 'RESCALE': return specialise(roundRobinKernel)(buffers, 0, capacity, sendFull);
      case 'SHUFFLE': return specialise(shuffleKernel)(buffers, () => random.next(), capacity, sendFull);
      case 'BROADCAST': return specialise(broadcastKernel)(buffers, capacity, sendFull);
      default: throw new FlinkError('INTERNAL', `a ${partitioning} edge has no function that partitions it`);
    }
  }
}

function channelOfGroup(maxParallelism: number, parallelism: number): Int32Array {
  return Int32Array.from({ length: maxParallelism }, (_, group) => subtaskOfKeyGroup(group, maxParallelism, parallelism));
}

function rejectChannel(channel: unknown, channels: number): never {
  throw new FlinkError('USER_FUNCTION', `the partitioner chose channel ${String(channel)}; it must be a whole number from 0 to ${channels - 1}`);
}
