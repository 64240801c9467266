/**
 * Input through channels: takes batches from the gates in turn and feeds them, record by record, to the head of the
 * chain.
 *
 * Invariants:
 * - No record is taken while the task's gate is held; a batch that was interrupted goes on where it stopped.
 * - A barrier is told between two batches, when everything in front of it has been delivered.
 */
import type { CheckpointBarrier } from '../core/checkpoint.js';
import type { Clock } from '../core/clock.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { Operator, Specialise } from '../operators/operator.js';
import type { Emit, HashedEmit } from '../operators/output.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { SnapshotReader } from '../state/snapshot-files.js';
import type { BatchPool } from './exchange/batch-pool.js';
import type { InputChannel, RecordBatch } from './exchange/channel.js';
import { type CheckpointedChannel, type CheckpointTaker, type Delivering, InputBarriers } from './barriers/input-barriers.js';
import { restoreInFlight } from './barriers/restore-in-flight.js';
import { CombinedWatermark } from './combined-watermark.js';
import type { TaskGate } from './gate.js';
import { type GateControl, InputGate } from './input-gate.js';
import type { OperatorChain } from './operator-chain.js';
import type { TaskInput, TurnResult } from './task-input.js';
import type { TaskMetrics } from './task-metrics.js';
import { TURN_MS, TurnPace } from './turn-pace.js';

/** Feeds the records of a batch from `from` to before `until`; answers the position after the last one taken. */
type Deliver = (batch: RecordBatch, from: number, until: number) => number;

/** Where in a batch delivery stands; kept outside the kernel so that a failure can name the record. */
interface Cursor {
  at: number;
}

function deliverKernel(process: Emit, gate: { readonly holds: number }, cursor: Cursor): Deliver {
  return (batch, from, until) => {
    const { values, timestamps } = batch;
    let at = from;
    try {
      while (at < until) {
        process(values[at], timestamps[at]!);
        at++;
        if (gate.holds !== 0) break;
      }
    } finally {
      cursor.at = at;
    }
    return at;
  };
}

function deliverHashedKernel(process: HashedEmit, gate: { readonly holds: number }, cursor: Cursor): Deliver {
  return (batch, from, until) => {
    const { values, timestamps } = batch;
    const hashes = batch.hashes!;
    let at = from;
    try {
      while (at < until) {
        process(values[at], timestamps[at]!, hashes[at]!);
        at++;
        if (gate.holds !== 0) break;
      }
    } finally {
      cursor.at = at;
    }
    return at;
  };
}

interface Feed {
  readonly gate: InputGate;
  readonly deliver: Deliver;
  readonly deliverHashed: Deliver | undefined;
  ended: boolean;
}

export interface StreamInputOptions {
  /** The channels of each input. */
  readonly channels: readonly (readonly InputChannel[])[];
  readonly chain: OperatorChain;
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Time of day, which barriers carry. */
  readonly wallClock: Pick<Clock, 'now' | 'schedule'>;
  /** The channels of each input, as checkpoints see them. */
  readonly places: readonly (readonly CheckpointedChannel[])[];
  /** Of values that are stored in flight. */
  readonly classes: ClassRegistry;
  readonly taker: CheckpointTaker;
  /** False: a channel that ends makes the checkpoint under way fail. */
  readonly endedChannelsCount: boolean;
  /** Makes the task run soon. */
  readonly wake: () => void;
  readonly specialise: Specialise;
  readonly pool: BatchPool;
}

export class StreamInput implements TaskInput {
  private readonly feeds: Feed[];
  private readonly chain: OperatorChain;
  private readonly gate: TaskGate;
  private readonly metrics: TaskMetrics;
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly cursor: Cursor = { at: 0 };
  private readonly pool: BatchPool;
  private readonly pace = new TurnPace();
  private batch: RecordBatch | undefined;
  private batchFeed: Feed | undefined;
  private turn = 0;
  /** The task has been told that every input has ended. Until then nothing is taken that is behind the last record. */
  private endTold = false;
  private readonly barriers: InputBarriers;
  private readonly taker: CheckpointTaker;
  private readonly wallClock: Pick<Clock, 'now'>;
  private readonly classes: ClassRegistry;
  private readonly places: readonly (readonly CheckpointedChannel[])[];
  /** Wanted by the JobManager, which knows that nothing runs upstream any more. */
  private triggered: CheckpointBarrier | undefined;

  constructor(options: StreamInputOptions) {
    this.chain = options.chain;
    this.gate = options.gate;
    this.metrics = options.metrics;
    this.clock = options.clock;
    this.pool = options.pool;
    this.taker = options.taker;
    this.wallClock = options.wallClock;
    this.places = options.places;
    this.classes = options.classes;
    this.barriers = new InputBarriers({
      channels: options.places, clock: options.wallClock, classes: options.classes, taker: options.taker, wake: options.wake,
      endedChannelsCount: options.endedChannelsCount,
      delivering: () => this.delivering(),
    });
    const head = options.chain.head!;
    const combined = new CombinedWatermark(options.channels.length, options.chain);
    this.feeds = options.channels.map((channels, input) => this.feed(channels, input, head, combined, options.specialise));
    this.barriers.attach(this.feeds.map((feed) => feed.gate));
  }

  get drains(): boolean {
    return this.feeds.every((feed) => feed.gate.drains);
  }

  get exhausted(): boolean {
    return this.feeds.every((feed) => feed.gate.exhausted);
  }

  /** Only sources are stopped. */
  stop(): void {}

  /** Records may still wait in channels whose senders have ended: the checkpoint is taken behind them. */
  trigger(barrier: CheckpointBarrier): void {
    this.triggered = barrier;
    this.takeTriggered();
  }

  snapshotState(): void {}

  notifyCheckpointComplete(): void {}

