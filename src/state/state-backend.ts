/**
 * Where keyed state is kept: the one contract that every backend fulfils. The conformance suite in
 * test/state/backend-conformance.ts says what it means.
 *
 * A backend keeps opaque values: what a list or a map is, what combines values and what expires is decided above it.
 * Invariants:
 * - A cell means the value of the current key (and, with namespaces, of the cell's namespace). Undefined is "nothing".
 * - A value that was changed in place is written again before the current key changes.
 * - A key with nothing in any cell takes no room.
 *
 * For snapshots a backend does little: `snapshot` answers a walk that hands over every entry as it was at that moment.
 * A restore in the canonical format needs nothing of it: it sets keys and writes cells.
 */
import type { SnapshotFormat, SnapshotKind } from '../core/checkpoint.js';
import type { PrimitiveKey } from '../core/key.js';
import type { KeyGroupRange, NativeKeyedState } from './operator-snapshot.js';
import type { SnapshotReader, SnapshotStreams } from './snapshot-files.js';
import type { SnapshotWalk } from './snapshot-walk.js';

/** The key that all cells of a backend work on. */
export interface CurrentKey {
  /** @param hash the key's `hashKey`, if known. Throws KEY_INVALID for what cannot be a key. */
  set(key: unknown, hash?: number): void;
  /** As `set`, for a key that was set before. */
  restore(key: unknown, primitive: PrimitiveKey): void;
  clear(): void;
  /** As the user gave it. */
  readonly key: unknown;
  /** `toPrimitiveKey` of it. */
  readonly primitive: PrimitiveKey;
  /** Whether a key has been set. */
  readonly present: boolean;
}

/** One state. */
export interface StateCell<V> {
  read(): V | undefined;
  /** Undefined removes. */
  write(value: V | undefined): void;
}

/** One state with namespaces. */
export interface NamespacedCell<V> extends StateCell<V> {
  /** The namespace that `read` and `write` mean. */
  namespace: PrimitiveKey;
}

/** What a backend is told of a snapshot. */
export interface BackendSnapshotRequest {
  readonly checkpointId: number;
  /** Only what belongs to checkpoints may be shared with other ones. */
  readonly kind: SnapshotKind;
  /** `native` allows files of its own; a backend without any writes entries then, too. */
  readonly format: SnapshotFormat;
  /** For files of its own. */
  readonly streams: SnapshotStreams;
  /**
   * Takes an entry of the state that was asked for under this name. Never throws; encodes before it returns, so the
   * value may change after.
   */
  entry(name: string, primitive: PrimitiveKey, key: unknown, namespace: PrimitiveKey, value: unknown): void;
}

/** The files of a native snapshot; the rest of the handle is filled in by the caller. */
export type BackendFiles = Pick<NativeKeyedState, 'backend' | 'files' | 'entries' | 'keyType'>;

/** A snapshot being written. A backend whose store reads asynchronously may answer `step` at once and read in `finish`. */
export interface BackendSnapshot extends SnapshotWalk {
  /** After the last step: resolves when every entry has been handed over, with the files it has written by itself. */
  finish?(): Promise<BackendFiles | undefined>;
}

export interface StateBackend {
  /** Its configuration name: `hashmap`, `level`. */
  readonly name: string;
  /** Whether it keeps state on disk; default: false. */
  readonly onDisk?: boolean;
  readonly currentKey: CurrentKey;
  /** The state of this name, made on first use. */
  cell<V>(name: string): StateCell<V>;
  namespacedCell<V>(name: string): NamespacedCell<V>;
  /** Every key that has something in a state, as the user gave it. Collected before the call returns. */
  keysOf(name: string): { readonly key: unknown; readonly primitive: PrimitiveKey }[];
  /**
   * Walks over a state, all keys and namespaces, one key a step, without changing the current key: `keep` answers what is left of a
   * value, undefined for nothing. The current key is passed over. Keys that come while it walks may be passed over. A step
   * may do nothing where entries are still being read.
   */
  sweep<V>(name: string, keep: (value: V) => V | undefined): Iterator<void>;
  /** Forgets what every key has; cells stay usable. */
  clear(): void;
  /** How many entries all states hold, namespaces counted apart. */
  size(): number;
  /** Begins a snapshot of this moment. Several may be under way. */
  snapshot(request: BackendSnapshotRequest): BackendSnapshot;
  /** Takes in what a snapshot of its own has for these key groups; absent where it has no format of its own. */
  restoreFiles?(state: NativeKeyedState, keyGroups: KeyGroupRange, maxParallelism: number, reader: SnapshotReader): Promise<void>;
  /** Called now and then while entries are written by a restore: resolves when there is room for more. */
  drained?(): Promise<void>;
  /** The checkpoint is complete everywhere: its files will stay while later ones build on it. */
  notifyCheckpointComplete?(checkpointId: number): void;
  /** Nothing is called any more: gives back what is not memory. Idempotent. */
  close?(): Promise<void>;
}
