/**
 * What committers have done with what they were asked for (Flink: `SinkCommitterMetricGroup`, under the same names).
 *
 * Invariant: everything that is counted in `totalCommittables` is counted once more when it is settled: as successful, as
 * committed before, or as failed.
 */
import type { Counter, MetricGroup } from './metric-group.js';

export class CommitMetrics {
  readonly total: Counter;
  readonly successful: Counter;
  readonly alreadyCommitted: Counter;
  readonly failed: Counter;
  /** Times that something was to be tried again. */
  readonly retried: Counter;
  /** Asked for, and not settled yet. */
  underWay = 0;

  /** @param waiting how much has not been asked for yet. */
  constructor(group: MetricGroup, waiting: () => number) {
    this.total = group.counter('totalCommittables');
    this.successful = group.counter('successfulCommittables');
    this.alreadyCommitted = group.counter('alreadyCommittedCommittables');
    this.failed = group.counter('failedCommittables');
    this.retried = group.counter('retriedCommittables');
    group.gauge('pendingCommittables', () => waiting() + this.underWay);
  }
}
