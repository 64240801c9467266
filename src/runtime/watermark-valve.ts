/**
 * Merges the watermarks and idleness of the channels of one input into one (Flink: `StatusWatermarkValve`). The inputs
 * of an operator are brought together by `CombinedWatermark`.
 *
 * Invariants:
 * - The output never goes back; it is the minimum over the aligned channels.
 * - A channel is aligned unless it is idle, or came back from idleness with a watermark behind the output.
 * - A channel that never sent a watermark holds everything back.
 * - When the last channel goes idle the largest watermark seen anywhere is emitted first, then the idleness.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';

export interface ValveOutput {
  watermark(timestamp: number): void;
  idle(idle: boolean): void;
}

export class WatermarkValve {
  private readonly watermarks: Float64Array;
  private readonly idles: boolean[];
  private readonly aligned: boolean[];
  private last = MIN_TIMESTAMP;
  private allIdle = false;

  constructor(channels: number, private readonly output: ValveOutput) {
    this.watermarks = new Float64Array(channels).fill(MIN_TIMESTAMP);
    this.idles = Array.from({ length: channels }, () => false);
    this.aligned = Array.from({ length: channels }, () => true);
  }

  /** The last watermark that was let through. */
  get current(): number {
    return this.last;
  }

  watermark(channel: number, timestamp: number): void {
    if (this.allIdle || this.idles[channel] || timestamp <= this.watermarks[channel]!) return;
    this.watermarks[channel] = timestamp;
    if (timestamp >= this.last) this.aligned[channel] = true;
    this.advanceToMinimum();
  }

  idle(channel: number, idle: boolean): void {
    if (this.idles[channel] === idle) return;
    this.idles[channel] = idle;
    if (idle) this.channelWentIdle(channel);
    else this.channelResumed(channel);
  }

  private channelWentIdle(channel: number): void {
    this.aligned[channel] = false;
    if (this.idles.every(Boolean)) {
      this.advanceTo(this.watermarks.reduce((max, watermark) => Math.max(max, watermark), MIN_TIMESTAMP));
      this.allIdle = true;
      this.output.idle(true);
    } else if (this.watermarks[channel] === this.last) {
      this.advanceToMinimum();
    }
  }

  private channelResumed(channel: number): void {
    if (this.watermarks[channel]! >= this.last) this.aligned[channel] = true;
    if (this.allIdle) {
      this.allIdle = false;
      this.output.idle(false);
    }
    this.advanceToMinimum();
  }

  private advanceToMinimum(): void {
    let minimum = MAX_TIMESTAMP;
    let any = false;
    for (let channel = 0; channel < this.aligned.length; channel++) {
      if (!this.aligned[channel]) continue;
      any = true;
      if (this.watermarks[channel]! < minimum) minimum = this.watermarks[channel]!;
    }
    if (any) this.advanceTo(minimum);
  }

  private advanceTo(timestamp: number): void {
    if (timestamp <= this.last) return;
    this.last = timestamp;
    this.output.watermark(timestamp);
  }
}
