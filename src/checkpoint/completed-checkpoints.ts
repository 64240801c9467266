/**
 * The snapshots that a job can go back to, oldest first, and which of them have to go (Flink:
 * `CompletedCheckpointStore`).
 *
 * Invariants:
 * - The newest is never dropped, nor the newest checkpoint, unless the newest of all is a savepoint that ended the job.
 * - A savepoint is forgotten, never deleted: it belongs to its user.
 */
import type { CompletedSnapshot } from './checkpoint-storage.js';

/** The three ways of `execution.checkpointing.externalized-checkpoint-retention`. */
export type ExternalizedRetention = 'NO_EXTERNALIZED_CHECKPOINTS' | 'DELETE_ON_CANCELLATION' | 'RETAIN_ON_CANCELLATION';

export type EndedStatus = 'FINISHED' | 'CANCELED' | 'FAILED' | 'SUSPENDED';

export interface RetainedSnapshot {
  readonly snapshot: CompletedSnapshot;
  /** Whether the engine deletes it when it is not needed any more. */
  readonly owned: boolean;
}

export class CompletedCheckpoints {
  private entries: readonly RetainedSnapshot[] = [];

  constructor(private readonly retained: number) {}

  get latest(): RetainedSnapshot | undefined {
    return this.entries.at(-1);
  }

  get all(): readonly RetainedSnapshot[] {
    return this.entries;
  }

  /** Takes another in the place of one, which is the same with another reference. */
  replace(entry: RetainedSnapshot, by: RetainedSnapshot): void {
    this.entries = this.entries.map((each) => (each === entry ? by : each));
  }

  /** Takes a newer snapshot; answers with those of which something has to be deleted. */
  add(added: RetainedSnapshot): RetainedSnapshot[] {
    const all = [...this.entries, added];
    const newestCheckpoint = all.findLast(({ snapshot }) => snapshot.metadata.kind === 'checkpoint');
    const final = added.snapshot.metadata.stop !== undefined;
    let surplus = all.length - this.retained;
    const dropped = all.filter((entry) => {
      const drop = surplus > 0 && entry !== added && (final || entry !== newestCheckpoint);
      if (drop) surplus -= 1;
      return drop;
    });
    this.entries = all.filter((entry) => !dropped.includes(entry));
    return dropped.filter(leavesSomething);
  }

  /** The job has ended: forgets everything and answers with what has to be deleted. */
  end(status: EndedStatus, retention: ExternalizedRetention): RetainedSnapshot[] {
    const { entries } = this;
    this.entries = [];
    return deletesAtEnd(status, retention) ? entries.filter(leavesSomething) : [];
  }
}

/** Of a savepoint the reference goes, of what the engine owns everything. */
function leavesSomething({ owned, snapshot }: RetainedSnapshot): boolean {
  return owned || snapshot.reference !== undefined;
}

/** Whether a job that ends so takes its checkpoints with it. */
export function deletesAtEnd(status: EndedStatus, retention: ExternalizedRetention): boolean {
  if (status === 'FINISHED' || retention === 'NO_EXTERNALIZED_CHECKPOINTS') return true;
  return retention === 'DELETE_ON_CANCELLATION' && status === 'CANCELED';
}
