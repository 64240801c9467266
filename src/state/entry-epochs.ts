/**
 * Snapshots of many small entries without stopping: each entry carries a stamp, a walk writes entries a few at a time,
 * and whoever is about to change an entry has it written first, or has it keep what it was until the walk comes by.
 *
 * Snapshots are numbered; `current` is the number of the latest. Invariants:
 * - An entry's stamp is the number of the latest snapshot that has it, that was begun before it was there, or that it
 *   keeps what it was for. Entries with a smaller stamp than `current` are passed to `preserve` before they are changed.
 * - An entry that is not preserved for one snapshot has not changed since, so one visit serves all that still need it.
 * - An entry keeps what it was for one snapshot only, the one whose number it carries; entries are passed to `settle`
 *   before they are removed, because a walk would not come by them any more.
 */
import type { SnapshotWalk } from './snapshot-walk.js';

/** What an entry must carry; new ones get the current number. */
export interface Stampable {
  epoch: number;
}

/** How an entry keeps what it was: worth it where that costs less than writing it, and a walk meets it in better order. */
export interface Keepsake<E> {
  /** Answers false where it cannot be kept. */
  keep(entry: E): boolean;
  has(entry: E): boolean;
  drop(entry: E): void;
}

class Running<E extends Stampable> {
  over = false;

  /** @param left entries it does not have yet. */
  constructor(readonly number: number, private readonly give: (entry: E, kept: boolean) => void, public left: number) {}

  write(entry: E, kept: boolean): void {
    this.left -= 1;
    this.give(entry, kept);
  }
}

export class EntryEpochs<E extends Stampable> {
  /** To be compared with an entry's stamp before the entry is changed: `entry.epoch !== epochs.current`. */
  current = 0;
  private running: readonly Running<E>[] = [];
  private onNext: ((entry: E) => void) | undefined;

  constructor(private readonly keepsake?: Keepsake<E>) {}

  /** Whether a snapshot is being written. */
  get active(): boolean {
    return this.running.length > 0;
  }

  /** Calls with the next entry that is about to change, before it does. */
  callWithNext(call: (entry: E) => void): void {
    this.current += 1;
    this.onNext = call;
  }

  /** Sees to it that all snapshots that need an entry get it as it is now. */
  preserve(entry: E): void {
    if (entry.epoch === this.current) return;
    if (this.onNext !== undefined) {
      const call = this.onNext;
      this.onNext = undefined;
      call(entry);
    }
    if (this.running.length > 0 && !this.kept(entry)) this.visit(entry);
    entry.epoch = this.current;
  }

  /** As `preserve`, for an entry that is about to go. */
  settle(entry: E): void {
    if (entry.epoch !== this.current) this.visit(entry);
    else this.release(entry);
  }

  /**
   * Begins a snapshot of what there is now.
   * @param entries goes over all of them, and may go over later ones; it must stand changes while it is used.
   * @param write `kept`: what the entry was, which it has kept, rather than what it is.
   * @param size how many there are, if known: the walk then ends with the last of them.
   */
  begin(entries: Iterator<E>, write: (entry: E, kept: boolean) => void, size = Number.POSITIVE_INFINITY): SnapshotWalk {
    this.current += 1;
    const snapshot = new Running<E>(this.current, write, size);
    this.running = [...this.running, snapshot];
    return {
      step: (count) => {
        for (let visited = 0; visited < count && !snapshot.over; visited++) this.stepOne(snapshot, entries);
        return snapshot.over;
      },
      abandon: () => this.end(snapshot),
    };
  }

  private stepOne(snapshot: Running<E>, entries: Iterator<E>): void {
    const next = snapshot.left > 0 ? entries.next() : undefined;
    if (next === undefined || next.done === true) return this.end(snapshot);
    const entry = next.value;
    if (entry.epoch < snapshot.number) this.visit(entry);
    else if (entry.epoch === snapshot.number) this.release(entry);
  }

  /** Whether the entry keeps what it is for the one snapshot that needs it. */
  private kept(entry: E): boolean {
    const { keepsake, running } = this;
    if (keepsake === undefined || running.length !== 1 || running[0]!.number !== this.current) return false;
    // What it may still have kept was for a snapshot that is no more.
    return keepsake.keep(entry);
  }

  /** Has an entry written as it is by all snapshots that need it so. */
  private visit(entry: E): void {
    this.release(entry);
    const { running } = this;
    for (let at = 0; at < running.length; at++) if (running[at]!.number > entry.epoch) running[at]!.write(entry, false);
    entry.epoch = this.current;
  }

  /** Has what an entry keeps written by the snapshot that it is for, if that is still under way. */
  private release(entry: E): void {
    const { keepsake, running } = this;
    if (keepsake === undefined || !keepsake.has(entry)) return;
    for (let at = 0; at < running.length; at++) if (running[at]!.number === entry.epoch) running[at]!.write(entry, true);
    keepsake.drop(entry);
  }

  private end(snapshot: Running<E>): void {
    if (snapshot.over) return;
    snapshot.over = true;
    this.running = this.running.filter((other) => other !== snapshot);
  }
}
