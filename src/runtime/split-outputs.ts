/**
 * The outputs of the splits that a reader reads at the same time: each tells which split the records that follow are of,
 * and keeps a watermark of its own.
 *
 * Invariant: all records leave through the reader's own output, in the order in which they were emitted.
 */
import type { SplitFollower } from '../operators/operator.js';
import type { ReaderOutput } from '../operators/source.js';
import type { SplitWatermarks } from '../operators/split-watermarks.js';
import type { WatermarkOutput } from '../operators/watermark-generator.js';
import type { Watermark } from '../core/watermark.js';

/** Where all splits emit. */
export interface SharedOutput {
  readonly full: boolean;
  collect(value: unknown, timestamp?: number): void;
}

export class SplitOutputs {
  private readonly outputs = new Map<string, SplitOutput>();
  private current: SplitOutput | undefined;

  /** @param follower makes watermarks of the records; without one, the watermarks that readers emit count. */
  constructor(
    private readonly shared: SharedOutput,
    private readonly watermarks: SplitWatermarks,
    private readonly follower: SplitFollower | undefined,
  ) {}

  of(splitId: string): ReaderOutput<unknown> {
    let output = this.outputs.get(splitId);
    if (!output) {
      // What a generator is to make watermarks of has one even before its first record: it holds the others back.
      this.follower?.enter(splitId);
      this.current = undefined;
      output = new SplitOutput(splitId, this, this.follower ? undefined : this.watermarks.of(splitId));
      this.outputs.set(splitId, output);
    }
    return output;
  }

  release(splitId: string): void {
    const output = this.outputs.get(splitId);
    if (!output) return;
    this.outputs.delete(splitId);
    if (this.current === output) this.current = undefined;
    if (this.follower) this.follower.release(splitId);
    else this.watermarks.release(splitId);
  }

  get full(): boolean {
    return this.shared.full;
  }

  collect(output: SplitOutput, value: unknown, timestamp: number | undefined): void {
    if (this.current !== output) {
      this.current = output;
      this.follower?.enter(output.splitId);
    }
    this.shared.collect(value, timestamp);
  }

  /** A record of no split follows. */
  leave(): void {
    if (!this.current) return;
    this.current = undefined;
    this.follower?.enter('');
  }
}

class SplitOutput implements ReaderOutput<unknown> {
  constructor(readonly splitId: string, private readonly all: SplitOutputs, private readonly watermarks: WatermarkOutput | undefined) {}

  get full(): boolean {
    return this.all.full;
  }

  collect(value: unknown, timestamp?: number): void {
    this.watermarks?.markActive();
    this.all.collect(this, value, timestamp);
  }

  emitWatermark(watermark: Watermark | number): void {
    this.watermarks?.emitWatermark(watermark);
  }

  markIdle(): void {
    this.watermarks?.markIdle();
  }

  markActive(): void {
    this.watermarks?.markActive();
  }
}
