/**
 * The receiving end of one input of one subtask: its channels, taken in turn, and the watermark they agree on.
 *
 * Invariants:
 * - Order is kept within a channel, and only there.
 * - The input has ended when every channel has sent its last record; barriers may follow until each channel is closed.
 * - Nothing is taken from a blocked channel.
 * - What has been read ahead is taken before what is still in the channel.
 * - Nothing follows a barrier, or an event that made the task be held, before the caller has looked.
 */
import type { LatencyMarker } from '../core/latency-marker.js';
import type { CheckpointBarrier } from '../core/checkpoint.js';
import { Fifo } from '../core/fifo.js';
import { type InputChannel, isAnnounced, isBatch, type RecordBatch, type StreamEvent } from './exchange/channel.js';
import { type ValveOutput, WatermarkValve } from './watermark-valve.js';

/** What a gate tells of checkpoints and of the end of its channels. */
export interface GateControl {
  /** A barrier waits behind records that have been read ahead. */
  announced(channel: number, barrier: CheckpointBarrier): void;
  barrier(channel: number, barrier: CheckpointBarrier): void;
  cancelled(channel: number, checkpointId: number): void;
  /** Nothing will come on the channel any more. */
  closed(channel: number): void;
  latencyMarker(marker: LatencyMarker): void;
  /** Whether the task may take nothing now. */
  readonly held: boolean;
}

/** For an input without checkpoints. */
const NO_CONTROL: GateControl = { announced: () => {}, barrier: () => {}, cancelled: () => {}, closed: () => {}, latencyMarker: () => {}, held: false };

type Item = RecordBatch | StreamEvent;

/** Takes what comes in front of a barrier into an unaligned snapshot. */
export interface Capture {
  readonly checkpointId: number;
  add(channel: number, item: Item): void;
}

export class InputGate {
  private readonly channels: readonly InputChannel[];
  /** Sent their last record. */
  private readonly ended: boolean[];
  private readonly closed: boolean[];
  private readonly blocked: boolean[];
  /** Read out of the channel before its turn. */
  private readonly ahead: Fifo<Item>[];
  /** How many announced barriers have been read. */
  private readonly met: number[];
  private readonly capturing: boolean[];
  private capture: Capture | undefined;
  private readonly valve: WatermarkValve;
  private running: number;
  private open: number;
  private turn = 0;
  private drained = true;

  /** @param overtaking by channel: whether barriers may overtake records; none may unless given. */
  constructor(
    channels: readonly InputChannel[], output: ValveOutput, private readonly control: GateControl = NO_CONTROL,
    private readonly overtaking: readonly boolean[] = [],
  ) {
    this.channels = channels;
    this.ended = channels.map(() => false);
    this.closed = channels.map(() => false);
    this.blocked = channels.map(() => false);
    this.ahead = channels.map(() => new Fifo<Item>());
    this.met = channels.map(() => 0);
    this.capturing = channels.map(() => false);
    this.running = channels.length;
    this.open = channels.length;
    this.valve = new WatermarkValve(channels.length, output);
  }

  /** No more records will come. */
  get finished(): boolean {
    return this.running === 0;
  }

  /** Once finished: whether all input has come to its end, and was not just stopped. */
  get drains(): boolean {
    return this.drained;
  }

  /** Nothing will come any more, not even a barrier. */
  get exhausted(): boolean {
    return this.open === 0;
  }

  /** The watermark that the channels agree on. */
  get currentWatermark(): number {
    return this.valve.current;
  }

  /** Whether `poll` would find something. */
  get ready(): boolean {
    return this.channels.some((channel, at) => !this.closed[at] && !this.blocked[at] && (!channel.empty || this.ahead[at]!.length > 0));
  }

  /** Whether `readAhead` would find something. */
  get pressing(): boolean {
    return this.channels.some((channel, at) => this.mayReadAhead(at) && !channel.empty);
  }

