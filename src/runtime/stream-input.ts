/**
 * Input through channels: takes batches from the gates in turn and feeds them, record by record, to the head of the
 * chain.
 *
 * Invariant: no record is taken while the task's gate is held; a batch that was interrupted goes on where it stopped.
 */
import type { Clock } from '../core/clock.js';
import type { Operator, Specialise } from '../operators/operator.js';
import type { Emit, HashedEmit } from '../operators/output.js';
import type { BatchPool } from './exchange/batch-pool.js';
import type { InputChannel, RecordBatch } from './exchange/channel.js';
import { CombinedWatermark } from './combined-watermark.js';
import type { TaskGate } from './gate.js';
import { InputGate } from './input-gate.js';
import type { OperatorChain } from './operator-chain.js';
import type { TaskInput, TurnResult } from './task-input.js';
import type { TaskMetrics } from './task-metrics.js';

/** Feeds records `from..count` of a batch; answers the position after the last one taken. */
type Deliver = (batch: RecordBatch, from: number) => number;

/** Where in a batch delivery stands; kept outside the kernel so that a failure can name the record. */
interface Cursor {
  at: number;
}

function deliverKernel(process: Emit, gate: { readonly holds: number }, cursor: Cursor): Deliver {
  return (batch, from) => {
    const { values, timestamps, count } = batch;
    let at = from;
    try {
      while (at < count) {
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
  return (batch, from) => {
    const { values, timestamps, count } = batch;
    const hashes = batch.hashes!;
    let at = from;
    try {
      while (at < count) {
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
  private batch: RecordBatch | undefined;
  private batchFeed: Feed | undefined;
  private turn = 0;

  constructor(options: StreamInputOptions) {
    this.chain = options.chain;
    this.gate = options.gate;
    this.metrics = options.metrics;
    this.clock = options.clock;
    this.pool = options.pool;
    const head = options.chain.head!;
    const combined = new CombinedWatermark(options.channels.length, options.chain);
    this.feeds = options.channels.map((channels, input) => this.feed(channels, input, head, combined, options.specialise));
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
    for (const feed of this.feeds) feed.gate.close();
  }

  failing(): { readonly value: unknown } | undefined {
    const { batch } = this;
    return batch && this.cursor.at < batch.count ? { value: batch.values[this.cursor.at] } : undefined;
  }

  run(deadline: number): TurnResult {
    for (;;) {
      if (this.gate.holds !== 0) return 'held';
      if (this.batch === undefined && !this.takeBatch()) return this.feeds.every((feed) => feed.ended) ? 'ended' : 'idle';
      // A watermark in front of the batch may have filled an output.
      if (this.gate.holds !== 0) return 'held';
      this.deliver();
      if (this.clock.monotonic() >= deadline) return 'more';
    }
  }

  private deliver(): void {
    const batch = this.batch;
    const feed = this.batchFeed;
    if (!batch || !feed) return;
    const deliver = batch.hashes !== undefined && feed.deliverHashed !== undefined ? feed.deliverHashed : feed.deliver;
    if (deliver(batch, this.cursor.at) < batch.count) return;
    this.batch = undefined;
    this.pool.give(batch);
  }

  private takeBatch(): boolean {
    for (let tried = 0; tried < this.feeds.length; tried++) {
      const feed = this.feeds[this.turn]!;
      const batch = feed.ended ? undefined : feed.gate.poll();
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
        this.chain.endInput(this.feeds.indexOf(feed));
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
      }),
      deliver: specialise(deliverKernel)(head.inputs[input] as Emit, this.gate, this.cursor),
      deliverHashed: hashed && specialise(deliverHashedKernel)(hashed, this.gate, this.cursor),
      ended: false,
    };
  }
}
