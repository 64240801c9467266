/**
 * What sends metrics somewhere.
 */
import type { ScopedMetrics } from './metric-sample.js';

export interface MetricReporter {
  /** Rejects when they have not arrived, as far as that can be known. */
  report(all: readonly ScopedMetrics[]): Promise<void>;
  close(): Promise<void>;
}
