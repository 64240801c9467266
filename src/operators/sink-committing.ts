/**
 * What the writer of a sink has prepared and nobody has committed yet, by checkpoint (Flink: `CommitterOperator`).
 *
 * Invariants:
 * - What is prepared for a checkpoint is committed after that checkpoint, or a later one, is complete, and not before.
 * - Everything in the state when the job starts belongs to a complete checkpoint: it is committed first of all.
 * - Something that was committed leaves the state with the next checkpoint; until then a restart commits it again.
 */
import type { Clock } from '../core/clock.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import type { ListState } from '../state/state.js';
import { commitAll, type Committing } from './commit-requests.js';
import type { Committer } from './sink.js';

/** What is kept of it. */
export interface Prepared<COMMITTABLE> {
  readonly checkpointId: number;
  readonly committable: COMMITTABLE;
}

export class SinkCommitting<COMMITTABLE> implements Committing<COMMITTABLE> {
  private readonly state: ListState<Prepared<COMMITTABLE>>;
  private waiting: Prepared<COMMITTABLE>[] = [];

  constructor(readonly committer: Committer<COMMITTABLE>, operatorState: OperatorStateStore, readonly clock: Clock, readonly sinkName: string, readonly warn: (text: string) => void) {
    this.state = preparedState<COMMITTABLE>(operatorState);
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
    await this.commit(due.map(({ committable }) => committable));
    this.waiting = this.waiting.filter((prepared) => !due.includes(prepared));
  }

  /** Commits at once, in a job without checkpoints. */
  async commit(committables: readonly COMMITTABLE[]): Promise<void> {
    await commitAll(committables, this);
  }

  async close(): Promise<void> {
    await this.committer.close?.();
  }
}

export function preparedState<COMMITTABLE>(operatorState: OperatorStateStore): ListState<Prepared<COMMITTABLE>> {
  return operatorState.getListState(new ListStateDescriptor<Prepared<COMMITTABLE>>('committables'));
}
