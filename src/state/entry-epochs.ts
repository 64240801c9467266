/**
 * Snapshots of many small entries without stopping: each entry carries a stamp, a walk writes entries a few at a time,
 * and whoever is about to change an entry has it written first.
 *
 * Snapshots are numbered; `current` is the number of the latest. Invariants:
 * - An entry's stamp is the number of the latest snapshot that has it or that was begun before it was there. Entries
 *   with a smaller stamp than `current` are passed to `preserve` before they are changed or removed.
 * - An entry that is not preserved for one snapshot has not changed since, so one visit serves all that still need it.
 */
import type { SnapshotWalk } from './snapshot-walk.js';

/** What an entry must carry; new ones get the current number. */
export interface Stampable {
  epoch: number;
}

interface Running<E> {
  readonly number: number;
  readonly write: (entry: E) => void;
  /** Entries it does not have yet. */
  left: number;
}

export class EntryEpochs<E extends Stampable> {
  /** To be compared with an entry's stamp before the entry is changed: `entry.epoch !== epochs.current`. */
  current = 0;
  private readonly running = new Set<Running<E>>();
  private onNext: ((entry: E) => void) | undefined;

  /** Whether a snapshot is being written. */
  get active(): boolean {
    return this.running.size > 0;
  }

  /** Calls with the next entry that is about to change, before it does. */
  callWithNext(call: (entry: E) => void): void {
    this.current += 1;
    this.onNext = call;
  }

  /** Has an entry written by all snapshots that need it as it is now. */
  preserve(entry: E): void {
    if (entry.epoch === this.current) return;
    if (this.onNext !== undefined) {
      const call = this.onNext;
      this.onNext = undefined;
      call(entry);
    }
    for (const snapshot of this.running) {
      if (snapshot.number <= entry.epoch) continue;
      snapshot.left -= 1;
      snapshot.write(entry);
    }
    entry.epoch = this.current;
  }

  /**
   * Begins a snapshot of what there is now.
   * @param entries goes over all of them, and may go over later ones; it must stand changes while it is used.
   * @param size how many there are, if known: the walk then ends with the last of them.
   */
  begin(entries: Iterator<E>, write: (entry: E) => void, size = Number.POSITIVE_INFINITY): SnapshotWalk {
    this.current += 1;
    const snapshot: Running<E> = { number: this.current, write, left: size };
    this.running.add(snapshot);
    return {
      step: (count) => {
        for (let visited = 0; visited < count && this.running.has(snapshot); visited++) {
          const next = snapshot.left > 0 ? entries.next() : undefined;
          if (next === undefined || next.done) this.running.delete(snapshot);
          else if (next.value.epoch < snapshot.number) this.preserve(next.value);
        }
        return !this.running.has(snapshot);
      },
      abandon: () => void this.running.delete(snapshot),
    };
  }
}
