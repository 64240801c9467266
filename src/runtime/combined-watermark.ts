/**
 * Event time of an operator with several inputs: the smallest watermark of those that are not idle (Flink:
 * `IndexedCombinedWatermarkStatus`).
 *
 * Other than a channel of one input (`WatermarkValve`), an input that comes back from idleness is waited for at once,
 * wherever its watermark stands: the records of the inputs meet, and those of the slower one shall not be late.
 *
 * Invariants:
 * - The output never goes back.
 * - An input that never sent a watermark holds everything back, unless it is idle.
 * - When the last input goes idle the largest watermark of all is emitted first, then the idleness.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { ValveOutput } from './watermark-valve.js';

export class CombinedWatermark {
  private readonly watermarks: Float64Array;
  private readonly idles: boolean[];
  private last = MIN_TIMESTAMP;
  private allIdle = false;

  constructor(inputs: number, private readonly output: ValveOutput) {
    this.watermarks = new Float64Array(inputs).fill(MIN_TIMESTAMP);
    this.idles = Array.from({ length: inputs }, () => false);
  }

  /** A watermark ends the idleness of its input. */
  watermark(input: number, timestamp: number): void {
    this.idle(input, false);
    if (timestamp <= this.watermarks[input]!) return;
    this.watermarks[input] = timestamp;
    this.advance();
  }

  idle(input: number, idle: boolean): void {
    if (this.idles[input] === idle) return;
    this.idles[input] = idle;
    this.advance();
    const allIdle = this.idles.every(Boolean);
    if (allIdle === this.allIdle) return;
    this.allIdle = allIdle;
    this.output.idle(allIdle);
  }

  private advance(): void {
    let smallest = MAX_TIMESTAMP;
    let largest = MIN_TIMESTAMP;
    let anyActive = false;
    for (let input = 0; input < this.watermarks.length; input++) {
      const watermark = this.watermarks[input]!;
      if (watermark > largest) largest = watermark;
      if (this.idles[input]) continue;
      anyActive = true;
      if (watermark < smallest) smallest = watermark;
    }
    const timestamp = anyActive ? smallest : largest;
    if (timestamp <= this.last) return;
    this.last = timestamp;
    this.output.watermark(timestamp);
  }
}
