/**
 * The contract of input formats, Flink's oldest way to describe bounded input: something that can be cut into splits
 * and read record by record (Flink: `InputFormat`).
 *
 * Life cycle in a subtask: `configure`, `openInputFormat`, then for each split `open`, (`reachedEnd`, `nextRecord`)*,
 * `close`, at last `closeInputFormat`. `configure` and `createInputSplits` are called on another instance, too: the one
 * of the client's program.
 */

export interface InputFormat<T, SplitT = unknown> {
  /** Called first, with the parameters given to the source. */
  configure?(parameters: Readonly<Record<string, string>>): void;
  /** Cuts the input; `minSplits` is the parallelism. Splits are plain data. */
  createInputSplits(minSplits: number): readonly SplitT[] | Promise<readonly SplitT[]>;
  /** Called once before the first split of a subtask (Flink: `RichInputFormat`). */
  openInputFormat?(): void | Promise<void>;
  /** Prepares reading a split. */
  open(split: SplitT): void | Promise<void>;
  /** Whether the split has been read to its end. Asked before each record. */
  reachedEnd(): boolean;
  /** The next record, or a promise of it; null or undefined ends the split. */
  nextRecord(): T | null | undefined | Promise<T | null | undefined>;
  /** Called at the end of each split, also after a failure. */
  close(): void | Promise<void>;
  /** Called once after the last split of a subtask. */
  closeInputFormat?(): void | Promise<void>;
  /** Where reading stands, as plain data (Flink: `CheckpointableInputFormat`). Without it a restored reader reads the split again and passes over what it had emitted. */
  getCurrentState?(): unknown;
  /** Instead of `open`, to go on from `getCurrentState`. */
  reopen?(split: SplitT, state: unknown): void | Promise<void>;
}
