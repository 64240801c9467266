/**
 * The state of an operator's subtasks in a snapshot: plain data that says where the bytes are and what they mean.
 *
 * Invariants:
 * - Keyed state lies in files by key group, so that whoever restores reads the groups it owns and no others.
 * - Items of operator state can be read one by one, so that they can be dealt out anew.
 */
import type { SnapshotFormat, SnapshotKind } from '../core/checkpoint.js';
import type { Redistribution } from './heap-operator-state.js';
import type { SnapshotFile, SnapshotStreams } from './snapshot-files.js';
import type { StateKind } from './state-descriptor.js';

/** First and last key group, both included. */
export interface KeyGroupRange {
  readonly start: number;
  readonly end: number;
}

/** What a snapshot says of one keyed state. */
export interface KeyedStateMeta {
  readonly name: string;
  /** `timers`: the timers of one service; `contents`: what an operator keeps by key in a layout of its own. */
  readonly kind: StateKind | 'timers' | 'contents';
  /** Apart for each namespace, too. */
  readonly namespaced: boolean;
  /** Values carry the time of their last use. */
  readonly expiring: boolean;
}

/** Where the entries of a key group are: bytes `offset..offset + length` of the file. */
export interface KeyGroupFrame {
  readonly group: number;
  readonly offset: number;
  readonly length: number;
}

/** Keyed state in a form that every backend reads: frames of encoded entries. */
export interface CanonicalKeyedState {
  readonly format: 'canonical';
  readonly keyGroups: KeyGroupRange;
  /** Of which type the keys are (`string`, `[string, number]`, ...; `mixed`); `none` before the first key. */
  readonly keyType: string;
  /** What kind of windows the operator keeps state for; absent where it has none, or an author's own. */
  readonly windows?: string | undefined;
  /** Entries name their state by its place in this list. */
  readonly states: readonly KeyedStateMeta[];
  readonly entries: number;
  readonly file: SnapshotFile;
  readonly frames: readonly KeyGroupFrame[];
}

/** One of a backend's own files, and where its bytes are. */
export interface BackendFile {
  readonly name: string;
  readonly file: SnapshotFile;
  /** Where in `file` they are, one behind the other with those of others; all of it unless given. */
  readonly part?: { readonly offset: number; readonly length: number };
}

/** Keyed state as a backend's own files. */
export interface NativeKeyedState {
  readonly format: 'native';
  /** Which backend can read it. */
  readonly backend: string;
  readonly keyGroups: KeyGroupRange;
  readonly keyType: string;
  readonly windows?: string | undefined;
  readonly states: readonly KeyedStateMeta[];
  readonly entries: number;
  readonly files: readonly BackendFile[];
  /** Timers and contents, which every backend keeps on the heap. */
  readonly canonical?: CanonicalKeyedState;
}

export type KeyedStateHandle = CanonicalKeyedState | NativeKeyedState;

/** One named operator state of one subtask. */
export interface OperatorStatePart {
  readonly name: string;
  readonly redistribution: Redistribution;
  /** Where each item begins; it ends where the next one begins, the last one at `end`. A broadcast state's items are its entries. */
  readonly offsets: readonly number[];
  readonly end: number;
}

export interface OperatorStateHandle {
  readonly file: SnapshotFile;
  readonly states: readonly OperatorStatePart[];
}

/** Records that were in flight on one channel when an unaligned checkpoint passed. */
export interface ChannelStateHandle {
  /** The edge, and the subtasks at its ends. */
  readonly edgeId: string;
  readonly producer: number;
  readonly consumer: number;
  readonly file: SnapshotFile;
  readonly offset: number;
  readonly length: number;
  readonly records: number;
  /** Set when it is dealt out to a job that runs at another parallelism: event time on the channel means nothing then. */
  readonly rescaled?: boolean;
}

/** What one subtask of one operator has in a snapshot, or is given to start from (then from several old subtasks). */
export interface OperatorSubtaskState {
  readonly keyed: readonly KeyedStateHandle[];
  /** Of a subtask that starts from it: of which type the keys of all subtasks are; as `keyed` says unless given. */
  readonly keyType?: string;
  readonly operator: readonly OperatorStateHandle[];
  /** Bytes of the user's own operators, by key group and by item. */
  readonly rawKeyed?: readonly KeyedStateHandle[];
  readonly rawOperator?: readonly OperatorStateHandle[];
  /** Only at the head and at the tail of a chain. */
  readonly inputChannels?: readonly ChannelStateHandle[];
  readonly outputChannels?: readonly ChannelStateHandle[];
}

/** What the state of an operator is asked for at a barrier. */
export interface SnapshotRequest {
  readonly checkpointId: number;
  /** When the checkpoint was started, in epoch milliseconds. */
  readonly timestamp: number;
  readonly kind: SnapshotKind;
  readonly format: SnapshotFormat;
  readonly streams: SnapshotStreams;
}

/**
 * A snapshot that is being written while records flow on. It is of the moment when it was made: what changes after is
 * not in it.
 */
export interface SnapshotInProgress {
  /** Writes about so many entries more; true when none is left. Called between records, on the task's thread. */
  step(entries: number): boolean;
  /** After `step` has answered true: resolves when everything is stored. Undefined when there is no state at all. */
  result(): Promise<OperatorSubtaskState | undefined>;
  /** The checkpoint came to nothing: frees what is held and deletes what was written. */
  abandon(): void;
}

/** Where a subtask starts from. */
export interface RestoredState {
  readonly checkpointId: number;
  readonly state: OperatorSubtaskState;
}
