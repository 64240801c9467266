/**
 * Travels from a source among its records and tells how long that takes (Flink: `LatencyMarker`).
 */
export interface LatencyMarker {
  /** When the source was to emit it, in epoch milliseconds. */
  readonly markedAt: number;
  /** The operator id of the source. */
  readonly source: string;
  /** Of the source. */
  readonly subtask: number;
}
