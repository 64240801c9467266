/**
 * How whatever keeps entries by key hands them to a snapshot: a walk that goes on between records, into a sink.
 *
 * Invariants:
 * - A walk gives every entry that there was when it was made, as it was then, once.
 * - A sink never throws: what cannot be stored makes the snapshot fail, not the record under way.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { KeyedStateMeta } from './operator-snapshot.js';

export interface SnapshotWalk {
  /** Goes over about so many entries more; true when none is left. */
  step(entries: number): boolean;
  /** The snapshot came to nothing. Idempotent; no effect once the walk is over. */
  abandon(): void;
}

/** Takes entries in any order. */
export interface KeyedSnapshotSink {
  /** The number under which entries of this state are written. Equal metas, equal numbers. */
  open(meta: KeyedStateMeta): number;
  /**
   * Encodes the entry before it returns.
   * @param namespace '' where the state has none.
   * @param value in the form of `portable`.
   */
  write(state: number, primitive: PrimitiveKey, key: unknown, namespace: PrimitiveKey, value: unknown): void;
}

/** One after the other. */
export function inTurn(walks: readonly SnapshotWalk[]): SnapshotWalk {
  let at = 0;
  return {
    step(entries) {
      while (at < walks.length && walks[at]!.step(entries)) {
        at += 1;
        // What one has left over is not worth counting; the next one begins with the next step.
        if (at < walks.length) return false;
      }
      return at >= walks.length;
    },
    abandon: () => walks.forEach((walk) => walk.abandon()),
  };
}

/** The same walk; `ended` is called once, when it is over or was abandoned. */
export function untilEnded(walk: SnapshotWalk, ended: () => void): SnapshotWalk {
  let over = false;
  const end = (): void => {
    if (!over) ended();
    over = true;
  };
  return {
    step(entries) {
      if (!over && walk.step(entries)) end();
      return over;
    },
    abandon() {
      walk.abandon();
      end();
    },
  };
}
