/**
 * What the writer of a sink has prepared and nobody has committed yet, by checkpoint (Flink: `CommitterOperator`).
 *
 * Invariants:
 * - What is prepared for a checkpoint is committed after that checkpoint, or a later one, is complete, and not before.
 * - Everything in the state when the job starts belongs to a complete checkpoint: it is committed first of all.
 * - Something that was committed leaves the state with the next checkpoint; until then a restart commits it again.
 */
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import type { ListState } from '../state/state.js';
import { CommitMetrics } from './commit-metrics.js';
import { commitAll, type CommitSurroundings } from './commit-requests.js';
import type { MetricGroup } from './metric-group.js';
import type { Committer } from './sink.js';

/** What is kept of it. */
export interface Prepared<COMMITTABLE> {
  readonly checkpointId: number;
  readonly committable: COMMITTABLE;
}

export class SinkCommitting<COMMITTABLE> {
  private readonly state: ListState<Prepared<COMMITTABLE>>;
  private readonly metrics: CommitMetrics | undefined;
  private waiting: Prepared<COMMITTABLE>[] = [];
  /** How many of them are being committed. */
  private due = 0;

  /** @param group where the metrics of the committer are; it has none unless given. */
  constructor(private readonly committer: Committer<COMMITTABLE>, operatorState: OperatorStateStore, private readonly surroundings: CommitSurroundings, group?: MetricGroup) {
    this.state = preparedState<COMMITTABLE>(operatorState);
    this.metrics = group && new CommitMetrics(group, () => this.waiting.length - this.due);
  }

  /** Commits what the restored snapshot holds. */
  async restore(): Promise<void> {
    this.waiting = [...this.state.get()];
    await this.commitUpTo(Number.POSITIVE_INFINITY);
  }

  /** Takes what was prepared for a checkpoint. */
  prepared(checkpointId: number, committables: readonly COMMITTABLE[]): void {
    for (const committable of committables) this.waiting.push({ checkpointId, committable });
    this.state.update(this.waiting);
  }

  async commitUpTo(checkpointId: number): Promise<void> {
    const due = this.waiting.filter((prepared) => prepared.checkpointId <= checkpointId);
    if (due.length === 0) return;
    this.due = due.length;
    await this.commit(due.map(({ committable }) => committable));
    this.due = 0;
    this.waiting = this.waiting.filter((prepared) => !due.includes(prepared));
  }

  /** Commits at once, in a job without checkpoints. */
  async commit(committables: readonly COMMITTABLE[]): Promise<void> {
    await commitAll(committables, { ...this.surroundings, committer: this.committer, metrics: this.metrics });
  }

  async close(): Promise<void> {
    await this.committer.close?.();
  }
}

export function preparedState<COMMITTABLE>(operatorState: OperatorStateStore): ListState<Prepared<COMMITTABLE>> {
  return operatorState.getListState(new ListStateDescriptor<Prepared<COMMITTABLE>>('committables'));
}