  block(channel: number): void {
    this.blocked[channel] = true;
  }

  unblock(): void {
    this.blocked.fill(false);
  }

  /** The channel that the last batch came from. */
  get lastChannel(): number {
    return this.turn === 0 ? this.channels.length - 1 : this.turn - 1;
  }

  /** Takes what waits on these channels, and what comes, into a snapshot: all that is in front of its barrier. */
  beginCapture(capture: Capture, channels: readonly number[]): void {
    this.capture = capture;
    for (const channel of channels) {
      this.capturing[channel] = true;
      for (const item of this.ahead[channel]!) this.record(channel, item);
    }
  }

  endCapture(): void {
    this.capture = undefined;
    this.capturing.fill(false);
  }

  /** Reads announced barriers out of their channels, and what is in front of them. */
  readAhead(): void {
    for (let channel = 0; channel < this.channels.length; channel++) {
      while (this.mayReadAhead(channel)) {
        const item = this.pull(channel);
        if (item === undefined) break;
        this.ahead[channel]!.push(item);
        if (!isBatch(item) && item.type === 'barrier') this.control.announced(channel, item.barrier);
      }
    }
  }

  /** Puts what a snapshot holds in front of all that comes. */
  restore(channel: number, items: readonly Item[]): void {
    for (const item of items) this.ahead[channel]!.push(item);
  }

  close(): void {
    for (const channel of this.channels) channel.close();
  }

  /** The next batch of records of any channel, events handled on the way; undefined when nothing is there. */
  poll(): RecordBatch | undefined {
    const { channels } = this;
    for (let tried = 0; tried < channels.length; ) {
      const channel = this.turn;
      const next = this.closed[channel] || this.blocked[channel] ? undefined : (this.ahead[channel]!.shift() ?? this.pull(channel));
      if (next === undefined) {
        this.turn = channel + 1 === channels.length ? 0 : channel + 1;
        tried += 1;
      } else if (isBatch(next)) {
        this.turn = channel + 1 === channels.length ? 0 : channel + 1;
        return next;
      } else {
        const running = this.running;
        this.handle(channel, next);
        // What follows the last record of the input is for a task that knows of the end.
        if (this.control.held || (this.running === 0 && running > 0)) return undefined;
      }
    }
    return undefined;
  }

  private mayReadAhead(channel: number): boolean {
    return this.overtaking[channel] === true && !this.closed[channel] && this.channels[channel]!.announced > this.met[channel]!;
  }

  /** The next item out of the channel itself. */
  private pull(channel: number): Item | undefined {
    const item = this.channels[channel]!.poll();
    if (item === undefined) return undefined;
    if (!isBatch(item) && isAnnounced(item)) this.met[channel]! += 1;
    if (this.capturing[channel]) this.record(channel, item);
    return item;
  }

  private record(channel: number, item: Item): void {
    if (!this.capture || !this.capturing[channel]) return;
    if (!isBatch(item) && item.type === 'barrier' && item.barrier.checkpointId >= this.capture.checkpointId) this.capturing[channel] = false;
    else this.capture.add(channel, item);
  }

  private handle(channel: number, event: StreamEvent): void {
    switch (event.type) {
      case 'watermark': return this.valve.watermark(channel, event.timestamp);
      case 'idle': return this.valve.idle(channel, event.idle);
      case 'latency-marker': return this.control.latencyMarker(event.marker);
      case 'barrier': return this.control.barrier(channel, event.barrier);
      case 'cancel-barrier': return this.control.cancelled(channel, event.checkpointId);
      case 'end-of-data': return this.end(channel, event.drain);
      case 'end-of-partition':
        this.end(channel, true);
        this.closed[channel] = true;
        this.open -= 1;
        return this.control.closed(channel);
    }
  }

  private end(channel: number, drain: boolean): void {
    if (this.ended[channel]) return;
    this.ended[channel] = true;
    this.running -= 1;
    this.drained &&= drain;
  }
}
