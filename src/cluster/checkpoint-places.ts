/**
 * Where the checkpoints under way are being written, and what becomes of places whose checkpoint came to nothing.
 *
 * Invariant: a place where metadata may lie, because somebody began to write it, is remembered until it is gone.
 */
import type { PendingSnapshot } from '../checkpoint/checkpoint-storage.js';
import type { SnapshotFile } from '../state/snapshot-files.js';
import type { RecoverySnapshots } from './recovery-snapshots.js';

interface Place {
  readonly place: PendingSnapshot;
  /** What tasks had stored when the checkpoint came to nothing. */
  files: readonly SnapshotFile[];
  /** A recovery may find it: its metadata is there, or may be, though storage said that it could not be written. */
  offered: boolean;
}

/** Places of checkpoints that came to nothing are remembered, for tasks that answer late. */
const LATE_PLACES = 50;

export class CheckpointPlaces {
  private readonly places = new Map<number, Place>();

  constructor(private readonly recovery: RecoverySnapshots) {}

  made(checkpointId: number, place: PendingSnapshot): void {
    this.places.set(checkpointId, { place, files: [], offered: false });
  }

  /** Of a checkpoint under way. */
  of(checkpointId: number): PendingSnapshot {
    return this.places.get(checkpointId)!.place;
  }

  /** Its metadata is about to be written where a recovery looks. */
  offer(checkpointId: number): void {
    this.places.get(checkpointId)!.offered = true;
  }

  completed(checkpointId: number): void {
    this.places.delete(checkpointId);
  }

  /** The checkpoint came to nothing; `discard` follows. */
  failed(checkpointId: number, files: readonly SnapshotFile[]): void {
    const place = this.places.get(checkpointId);
    if (place) place.files = files;
    const oldest = this.places.size > LATE_PLACES ? [...this.places].find(([, { offered }]) => !offered) : undefined;
    if (oldest) this.places.delete(oldest[0]);
  }

  /** Resolves when nothing is left that a recovery could find. */
  async discard(checkpointId: number): Promise<void> {
    const left = this.places.get(checkpointId);
    if (!left?.offered) return this.recovery.abandon(left?.place, left?.files ?? []);
    await this.recovery.retract(checkpointId, left.place, left.files);
    left.offered = false;
  }

  /** A task has stored something for a checkpoint that is no more. */
  discardLate(checkpointId: number, files: readonly SnapshotFile[]): void {
    void this.recovery.abandon(this.places.get(checkpointId)?.place, files);
  }
}
