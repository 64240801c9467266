/**
 * A histogram of the last so many values (Flink: `DescriptiveStatisticsHistogram`). Quantiles lie between the values
 * around them, as Apache Commons Math computes percentiles.
 *
 * Invariant: taking a value in costs a store; sorting is for those who look.
 */
import { FlinkError } from '../../core/errors.js';
import type { HistogramStatistics, MetricHistogram } from '../metric-group.js';

const DEFAULT_VALUES = 1_000;

export class DescriptiveStatisticsHistogram implements MetricHistogram {
  private readonly window: Float64Array;
  private count = 0;

  /** @param size how many values it remembers. Default: 1,000. */
  constructor(size = DEFAULT_VALUES) {
    if (!Number.isInteger(size) || size < 1) throw new FlinkError('INVALID_ARGUMENT', `DescriptiveStatisticsHistogram: the number of values must be a whole number greater than 0, but is ${size}`);
    this.window = new Float64Array(size);
  }

  update(value: number): void {
    this.window[this.count++ % this.window.length] = value;
  }

  getCount(): number {
    return this.count;
  }

  getStatistics(): HistogramStatistics {
    return new SampleStatistics(this.window.slice(0, Math.min(this.count, this.window.length)).sort());
  }
}

/** Of values in ascending order; everything is 0 where there are none. */
class SampleStatistics implements HistogramStatistics {
  constructor(private readonly sorted: Float64Array) {}

  getQuantile(quantile: number): number {
    const { sorted } = this;
    const position = quantile * (sorted.length + 1);
    const below = Math.floor(position);
    if (below < 1) return this.getMin();
    if (below >= sorted.length) return this.getMax();
    return sorted[below - 1]! + (position - below) * (sorted[below]! - sorted[below - 1]!);
  }

  getValues(): readonly number[] {
    return [...this.sorted];
  }

  size(): number {
    return this.sorted.length;
  }

  getMin(): number {
    return this.sorted[0] ?? 0;
  }

  getMax(): number {
    return this.sorted.at(-1) ?? 0;
  }

  getMean(): number {
    return this.sorted.length === 0 ? 0 : this.sorted.reduce((sum, value) => sum + value, 0) / this.sorted.length;
  }

  getStdDev(): number {
    if (this.sorted.length < 2) return 0;
    const mean = this.getMean();
    return Math.sqrt(this.sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (this.sorted.length - 1));
  }
}
