/**
 * What all user functions have in common: the three ways to give one, and the life cycle around it (Flink:
 * `Function`, `RichFunction`).
 *
 * Invariant: `setRuntimeContext`, then `open`, then records, then `close`, all in the thread of one subtask.
 * `close` follows also after a failure, and then possibly without any record.
 */
import { FlinkError } from '../core/errors.js';
import type { FunctionInitializationContext } from './checkpointed-function.js';
import type { OpenContext, RuntimeContext } from './runtime-context.js';

/**
 * Every way to hand over a user function: an object with the method, a lambda with the method's parameters, or a
 * class whose constructor takes nothing.
 *
 * Each subtask runs the program for itself, so lambdas and objects are not shared between subtasks of different
 * slots; a class is constructed once for each subtask.
 */
export type FunctionLike<F, L> = F | L | (new () => F);

/** The optional life cycle of a user function given as an object (Flink: `RichFunction`). */
export interface FunctionLifeCycle {
  /** Called once before the first record; the subtask waits for a promise. An error fails the task. */
  open?(context: OpenContext): void | Promise<void>;
  /** Called once at the end, also after a failure or a cancellation. */
  close?(): void | Promise<void>;
  /** Called before `open`; `RichFunction` implements it. */
  setRuntimeContext?(context: RuntimeContext): void;
  /** Called between the two on functions that keep operator state (`CheckpointedFunction`). */
  initializeState?(context: FunctionInitializationContext): void | Promise<void>;
}

/**
 * Base of the `Rich…` classes: a user function that wants to know about its subtask (Flink: `AbstractRichFunction`).
 */
export abstract class RichFunction implements FunctionLifeCycle {
  private runtimeContext: RuntimeContext | undefined;

  /** Prepares the function; called once before the first record. The subtask waits for a promise. */
  open(_context: OpenContext): void | Promise<void> {}

  /** Frees what `open` took; called once, also after a failure. */
  close(): void | Promise<void> {}

  /** Called by the runtime. */
  setRuntimeContext(context: RuntimeContext): void {
    this.runtimeContext = context;
  }

  /**
   * Facts and services of the subtask: its index, the parallelism, metrics, accumulators. Throws
   * `INVALID_ARGUMENT` before `open`, for in a constructor there is no subtask yet.
   */
  getRuntimeContext(): RuntimeContext {
    if (this.runtimeContext) return this.runtimeContext;
    throw new FlinkError('INVALID_ARGUMENT', 'getRuntimeContext() was called before open(): the function is not in a subtask yet', {
      hint: 'Call it in open() or later, not in the constructor.',
    });
  }
}
