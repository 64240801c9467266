/**
 * The sink contract (Flink: Sink V2 `Sink`, `SinkWriter`).
 *
 * Invariants:
 * - `write` may return a promise; the runtime then takes no more input until it settles, and never calls `write`
 *   again before it has.
 * - `flush` settles when everything written before is handed to the outside world.
 */
import type { RuntimeContext } from './runtime-context.js';
import type { Mailbox, OperatorHost } from './operator.js';
import type { Clock } from '../core/clock.js';

export interface Sink<T> {
  createWriter(context: SinkWriterContext): SinkWriter<T> | Promise<SinkWriter<T>>;
}

export interface SinkWriterContext {
  readonly runtime: RuntimeContext;
  readonly mailbox: Mailbox;
  readonly host: OperatorHost;
  readonly clock: Clock;
}

/** The facts of the record being written. */
export interface SinkContext {
  /** Event time of the record in milliseconds, or null when it has none. */
  timestamp(): number | null;
  /** Event time of the sink. */
  currentWatermark(): number;
  /** Wall-clock time in milliseconds. */
  currentProcessingTime(): number;
}

export interface SinkWriter<T> {
  write(value: T, context: SinkContext): void | Promise<void>;
  /** Called when the task has nothing else to do, before a snapshot, and with `endOfInput` at the end. */
  flush(endOfInput: boolean): void | Promise<void>;
  writeWatermark?(timestamp: number): void;
  /** Frees resources; called exactly once, also after a failure. */
  close?(): void | Promise<void>;
}
