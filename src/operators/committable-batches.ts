/**
 * What a committer has been sent and has not committed yet: for each checkpoint and subtask of the writers a batch
 * (Flink: `CommittableCollector`).
 *
 * Invariants:
 * - Only whole batches are due: those with as many committables as their summary says.
 * - What came after the barrier of a checkpoint is not due with that checkpoint, for the state that it has does not hold it.
 * - What a restored snapshot holds is due at once, however much of a batch it is: the rest comes without a summary. What it
 *   holds of later checkpoints (barriers that wait for nobody let it in) is dropped: the writers prepare it anew.
 */
import { FlinkError } from '../core/errors.js';
import { type CommittableMessage, type CommittableWithLineage, committableMessages, END_OF_INPUT_CHECKPOINT } from './committable-message.js';

/** Everything of one checkpoint that is to be committed now. */
export interface DueCommittables<COMMITTABLE> {
  readonly checkpointId: number;
  readonly committables: readonly COMMITTABLE[];
}

interface Batch<COMMITTABLE> {
  readonly checkpointId: number;
  readonly subtaskId: number;
  readonly numberOfSubtasks: number;
  readonly expected: number;
  readonly committables: COMMITTABLE[];
  /** The first snapshot that has all of it. */
  snapshot: number;
}

export class CommittableBatches<COMMITTABLE> {
  private batches: Batch<COMMITTABLE>[] = [];
  /** What belongs to it or to an earlier one needs no summary. */
  private restored = Number.NEGATIVE_INFINITY;

  constructor(private readonly committerName: string) {}

  /** @throws FlinkError GRAPH_INVALID when a committable comes that no summary has announced, or a second summary. */
  add(message: CommittableMessage<COMMITTABLE>): void {
    const batch = this.batches.find(({ checkpointId, subtaskId }) => checkpointId === message.checkpointId && subtaskId === message.subtaskId);
    if (message.kind === 'summary') {
      if (batch) throw this.broken(`a second summary of subtask ${message.subtaskId} for ${named(message.checkpointId)}`);
      const { checkpointId, subtaskId, numberOfSubtasks, numberOfCommittables } = message;
      this.batches.push({ checkpointId, subtaskId, numberOfSubtasks, expected: numberOfCommittables, committables: [], snapshot: Number.POSITIVE_INFINITY });
    } else if (batch && batch.committables.length < batch.expected) {
      batch.committables.push(message.committable);
    } else if (message.checkpointId <= this.restored) {
      this.addLate(message);
    } else {
      const { subtaskId, checkpointId } = message;
      throw this.broken(`more committables of subtask ${subtaskId} for ${named(checkpointId)} than the ${batch?.expected ?? 0} that a summary announced`);
    }
  }

  /** How many committables there are. */
  get size(): number {
    return this.batches.reduce((sum, { committables }) => sum + committables.length, 0);
  }

  /** Everything there is, for the snapshot of this checkpoint. */
  snapshot(checkpointId: number): CommittableMessage<COMMITTABLE>[] {
    for (const batch of this.batches) if (isWhole(batch)) batch.snapshot = Math.min(batch.snapshot, checkpointId);
    return this.batches.flatMap((batch) => {
      const [summary, ...committables] = committableMessages(batch.committables, batch);
      return [{ ...summary!, numberOfCommittables: batch.expected }, ...committables];
    });
  }

  /** The job goes on from the snapshot of this checkpoint. */
  goOnFrom(checkpointId: number): void {
    this.restored = checkpointId;
  }

  /** Takes what the snapshot of a checkpoint held: it is due now. */
  restore(messages: readonly CommittableMessage<COMMITTABLE>[], checkpointId: number): DueCommittables<COMMITTABLE>[] {
    this.goOnFrom(checkpointId);
    const known = messages.filter((message): message is CommittableWithLineage<COMMITTABLE> => message.kind === 'committable');
    for (const message of known) if (belongs(message, checkpointId)) this.addLate(message);
    return this.take(checkpointId);
  }

  /** What is due with the completion of a checkpoint, by checkpoint, the oldest first; it is forgotten here. */
  take(completed: number): DueCommittables<COMMITTABLE>[] {
    return this.takeThose((batch) => batch.snapshot <= completed && belongs(batch, completed) && isWhole(batch));
  }

  /** Everything, at the end of the input of a job without checkpoints. */
  takeAll(): DueCommittables<COMMITTABLE>[] {
    this.checkWhole();
    return this.takeThose(() => true);
  }

  /** @throws FlinkError GRAPH_INVALID when a part of a batch is missing that cannot come any more. */
  checkWhole(): void {
    const part = this.batches.find((batch) => !isWhole(batch));
    if (part) throw this.broken(`${part.committables.length} of ${part.expected} committables of subtask ${part.subtaskId} for ${named(part.checkpointId)}`);
  }

  private addLate({ checkpointId, subtaskId, committable }: CommittableWithLineage<COMMITTABLE>): void {
    this.batches.push({ checkpointId, subtaskId, numberOfSubtasks: 1, expected: 1, committables: [committable], snapshot: this.restored });
  }

  private takeThose(due: (batch: Batch<COMMITTABLE>) => boolean): DueCommittables<COMMITTABLE>[] {
    const taken = this.batches.filter(due);
    this.batches = this.batches.filter((batch) => !taken.includes(batch));
    const byCheckpoint = new Map<number, COMMITTABLE[]>();
    for (const { checkpointId, committables } of taken) byCheckpoint.set(checkpointId, [...(byCheckpoint.get(checkpointId) ?? []), ...committables]);
    return [...byCheckpoint].sort(([a], [b]) => a - b).map(([checkpointId, committables]) => ({ checkpointId, committables }));
  }

  private broken(what: string): FlinkError {
    return new FlinkError('GRAPH_INVALID', `"${this.committerName}" was sent ${what}`, {
      hint: 'What stands between writer and committer passes on one summary of each subtask and checkpoint, and behind it as many committables as it says.',
    });
  }
}

function isWhole({ committables, expected }: Batch<unknown>): boolean {
  return committables.length === expected;
}

function belongs({ checkpointId }: { readonly checkpointId: number }, completed: number): boolean {
  return checkpointId <= completed || checkpointId === END_OF_INPUT_CHECKPOINT;
}

function named(checkpointId: number): string {
  return checkpointId === END_OF_INPUT_CHECKPOINT ? 'the end of the input' : `checkpoint ${checkpointId}`;
}
