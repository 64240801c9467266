/**
 * What an operator keeps by key in a layout of its own, where the handles of keyed state would be too slow: how it gets
 * into snapshots and back.
 *
 * Invariant: what is written says nothing of the layout. A state has the form that handles would have given it, so that
 * another operator can go on from it.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { KeyedStateMeta } from './operator-snapshot.js';
import type { KeyedSnapshotSink, SnapshotWalk } from './snapshot-walk.js';

export interface KeyedContents {
  /** The states that it writes and takes back, timers among them. */
  readonly states: readonly KeyedStateMeta[];
  /** Begins a snapshot of now. Called between two records. */
  snapshot(sink: KeyedSnapshotSink): SnapshotWalk;
  /** Takes back one entry of one of its states. Called before `open`, in no order. */
  restore(state: KeyedStateMeta, key: unknown, namespace: PrimitiveKey, value: unknown): void;
  /** Every entry has been given back. */
  restored?(): void;
}
