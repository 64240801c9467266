/**
 * What a harness has kept of its operator's state, and how another harness starts from it: at the same parallelism or
 * at another one, as a job would (Flink: `OperatorSubtaskState` of its harnesses).
 */
import { redistributeOperatorState } from '../checkpoint/operator-redistribution.js';
import { FlinkError } from '../core/errors.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { SnapshotFile, SnapshotOutput, SnapshotReader, SnapshotStreams } from '../state/snapshot-files.js';

/** The state of one subtask. Everything is inside: it may be kept and used any number of times. */
export interface HarnessSnapshot {
  readonly checkpointId: number;
  readonly maxParallelism: number;
  /** Undefined when there was none. */
  readonly state: OperatorSubtaskState | undefined;
}

/** The subtask that is to start. */
export interface RestoringSubtask {
  readonly subtask: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
}

/** Files that are kept in the snapshot itself. */
export const inlineFiles: SnapshotStreams & SnapshotReader = {
  open: () => new InlineOutput(),
  async read(file: SnapshotFile, offset = 0, length?: number): Promise<Uint8Array> {
    if (file.kind !== 'inline') throw new FlinkError('INTERNAL', 'the snapshot of a harness has no files');
    return file.bytes.subarray(offset, length === undefined ? undefined : offset + length);
  },
};

class InlineOutput implements SnapshotOutput {
  position = 0;
  private readonly chunks: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.position += bytes.length;
  }

  async finish(): Promise<SnapshotFile> {
    return { kind: 'inline', bytes: Buffer.concat(this.chunks) };
  }

  async discard(): Promise<void> {
    this.chunks.length = 0;
  }
}

/** The snapshots of all old subtasks, in their order, as one new subtask gets them. */
export function stateFor({ subtask, parallelism, maxParallelism }: RestoringSubtask, old: readonly HarnessSnapshot[]): OperatorSubtaskState {
  const other = old.find((snapshot) => snapshot.maxParallelism !== maxParallelism);
  if (other) {
    throw new FlinkError('STATE_INCOMPATIBLE', `the snapshot was taken with a maximum parallelism of ${other.maxParallelism}, the harness has ${maxParallelism}`, { hint: 'Give both harnesses the same maxParallelism.' });
  }
  return {
    keyed: old.flatMap(({ state }) => state?.keyed ?? []),
    operator: redistributeOperatorState(old.map(({ state }) => state?.operator ?? []), parallelism)[subtask] ?? [],
  };
}
