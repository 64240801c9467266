/**
 * The contract of output formats, Flink's oldest way to describe where records go (Flink: `OutputFormat`).
 *
 * Life cycle in a subtask: `configure`, `open`, `writeRecord`*, `close`. Each method but `configure` may answer a promise;
 * nothing else is called before it has settled.
 */

export interface OutputFormat<T> {
  /** Called first, with no parameters, as Flink does it for streams. */
  configure?(parameters: Readonly<Record<string, string>>): void;
  /** Called once. @param taskNumber index of the subtask, from 0. @param numTasks the parallelism. */
  open(taskNumber: number, numTasks: number): void | Promise<void>;
  writeRecord(record: T): void | Promise<void>;
  /** Called once at the end, also after a failure and when the job is cancelled. */
  close(): void | Promise<void>;
  /** After `writeRecord` or `close` has failed: takes back what was written. Its own errors count for nothing (Flink: `CleanupWhenUnsuccessful`). */
  tryCleanupOnError?(): void | Promise<void>;
}