  get pressing(): boolean {
    return this.feeds.some((feed) => feed.gate.pressing);
  }

  /** Records that were in flight are taken before anything that comes. */
  async restore(state: OperatorSubtaskState, reader: SnapshotReader): Promise<void> {
    const restored = await restoreInFlight(state.inputChannels ?? [], this.places.flat(), reader, this.classes);
    let at = 0;
    for (const [input, channels] of this.places.entries()) {
      for (let channel = 0; channel < channels.length; channel++) this.feeds[input]!.gate.restore(channel, restored.get(at++) ?? []);
    }
  }

  get ready(): boolean {
    return this.batch !== undefined || this.feeds.some((feed) => feed.gate.ready || (feed.gate.finished && !feed.ended));
  }

  get inputs(): number {
    return this.feeds.length;
  }

  /** How far each input has come, by its own channels. */
  inputWatermark(input: number): number {
    return this.feeds[input]!.gate.currentWatermark;
  }

  start(): void {}

  close(): void {
    this.barriers.close();
    for (const feed of this.feeds) feed.gate.close();
  }

  failing(): { readonly value: unknown } | undefined {
    const { batch } = this;
    return batch && this.cursor.at < batch.count ? { value: batch.values[this.cursor.at] } : undefined;
  }

  run(deadline: number): TurnResult {
    this.lookForBarriers();
    let before = deadline - TURN_MS;
    for (;;) {
      if (this.gate.holds !== 0) return 'held';
      if (this.hasEnded && !this.endTold) return this.tellEnd();
      if (this.batch === undefined && !this.takeBatch()) {
        // An event may have filled an output, or begun a checkpoint that is not over.
        if (this.gate.holds !== 0) return 'held';
        if (this.hasEnded && !this.endTold) return this.tellEnd();
        if (this.barriers.takeFreed()) continue;
        return this.hasEnded ? 'ended' : 'idle';
      }
      const records = this.deliver();
      const now = this.clock.monotonic();
      this.pace.took(records, now - before);
      before = now;
      if (now >= deadline) return 'more';
    }
  }

  private get hasEnded(): boolean {
    return this.feeds.every((feed) => feed.ended);
  }

  private tellEnd(): TurnResult {
    this.endTold = true;
    return 'ended';
  }

  /** Barriers that may overtake do so also while the task takes no records. */
  private lookForBarriers(): void {
    for (const { gate } of this.feeds) if (gate.pressing) gate.readAhead();
    if (this.barriers.overdue) this.barriers.lookAtTime();
  }

  private delivering(): Delivering | undefined {
    const { batch, batchFeed } = this;
    return batch && batchFeed && { input: this.feeds.indexOf(batchFeed), channel: batchFeed.gate.lastChannel, batch, from: this.cursor.at };
  }

  /** As far as one stride goes; answers how many records that were. */
  private deliver(): number {
    const batch = this.batch;
    const feed = this.batchFeed;
    if (!batch || !feed) return 0;
    const deliver = batch.hashes !== undefined && feed.deliverHashed !== undefined ? feed.deliverHashed : feed.deliver;
    const { at } = this.cursor;
    const { count } = batch;
    const end = deliver(batch, at, Math.min(count, at + this.pace.stride));
    if (end === count) {
      this.batch = undefined;
      this.pool.give(batch);
    }
    return end - at;
  }

  private takeBatch(): boolean {
    for (let tried = 0; tried < this.feeds.length; tried++) {
      const feed = this.feeds[this.turn]!;
      const batch = feed.gate.exhausted ? undefined : feed.gate.poll();
      if (this.gate.holds !== 0 && batch === undefined) return false;
      if (this.feeds.length > 1) this.turn = (this.turn + 1) % this.feeds.length;
      if (batch) {
        this.batch = batch;
        this.batchFeed = feed;
        this.cursor.at = 0;
        this.metrics.add('recordsIn', batch.count);
        this.metrics.add('bytesIn', batch.bytes);
        return true;
      }
      if (feed.gate.finished && !feed.ended) {
        feed.ended = true;
        if (feed.gate.drains) this.chain.endInput(this.feeds.indexOf(feed));
        if (this.hasEnded) return false;
      }
    }
    return false;
  }

  private feed(channels: readonly InputChannel[], input: number, head: Operator, combined: CombinedWatermark, specialise: Specialise): Feed {
    const hashed = head.hashedInputs?.[input] as HashedEmit | undefined;
    return {
      gate: new InputGate(channels, {
        watermark: (timestamp) => combined.watermark(input, timestamp),
        idle: (idle) => combined.idle(input, idle),
      }, this.controlOf(input), this.places[input]!.map(({ overtaking }) => overtaking)),
      deliver: specialise(deliverKernel)(head.inputs[input] as Emit, this.gate, this.cursor),
      deliverHashed: hashed && specialise(deliverHashedKernel)(hashed, this.gate, this.cursor),
      ended: false,
    };
  }

  private controlOf(input: number): GateControl {
    const { gate, barriers } = this;
    return {
      announced: (channel, barrier) => barriers.announced(input, channel, barrier),
      barrier: (channel, barrier) => barriers.barrier(input, channel, barrier),
      cancelled: (channel, checkpointId) => barriers.cancelled(input, channel, checkpointId),
      closed: (channel) => {
        barriers.closed(input, channel);
        this.takeTriggered();
      },
      latencyMarker: (marker) => this.chain.latencyMarker(marker),
      get held() {
        return gate.holds !== 0;
      },
    };
  }

  private takeTriggered(): void {
    const { triggered } = this;
    if (!triggered || !this.exhausted) return;
    this.triggered = undefined;
    this.taker.take(triggered, { firstBarrierAt: this.wallClock.now(), unaligned: false });
  }
}
