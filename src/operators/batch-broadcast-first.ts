/**
 * Batch mode for a stream without keys beside a broadcast one: the function sees the whole broadcast input before the
 * first record of the other, however they come in.
 *
 * Invariants:
 * - Records of input 0 wait in memory, in their order, until input 1 has ended; afterwards they pass through at once.
 * - No watermark overtakes them.
 */
import { MIN_TIMESTAMP } from '../core/timestamp.js';
import type { Operator, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';

const BROADCAST = 1;

export function broadcastFirst<OUT>(definition: OperatorDefinition<OUT>): OperatorDefinition<OUT> {
  return { ...definition, instantiate: (context) => new BroadcastFirst(definition.instantiate(context), (timestamp) => context.output.watermark(timestamp)) };
}

class BroadcastFirst implements Operator {
  readonly inputs: readonly Emit<never>[];
  private values: unknown[] = [];
  private timestamps: number[] = [];
  private waiting = true;
  private watermarkBehind = MIN_TIMESTAMP;

  constructor(private readonly operator: Operator, private readonly forward: (timestamp: number) => void) {
    const [record, broadcast] = operator.inputs as unknown as readonly [Emit, Emit];
    const keep: Emit = (value, timestamp) => {
      if (!this.waiting) return record(value, timestamp);
      this.values.push(value);
      this.timestamps.push(timestamp);
    };
    this.inputs = [keep, broadcast];
  }

  open(): void | Promise<void> {
    return this.operator.open?.();
  }

  watermark(timestamp: number): void {
    if (this.waiting) this.watermarkBehind = timestamp;
    else if (this.operator.watermark) this.operator.watermark(timestamp);
    else this.forward(timestamp);
  }

  idle(): void {}

  flush(): void {
    this.operator.flush?.();
  }

  endInput(input: number): void {
    if (input === BROADCAST) this.release();
    this.operator.endInput?.(input);
  }

  finish(): void | Promise<void> {
    return this.operator.finish?.();
  }

  close(): void | Promise<void> {
    this.values = [];
    return this.operator.close?.();
  }

  private release(): void {
    const { values, timestamps, watermarkBehind } = this;
    const record = this.operator.inputs[0] as Emit;
    for (let at = 0; at < values.length; at++) record(values[at], timestamps[at]!);
    this.values = [];
    this.timestamps = [];
    this.waiting = false;
    if (watermarkBehind > MIN_TIMESTAMP) this.watermark(watermarkBehind);
  }
}
