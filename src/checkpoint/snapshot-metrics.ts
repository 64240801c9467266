/** How one subtask got through a checkpoint; times in milliseconds. */
export interface SnapshotMetrics {
  /** From the start of the checkpoint to the subtask's first barrier. */
  readonly startDelayMs: number;
  /** From the first barrier to the snapshot. */
  readonly alignmentMs: number;
  /** While no record could be taken. */
  readonly syncMs: number;
  /** From then until everything was stored. */
  readonly asyncMs: number;
  /** Bytes written for this checkpoint. */
  readonly bytes: number;
  /** Bytes it refers to, those of earlier checkpoints included. */
  readonly fullBytes: number;
  /** Bytes of records in flight that were stored. */
  readonly inFlightBytes: number;
  readonly unaligned: boolean;
}
