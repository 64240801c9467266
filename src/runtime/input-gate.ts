/**
 * The receiving end of one input of one subtask: its channels, taken in turn, and the watermark they agree on.
 *
 * Invariants:
 * - Order is kept within a channel, and only there.
 * - The input has ended when every channel has sent its last record; barriers may follow until each channel is closed.
 * - Nothing is taken from a blocked channel.
 * - Nothing follows a barrier, or an event that made the task be held, before the caller has looked.
 */
import type { CheckpointBarrier } from '../core/checkpoint.js';
import { type InputChannel, isBatch, type RecordBatch, type StreamEvent } from './exchange/channel.js';
import { type ValveOutput, WatermarkValve } from './watermark-valve.js';

/** What a gate tells of checkpoints and of the end of its channels. */
export interface GateControl {
  barrier(channel: number, barrier: CheckpointBarrier): void;
  cancelled(channel: number, checkpointId: number): void;
  /** Nothing will come on the channel any more. */
  closed(channel: number): void;
  /** Whether the task may take nothing now. */
  readonly held: boolean;
}

/** For an input without checkpoints. */
const NO_CONTROL: GateControl = { barrier: () => {}, cancelled: () => {}, closed: () => {}, held: false };

export class InputGate {
  private readonly channels: readonly InputChannel[];
  /** Sent their last record. */
  private readonly ended: boolean[];
  private readonly closed: boolean[];
  private readonly blocked: boolean[];
  private readonly valve: WatermarkValve;
  private running: number;
  private open: number;
  private turn = 0;
  private drained = true;

  constructor(channels: readonly InputChannel[], output: ValveOutput, private readonly control: GateControl = NO_CONTROL) {
    this.channels = channels;
    this.ended = channels.map(() => false);
    this.closed = channels.map(() => false);
    this.blocked = channels.map(() => false);
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
    return this.channels.some((channel, at) => !this.closed[at] && !this.blocked[at] && !channel.empty);
  }

  block(channel: number): void {
    this.blocked[channel] = true;
  }

  unblock(): void {
    this.blocked.fill(false);
  }

  close(): void {
    for (const channel of this.channels) channel.close();
  }

  /** The next batch of records of any channel, events handled on the way; undefined when nothing is there. */
  poll(): RecordBatch | undefined {
    const { channels } = this;
    for (let tried = 0; tried < channels.length; ) {
      const channel = this.turn;
      const next = this.closed[channel] || this.blocked[channel] ? undefined : channels[channel]!.poll();
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

  private handle(channel: number, event: StreamEvent): void {
    switch (event.type) {
      case 'watermark': return this.valve.watermark(channel, event.timestamp);
      case 'idle': return this.valve.idle(channel, event.idle);
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
