/**
 * Brings the records that were in flight back to where they belong in a job that goes on, at whatever parallelism.
 *
 * Invariants:
 * - A keyed record goes to the subtask that owns its key; every subtask that may own some is given the records and keeps
 *   its own.
 * - Watermarks come back only in a job of the same parallelism: what is behind one in a channel need not be later
 *   otherwise, neither in flight nor in what its producer goes on with.
 */
import { FlinkError } from '../../core/errors.js';
import { keyGroupOf, subtaskOfKeyGroup } from '../../core/key-group.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import type { ChannelStateHandle } from '../../state/operator-snapshot.js';
import type { SnapshotReader } from '../../state/snapshot-files.js';
import { isBatch, type RecordBatch, type StreamEvent } from '../exchange/channel.js';
import { readInFlight } from './in-flight-records.js';

/** Where restored records go. */
export interface RestoredChannel {
  readonly edgeId: string;
  readonly producer: number;
  readonly consumer: number;
  /** How keys are owned; undefined where any subtask will do. */
  readonly keyed?: { readonly maxParallelism: number; readonly parallelism: number };
}

/** What each channel begins with, by its place in `channels`. Throws `STATE_INCOMPATIBLE` when an edge is gone. */
export async function restoreInFlight(
  handles: readonly ChannelStateHandle[], channels: readonly RestoredChannel[], reader: SnapshotReader, classes: ClassRegistry,
): Promise<Map<number, (RecordBatch | StreamEvent)[]>> {
  const restored = new Map<number, (RecordBatch | StreamEvent)[]>();
  for (const handle of handles) {
    const at = placeOf(handle, channels);
    const channel = channels[at]!;
    const items = restored.get(at) ?? [];
    restored.set(at, items);
    for (const item of await readInFlight(handle, reader, classes)) {
      if (isBatch(item)) items.push(...owned(item, channel));
      else if (!handle.rescaled) items.push(item);
    }
  }
  return restored;
}

function placeOf({ edgeId, producer }: ChannelStateHandle, channels: readonly RestoredChannel[]): number {
  const ofEdge = channels.flatMap((channel, at) => (channel.edgeId === edgeId ? [at] : []));
  const exact = ofEdge.find((at) => channels[at]!.producer === producer);
  if (exact !== undefined) return exact;
  if (ofEdge.length > 0) return ofEdge[producer % ofEdge.length]!;
  throw new FlinkError('STATE_INCOMPATIBLE', `the checkpoint holds records that were in flight on ${edgeId}, which the job does not have any more`, {
    hint: 'Records in flight belong to the graph they were in: change a job from a savepoint, which has none.',
  });
}

/** The records whose keys this subtask owns. */
function owned(batch: RecordBatch, { keyed, consumer }: RestoredChannel): RecordBatch[] {
  const { hashes } = batch;
  if (!keyed || !hashes) return [batch];
  const { maxParallelism, parallelism } = keyed;
  const rows = Array.from({ length: batch.count }, (_, row) => row).filter((row) => subtaskOfKeyGroup(keyGroupOf(hashes[row]!, maxParallelism), maxParallelism, parallelism) === consumer);
  if (rows.length === 0) return [];
  return [{
    values: rows.map((row) => batch.values[row]),
    timestamps: Float64Array.from(rows, (row) => batch.timestamps[row]!),
    hashes: Int32Array.from(rows, (row) => hashes[row]!),
    count: rows.length,
    bytes: 0,
  }];
}
