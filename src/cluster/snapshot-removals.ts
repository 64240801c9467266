/**
 * Deletes snapshots that nobody goes back to any more, in such an order that whoever looks for the newest one after a
 * crash never finds one that the job has left behind.
 *
 * Invariants:
 * - No job suffers from what cannot be deleted: it is tried again with the next one, and when the job has ended.
 * - When everything goes, the oldest goes first, and nothing goes while something older may still be there.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { sleep } from '../core/clock.js';

/** A snapshot that is to go. */
export interface Removal {
  /** Ids ascend over all runs of a job that go on from each other. */
  readonly checkpointId: number;
  /** Deletes it. Idempotent; rejects when storage says that it may still be there. */
  readonly work: () => Promise<void>;
}

export interface SnapshotRemovalsOptions {
  readonly clock: Clock;
  /** Told how many snapshots are being deleted just now. */
  readonly cleaning: (count: number) => void;
}

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [20, 5_000];
const LAST_TRIES = 4;

export class SnapshotRemovals {
  /** What may still be there. */
  private readonly left = new Set<Removal>();
  private readonly trying = new Map<Removal, Promise<boolean>>();
  private readonly pauses = new Set<() => void>();
  private ended = false;

  constructor(private readonly options: SnapshotRemovalsOptions) {}

  /** Deletes a snapshot now, or later when storage refuses now. A newer one has to be complete. */
  remove(removal: Removal): void {
    this.left.add(removal);
    for (const each of this.left) void this.attempt(each);
  }

  /** Resolves when the snapshot is gone, or when the job has ended. */
  async insist(removal: Removal): Promise<void> {
    this.left.add(removal);
    for (let pauseMs = FIRST_PAUSE_MS; !(await this.attempt(removal)) && !this.ended; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) await this.pause(pauseMs);
  }

  /** The job has ended: nobody insists on anything any more. */
  end(): void {
    this.ended = true;
    for (const wake of this.pauses) wake();
  }

  /** Deletes these and whatever is left, one after the other. Never rejects. */
  async removeAll(removals: readonly Removal[]): Promise<void> {
    await this.settled();
    for (const removal of removals) this.left.add(removal);
    for (const removal of [...this.left].sort((one, other) => one.checkpointId - other.checkpointId)) if (!(await this.attemptOften(removal))) return;
  }

  /** Tries once more to delete what is left. Never rejects. */
  async removeLeft(): Promise<void> {
    await this.settled();
    await Promise.all([...this.left].map((removal) => this.attempt(removal)));
  }

  private async settled(): Promise<void> {
    while (this.trying.size > 0) await Promise.all(this.trying.values());
  }

  private async attemptOften(removal: Removal): Promise<boolean> {
    for (let tries = 1; !(await this.attempt(removal)); tries++) {
      if (tries === LAST_TRIES) return false;
      await sleep(this.options.clock, FIRST_PAUSE_MS * tries);
    }
    return true;
  }

  /** Whether it is gone now. */
  private attempt(removal: Removal): Promise<boolean> {
    const running = this.trying.get(removal);
    if (running) return running;
    const attempt = removal.work().then(
      () => {
        this.left.delete(removal);
        return true;
      },
      () => false,
    ).then((gone) => {
      this.trying.delete(removal);
      this.options.cleaning(this.trying.size);
      return gone;
    });
    this.trying.set(removal, attempt);
    this.options.cleaning(this.trying.size);
    return attempt;
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        due.cancel();
        this.pauses.delete(wake);
        resolve();
      };
      const due: ScheduledCall = this.options.clock.schedule(delayMs, wake);
      this.pauses.add(wake);
    });
  }
}
