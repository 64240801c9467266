/**
 * When the tasks of a job that goes on from a snapshot may begin: after all of them have opened their operators, so that
 * state which does not fit is found before a record is read and before a sink has touched anything.
 *
 * Of which type keys are nobody knows before the first comes. Input may therefore come before the sinks are opened: they
 * are opened when every operator with keys in the snapshot has seen one that fits, or sees none any more, or when some
 * time has passed.
 *
 * Invariants: tasks that are deployed while the job waits wait themselves, those of a restart too; none waits after. A
 * restart does not wait for keys.
 */
import { keyTypeOfOperator, isFullyFinished, type SnapshotMetadata } from '../checkpoint/snapshot-metadata.js';
import { FlinkError } from '../core/errors.js';
import type { JobGraph } from '../graph/job-graph.js';
import { MIXED_KEYS } from '../state/key-type.js';
import { type AttemptId, attemptName, type currentAttempts } from './execution/execution-graph.js';

/** How long sinks wait for the first keys: input that is there comes much sooner. */
export const FIRST_KEYS_MS = 2_000;

/** Operators whose keys a snapshot knows, and how many subtasks they have now. */
export type AwaitedKeys = ReadonlyMap<string, number>;

export function awaitedKeys({ operators }: SnapshotMetadata, { vertices }: JobGraph): AwaitedKeys {
  const typed = operators.filter((operator) => !isFullyFinished(operator) && ![undefined, MIXED_KEYS].includes(keyTypeOfOperator(operator)));
  return new Map(typed.flatMap(({ operatorId }) => {
    const vertex = vertices.find((candidate) => candidate.operators.some((chained) => chained.operatorId === operatorId));
    return vertex ? [[operatorId, vertex.parallelism] as const] : [];
  }));
}

export class StagedStart {
  private readonly ready = new Set<string>();
  private readonly keys: Map<string, number>;
  private phase: 'opening' | 'keys' | 'begun';

  /** @param waits whether there is anything to wait for. */
  constructor(waits: boolean, keys: AwaitedKeys = new Map()) {
    this.phase = waits ? 'opening' : 'begun';
    this.keys = new Map(keys);
  }

  /** Whether tasks that are deployed are to wait. */
  get waiting(): boolean {
    return this.phase === 'opening';
  }

  /** Whether sinks wait for the first keys. */
  get awaitsKeys(): boolean {
    return this.phase === 'keys';
  }

  /** Whether sinks may have been opened. */
  get begun(): boolean {
    return this.phase === 'begun';
  }

  /**
   * An attempt has opened its operators.
   *
   * @param current all attempts as they stand.
   * @returns true once: with the last of them, when all are still there.
   */
  opened(attempt: AttemptId, current: ReturnType<typeof currentAttempts>): boolean {
    this.ready.add(attemptName(attempt));
    if (!this.waiting || !current.every((each) => each.state === 'INITIALIZING' && this.ready.has(attemptName(each)))) return false;
    this.phase = this.keys.size > 0 ? 'keys' : 'begun';
    return true;
  }

  /**
   * A subtask of these operators has seen a key that fits, or will see none.
   *
   * @returns true once: when nothing is left to wait for.
   */
  keysKnown(operatorIds: readonly string[], seen: boolean): boolean {
    for (const operatorId of operatorIds) {
      const left = seen ? 0 : (this.keys.get(operatorId) ?? 0) - 1;
      if (left > 0) this.keys.set(operatorId, left);
      else this.keys.delete(operatorId);
    }
    return this.keys.size === 0 && this.waitNoLonger();
  }

  /** Keys are not waited for any longer. @returns whether they were. */
  waitNoLonger(): boolean {
    if (!this.awaitsKeys) return false;
    this.phase = 'begun';
    return true;
  }

  /** Whether a job that ended with this error was not to go on from its snapshot at all. */
  refusedBy(error: Error | undefined): boolean {
    return !this.begun && error instanceof FlinkError && error.code === 'STATE_INCOMPATIBLE';
  }
}
