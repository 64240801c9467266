/**
 * The receiving end of one input of one subtask: its channels, taken in turn, and the watermark they agree on.
 *
 * Invariants:
 * - Order is kept within a channel, and only there.
 * - The input has ended when every channel has.
 */
import { type InputChannel, isBatch, type RecordBatch, type StreamEvent } from './exchange/channel.js';
import { type ValveOutput, WatermarkValve } from './watermark-valve.js';

export class InputGate {
  private readonly channels: readonly InputChannel[];
  private readonly ended: boolean[];
  private readonly valve: WatermarkValve;
  private open: number;
  private turn = 0;

  constructor(channels: readonly InputChannel[], output: ValveOutput) {
    this.channels = channels;
    this.ended = channels.map(() => false);
    this.open = channels.length;
    this.valve = new WatermarkValve(channels.length, output);
  }

  get finished(): boolean {
    return this.open === 0;
  }

  /** The watermark that the channels agree on. */
  get currentWatermark(): number {
    return this.valve.current;
  }

  /** Whether `poll` would find something. */
  get ready(): boolean {
    return this.channels.some((channel, at) => !this.ended[at] && !channel.empty);
  }

  close(): void {
    for (const channel of this.channels) channel.close();
  }

  /** The next batch of records of any channel, events handled on the way; undefined when nothing is there. */
  poll(): RecordBatch | undefined {
    const { channels } = this;
    for (let tried = 0; tried < channels.length; ) {
      const channel = this.turn;
      const next = this.ended[channel] ? undefined : channels[channel]!.poll();
      if (next === undefined) {
        this.turn = channel + 1 === channels.length ? 0 : channel + 1;
        tried += 1;
      } else if (isBatch(next)) {
        this.turn = channel + 1 === channels.length ? 0 : channel + 1;
        return next;
      } else {
        this.handle(channel, next);
      }
    }
    return undefined;
  }

  private handle(channel: number, event: StreamEvent): void {
    switch (event.type) {
      case 'watermark': return this.valve.watermark(channel, event.timestamp);
      case 'idle': return this.valve.idle(channel, event.idle);
      case 'end-of-partition':
        this.ended[channel] = true;
        this.open -= 1;
        return;
      default: return;
    }
  }
}
