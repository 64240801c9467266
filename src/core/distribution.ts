/**
 * What is told of a histogram: figures of all values that it has seen, or of a sample of them.
 */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  /** In the order of `QUANTILES`. */
  readonly quantiles: readonly number[];
}

/** Those that Flink tells of a histogram, and how it names them. */
export const QUANTILES = { median: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p98: 0.98, p99: 0.99, p999: 0.999 } as const;
