/**
 * Snapshots for tests, written out by hand.
 */
import type { OperatorSubtaskState } from '../../src/state/operator-snapshot.js';
import type { SnapshotMetadata, SnapshotOperator } from '../../src/checkpoint/snapshot-metadata.js';
import type { SnapshotFile } from '../../src/state/snapshot-files.js';

export const JOB_ID = 'abcdef0123456789abcdef0123456789';

/** 32 hexadecimal digits that begin with `n`. */
export const hexId = (n: number): string => String(n).padStart(2, '0').repeat(16);

export const inline = (...bytes: number[]): SnapshotFile => ({ kind: 'inline', bytes: Uint8Array.from(bytes) });

/** Keyed state of the groups from `start` to `end`, one byte each. */
export function keyed(start: number, end: number, file?: SnapshotFile): OperatorSubtaskState {
  const groups = Array.from({ length: end - start + 1 }, (_, at) => start + at);
  return {
    keyed: [{
      format: 'canonical', keyGroups: { start, end }, keyType: 'string', states: [{ name: 'count', kind: 'value', namespaced: false, expiring: false }], entries: groups.length,
      file: file ?? inline(...groups), frames: groups.map((group, offset) => ({ group, offset, length: 1 })),
    }],
    operator: [],
  };
}

export function operatorOf(overrides: Partial<SnapshotOperator> = {}): SnapshotOperator {
  return { operatorId: hexId(1), name: 'Count', vertexId: hexId(1), parallelism: 1, maxParallelism: 128, finishedSubtasks: [], subtasks: [{ index: 0, state: keyed(0, 127) }], ...overrides };
}

export function snapshotOf(operators: readonly SnapshotOperator[] = [operatorOf()], overrides: Partial<SnapshotMetadata> = {}): SnapshotMetadata {
  return { jobId: JOB_ID, jobName: 'Job', checkpointId: 7, kind: 'checkpoint', format: 'canonical', startedAt: 1000, completedAt: 1500, operators, ...overrides };
}
