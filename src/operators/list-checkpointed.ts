/**
 * Operator state as functions kept it before `CheckpointedFunction` (Flink: `ListCheckpointed`): a list that the
 * function hands over at each checkpoint and gets back when the job goes on from one.
 *
 * Invariant: it is a list state like any other, under the name that Flink gives it, and dealt out like one when the
 * parallelism changes.
 */
import { FlinkError } from '../core/errors.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { ListState } from '../state/state.js';
import type { CheckpointedFunction } from './checkpointed-function.js';

/** The methods of a function, beside its own, that make it keep a list as its operator state. */
export interface ListCheckpointed<T> {
  /**
   * The function's state at this moment, in parts that may end up with different subtasks; null or an empty list for none.
   * @param timestamp when the checkpoint was triggered, in epoch milliseconds.
   */
  snapshotState(checkpointId: number, timestamp: number): readonly T[] | null | Promise<readonly T[] | null>;
  /** Called before `open`, and only in a job that goes on from a checkpoint: the parts that this subtask gets. */
  restoreState(state: T[]): void | Promise<void>;
}

/** Flink's name of operator state that has none of its own. */
const STATE_NAME = '_default_';

/**
 * What such a function is as a `CheckpointedFunction`; undefined for one that is none. A function that is both counts as
 * a `CheckpointedFunction`.
 */
export function listCheckpointed(given: Partial<ListCheckpointed<unknown>> & { readonly initializeState?: unknown }): CheckpointedFunction | undefined {
  const { snapshotState, restoreState, initializeState } = given;
  if (typeof restoreState !== 'function' || typeof snapshotState !== 'function' || typeof initializeState === 'function') return undefined;
  let parts: ListState<unknown> | undefined;
  return {
    initializeState(context) {
      parts = context.getOperatorStateStore().getListState(new ListStateDescriptor<unknown>(STATE_NAME));
      return context.isRestored() ? restoreState.call(given, [...parts.get()]) : undefined;
    },
    snapshotState(context) {
      const state = snapshotState.call(given, context.getCheckpointId(), context.getCheckpointTimestamp());
      if (!(state instanceof Promise)) return keep(state);
      return state.then(keep);
    },
  };

  function keep(state: unknown): void {
    if (state !== null && state !== undefined && !Array.isArray(state)) {
      throw new FlinkError('USER_FUNCTION', `snapshotState of a ListCheckpointed function answers an array or null; ${typeof state} came`, { hint: 'Answer [state] for state that cannot be divided.' });
    }
    parts!.update((state as readonly unknown[] | null | undefined) ?? []);
  }
}
