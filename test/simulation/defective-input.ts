/**
 * A channel that loses or doubles something, once: what the checks must notice.
 */
import { type InputChannel, isBatch, type RecordBatch, type StreamEvent } from '../../src/runtime/exchange/channel.js';
import type { Defect } from './simulated-cluster.js';

export class DefectiveInput implements InputChannel {
  private spare: RecordBatch | undefined;
  private done = false;

  constructor(private readonly inner: InputChannel, private readonly defect: Defect | undefined) {}

  get empty(): boolean {
    return this.spare === undefined && this.inner.empty;
  }

  get announced(): number {
    return this.inner.announced;
  }

  poll(): RecordBatch | StreamEvent | undefined {
    const { spare } = this;
    this.spare = undefined;
    const item = spare ?? this.inner.poll();
    if (item === undefined || this.done || this.defect === undefined) return item;
    if (!isBatch(item)) {
      if (this.defect !== 'lost event' || item.type !== 'end-of-partition') return item;
      this.done = true;
      return this.inner.poll();
    }
    if (this.defect === 'lost record') {
      this.done = true;
      item.count -= 1;
    } else if (this.defect === 'doubled batch') {
      this.done = true;
      this.spare = { ...item, values: [...item.values], timestamps: item.timestamps.slice(), hashes: item.hashes?.slice() };
    }
    return item;
  }

  close(): void {
    this.inner.close();
  }
}
