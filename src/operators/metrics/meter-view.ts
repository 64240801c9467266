/**
 * Events per second over the last seconds (Flink: `MeterView`): what a counter has gained, looked at every five seconds.
 *
 * Invariant: counting an event costs an addition; time is looked at by whoever calls `update`.
 */
import { type Counter, type Meter, VIEW_INTERVAL_SECONDS, type View } from '../metric-group.js';
import { FlinkError } from '../../core/errors.js';
import { SimpleCounter } from './simple-counter.js';

const DEFAULT_SECONDS = 60;

export class MeterView implements Meter, View {
  private readonly counter: Counter;
  private readonly seconds: number;
  /** Counts at the last looks, the oldest behind the newest. */
  private readonly counts: number[];
  private at = 0;
  private rate = 0;

  /**
   * @param over a counter whose changes are the events, or over how many seconds the rate is.
   * @param seconds over how many seconds the rate is; rounded down to a multiple of 5. Default: 60.
   */
  constructor(over: Counter | number = DEFAULT_SECONDS, seconds = DEFAULT_SECONDS) {
    const [counter, span] = typeof over === 'number' ? [new SimpleCounter(), over] : [over, seconds];
    if (!(span > 0)) throw new FlinkError('INVALID_ARGUMENT', `MeterView: the rate must be over a number of seconds greater than 0, but is over ${span}`);
    this.counter = counter;
    this.seconds = Math.max(VIEW_INTERVAL_SECONDS, span - (span % VIEW_INTERVAL_SECONDS));
    this.counts = Array.from({ length: this.seconds / VIEW_INTERVAL_SECONDS + 1 }, () => 0);
  }

  markEvent(events = 1): void {
    this.counter.inc(events);
  }

  getCount(): number {
    return this.counter.getCount();
  }

  getRate(): number {
    return this.rate;
  }

  update(): void {
    this.at = (this.at + 1) % this.counts.length;
    this.counts[this.at] = this.counter.getCount();
    this.rate = (this.counts[this.at]! - this.counts[(this.at + 1) % this.counts.length]!) / this.seconds;
  }
}
