/**
 * User functions that keep state of their own, outside any key (Flink: `CheckpointedFunction`).
 *
 * Invariant: `setRuntimeContext`, then `initializeState`, then `open`.
 */
import type { KeyedStateStore } from '../state/keyed-context.js';
import type { OperatorStateStore } from '../state/operator-state.js';

/** Handed to `initializeState` (Flink: `FunctionInitializationContext`). */
export interface FunctionInitializationContext {
  /**
   * Whether the task goes on from a checkpoint or a savepoint: the states then hold what was stored. False also in a job that
   * does, where the snapshot knows no operator of the task.
   */
  isRestored(): boolean;
  /** The checkpoint it goes on from, or null. */
  getRestoredCheckpointId(): number | null;
  getOperatorStateStore(): OperatorStateStore;
  /** State by key, or null where the input is not keyed. */
  getKeyedStateStore(): KeyedStateStore | null;
}

/** Handed to `snapshotState` (Flink: `FunctionSnapshotContext`). */
export interface FunctionSnapshotContext {
  getCheckpointId(): number;
  /** When the checkpoint was triggered, in epoch milliseconds. */
  getCheckpointTimestamp(): number;
}

/** The methods of a function, beside its own, that make it keep operator state. */
export interface CheckpointedFunction {
  /** Before a checkpoint: brings the states up to date. */
  snapshotState(context: FunctionSnapshotContext): void | Promise<void>;
  /** Gets the states, once, before `open`. */
  initializeState(context: FunctionInitializationContext): void | Promise<void>;
}
