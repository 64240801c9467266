/**
 * What travels between the parts of a sink: what its writers have prepared for a checkpoint, subtask by subtask (Flink:
 * `CommittableMessage`, `CommittableSummary`, `CommittableWithLineage`). Plain data.
 *
 * Invariant: for each checkpoint a subtask sends one summary, and behind it as many committables as it says.
 */

/** The checkpoint of what is prepared at the end of the input: it belongs to the last one there is (Flink: `CommittableMessage.EOI`). */
export const END_OF_INPUT_CHECKPOINT = Number.MAX_SAFE_INTEGER;

/** Announces what follows from one subtask for one checkpoint. */
export interface CommittableSummary {
  readonly kind: 'summary';
  readonly subtaskId: number;
  readonly numberOfSubtasks: number;
  /** `Number.MAX_SAFE_INTEGER` at the end of the input. */
  readonly checkpointId: number;
  readonly numberOfCommittables: number;
  /** Behind a committer: how many it has given up. */
  readonly numberOfFailedCommittables: number;
}

/** One thing to commit, or behind a committer one that has been, and where it comes from. */
export interface CommittableWithLineage<COMMITTABLE> {
  readonly kind: 'committable';
  readonly committable: COMMITTABLE;
  readonly subtaskId: number;
  /** `Number.MAX_SAFE_INTEGER` at the end of the input. */
  readonly checkpointId: number;
}

export type CommittableMessage<COMMITTABLE> = CommittableSummary | CommittableWithLineage<COMMITTABLE>;

/** The messages of one subtask for one checkpoint, summary first. */
export function committableMessages<COMMITTABLE>(
  committables: readonly COMMITTABLE[], place: Pick<CommittableSummary, 'subtaskId' | 'numberOfSubtasks' | 'checkpointId'>, failed = 0,
): CommittableMessage<COMMITTABLE>[] {
  const { subtaskId, checkpointId } = place;
  return [
    { kind: 'summary', ...place, numberOfCommittables: committables.length, numberOfFailedCommittables: failed },
    ...committables.map((committable) => ({ kind: 'committable', committable, subtaskId, checkpointId }) as const),
  ];
}
