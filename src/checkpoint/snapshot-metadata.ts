/**
 * What a snapshot is, as data: whose it is, and the state of every operator in it. It is what `_metadata` holds.
 *
 * Invariant: files are named relative to the snapshot's folder or to the folder `shared` beside it, so that a
 * savepoint can be moved as a folder.
 */
import type { SnapshotFormat, SnapshotKind } from '../core/checkpoint.js';
import { MIXED_KEYS, NO_KEYS, widerKeyType } from '../state/key-type.js';
import type { KeyedStateHandle, OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { SnapshotFile } from '../state/snapshot-files.js';

/** One subtask's state of one operator. */
export interface SnapshotSubtask {
  /** From 0. */
  readonly index: number;
  readonly state: OperatorSubtaskState;
}

/** One operator of the job that was snapshotted, also one without state. */
export interface SnapshotOperator {
  /** 32 hexadecimal digits; state finds its operator by it. */
  readonly operatorId: string;
  readonly uid?: string;
  readonly name: string;
  /** The vertex, that is the chain, it was part of. */
  readonly vertexId: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Subtasks that had run to their end; all of them: the operator is not run again after a restore. */
  readonly finishedSubtasks: readonly number[];
  /** Subtasks that have state, ascending. */
  readonly subtasks: readonly SnapshotSubtask[];
  /** What a source's enumerator keeps. */
  readonly enumerator?: SnapshotFile;
}

export interface SnapshotMetadata {
  readonly jobId: string;
  readonly jobName: string;
  readonly checkpointId: number;
  readonly kind: SnapshotKind;
  readonly format: SnapshotFormat;
  /** The job ended with this savepoint. */
  readonly stop?: 'suspend' | 'drain';
  /** When it was started and when it was complete, in epoch milliseconds. */
  readonly startedAt: number;
  readonly completedAt: number;
  /**
   * Checkpoints of earlier runs that the job had taken over and that lay in the same directory when this one became
   * complete: whoever takes over this one takes them over, too.
   */
  readonly predecessors?: readonly CheckpointName[];
  readonly operators: readonly SnapshotOperator[];
}

/** Names a checkpoint among those of all jobs in one directory. */
export interface CheckpointName {
  readonly jobId: string;
  readonly checkpointId: number;
}

/** Whether every subtask of an operator had finished. */
export function isFullyFinished(operator: SnapshotOperator): boolean {
  return operator.finishedSubtasks.length === operator.parallelism;
}

/** Of which type the keys of an operator are; undefined when the snapshot has none of it. */
export function keyTypeOfOperator({ subtasks }: SnapshotOperator): string | undefined {
  const handles = subtasks.flatMap(({ state }) => state.keyed);
  const types = handles.flatMap((handle) => [handle.keyType, ...(handle.format === 'native' && handle.canonical ? [handle.canonical.keyType] : [])]);
  const type = types.reduce(widerKeyType, NO_KEYS);
  return type === NO_KEYS ? undefined : type;
}

/** The snapshot for a program whose keys may be of other types than those that it has. */
export function withAnyKeys(snapshot: SnapshotMetadata): SnapshotMetadata {
  return { ...snapshot, operators: snapshot.operators.map((operator) => ({ ...operator, subtasks: operator.subtasks.map((subtask) => ({ ...subtask, state: withMixedKeys(subtask.state) })) })) };
}

function withMixedKeys(state: OperatorSubtaskState): OperatorSubtaskState {
  return { ...state, keyed: state.keyed.map((handle) => ({ ...handle, keyType: MIXED_KEYS })) };
}

/** Every file that the state of a subtask consists of, in no particular order. */
export function filesOfState(state: OperatorSubtaskState): SnapshotFile[] {
  const keyed = [...state.keyed, ...(state.rawKeyed ?? [])].flatMap(filesOfKeyed);
  const others = [...state.operator, ...(state.rawOperator ?? []), ...(state.inputChannels ?? []), ...(state.outputChannels ?? [])];
  return [...keyed, ...others.map(({ file }) => file)];
}

function filesOfKeyed(handle: KeyedStateHandle): SnapshotFile[] {
  if (handle.format === 'canonical') return [handle.file];
  return [...handle.files.map(({ file }) => file), ...(handle.canonical ? [handle.canonical.file] : [])];
}

/** Every file of an operator. */
export function filesOfOperator(operator: SnapshotOperator): SnapshotFile[] {
  return [...operator.subtasks.flatMap(({ state }) => filesOfState(state)), ...(operator.enumerator ? [operator.enumerator] : [])];
}

/** Every file of a snapshot; several handles may name the same one. */
export function filesOfSnapshot(snapshot: SnapshotMetadata): SnapshotFile[] {
  return snapshot.operators.flatMap(filesOfOperator);
}

/** Bytes of these files, each counted once. */
export function bytesOf(files: readonly SnapshotFile[]): number {
  const named = new Map<string, number>();
  let inline = 0;
  for (const file of files) {
    if (file.kind === 'inline') inline += file.bytes.length;
    else named.set(`${file.scope}/${file.name}`, file.size);
  }
  return [...named.values()].reduce((sum, size) => sum + size, inline);
}

/** Names of the files in the folder that checkpoints share. */
export function sharedFilesOf(files: readonly SnapshotFile[]): Set<string> {
  return new Set(files.flatMap((file) => (file.kind === 'file' && file.scope === 'shared' ? [file.name] : [])));
}
