/**
 * Where an operator's results go: the contract between an operator and whatever follows it in the task.
 *
 * Invariants:
 * - `emit` is called synchronously, one record at a time; what follows has handled the record (or buffered
 *   it) when the call returns.
 * - Values pass by reference inside a thread and are to be treated as immutable.
 */

/** Takes one record: the value and its event time, or `NO_TIMESTAMP`. */
export type Emit<T = unknown> = (value: T, timestamp: number) => void;

/** `Emit` with the 32-bit hash of the record's key. */
export type HashedEmit<T = unknown> = (value: T, timestamp: number, hash: number) => void;

export interface Output<T = unknown> {
  /** The main output. A plain function, never a method: operators capture it in their closures. */
  readonly emit: Emit<T>;
  /** The side output of a tag; records for a tag nobody consumes are dropped. */
  side<S>(tagId: string): Emit<S>;
  /** Promises that no later record carries a timestamp at or below this one. */
  watermark(timestamp: number): void;
  /** Says that this output has gone idle (true) or is active again (false). */
  idle(idle: boolean): void;
}
