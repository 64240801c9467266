/**
 * Where a task's records come from, as the task drives it: a source reader, channels, or nothing of its own (a task
 * whose chain is called directly by another task).
 */

/** What a turn of an input came to. */
export type TurnResult =
  /** The turn's time is over; there may be more. */
  | 'more'
  /** Nothing is there now; the task is woken when there is. */
  | 'idle'
  /** The task's gate is held. */
  | 'held'
  /** All input has ended. */
  | 'ended';

export interface TaskInput {
  /** Feeds the chain until the deadline (monotonic clock), the end, or a held gate. */
  run(deadline: number): TurnResult;
  /** Whether a turn would find something at once. */
  readonly ready: boolean;
  /** Called once, before the first turn. */
  start(): void | Promise<void>;
  close(): void | Promise<void>;
  /** The record that was being processed when the last turn threw, if one was. */
  failing(): { readonly value: unknown } | undefined;
}
