/**
 * A counter that counts (Flink: `SimpleCounter`).
 */
import type { Counter } from '../metric-group.js';

export class SimpleCounter implements Counter {
  private count = 0;

  inc(by = 1): void {
    this.count += by;
  }

  dec(by = 1): void {
    this.count -= by;
  }

  getCount(): number {
    return this.count;
  }
}
