/**
 * The records that an unaligned checkpoint finds in front of its barriers: written into the snapshot while they are
 * processed, and read back when a job goes on from it.
 *
 * Invariants:
 * - What is added is encoded at once: the author's functions may change it afterwards.
 * - The snapshot is stored once all barriers have come.
 * - Order within a channel is kept. Idleness is not stored: channels begin active.
 */
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { FlinkError } from '../../core/errors.js';
import type { ChannelStateHandle, OperatorSubtaskState, SnapshotInProgress } from '../../state/operator-snapshot.js';
import type { SnapshotOutput, SnapshotReader, SnapshotStreams } from '../../state/snapshot-files.js';
import { isBatch, type RecordBatch, type StreamEvent } from '../exchange/channel.js';
import { decodeBatch, encodeBatch } from '../exchange/encoded-batch.js';

/** A channel, as it is named in snapshots. */
export interface ChannelName {
  readonly edgeId: string;
  readonly producer: number;
  readonly consumer: number;
}

const RECORDS = 1;
const WATERMARK = 2;
/** Of a frame: its kind and the length of what follows, each in four bytes. */
const HEADER_BYTES = 8;

interface Stored {
  readonly name: ChannelName;
  readonly frames: Uint8Array[];
  records: number;
}

export class InFlightRecords {
  private readonly channels = new Map<number, Stored>();
  private failure: unknown;
  private over = false;
  private resolveComplete!: () => void;
  private readonly complete: Promise<void>;

  constructor(readonly checkpointId: number, private readonly classes: ClassRegistry) {
    this.complete = new Promise((resolve) => (this.resolveComplete = resolve));
  }

  /** Takes what is in front of the barrier on a channel. @param from the first record of the batch that counts. */
  add(channel: number, name: ChannelName, item: RecordBatch | StreamEvent, from = 0): void {
    if (this.over || this.failure !== undefined) return;
    const stored = this.channels.get(channel) ?? { name, frames: [], records: 0 };
    this.channels.set(channel, stored);
    try {
      if (isBatch(item)) {
        stored.frames.push(frame(RECORDS, new Uint8Array(encodeBatch(rest(item, from), this.classes))));
        stored.records += item.count - from;
      } else if (item.type === 'watermark') {
        stored.frames.push(frame(WATERMARK, new Uint8Array(Float64Array.of(item.timestamp).buffer)));
      }
    } catch (error) {
      // What cannot be stored makes the checkpoint fail, not the task.
      this.failure = error;
    }
  }

  /** All barriers have come. */
  finish(): void {
    this.resolveComplete();
  }

  /** The part of the snapshot that belongs to the operator at the head. */
  snapshot(streams: SnapshotStreams): SnapshotInProgress {
    let output: SnapshotOutput | undefined;
    return {
      step: () => true,
      result: async () => {
        await this.complete;
        if (this.failure !== undefined) throw this.failure;
        const stored = [...this.channels.values()].filter(({ frames }) => frames.length > 0);
        if (this.over || stored.length === 0) return undefined;
        output = streams.open('exclusive');
        return this.write(output, stored);
      },
      abandon: () => {
        this.over = true;
        this.channels.clear();
        this.resolveComplete();
        void output?.discard();
      },
    };
  }

  private async write(output: SnapshotOutput, channels: readonly Stored[]): Promise<OperatorSubtaskState> {
    const places = channels.map(({ name, frames, records }) => {
      const offset = output.position;
      for (const bytes of frames) output.write(bytes);
      return { ...name, offset, length: output.position - offset, records };
    });
    this.over = true;
    const file = await output.finish();
    return { keyed: [], operator: [], inputChannels: places.map((place) => ({ ...place, file })) };
  }
}

/** What was stored of a channel, in order. */
export async function readInFlight(handle: ChannelStateHandle, reader: SnapshotReader, classes: ClassRegistry): Promise<(RecordBatch | StreamEvent)[]> {
  const bytes = await reader.read(handle.file, handle.offset, handle.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: (RecordBatch | StreamEvent)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const payload = bytes.slice(at + HEADER_BYTES, at + HEADER_BYTES + length);
    if (kind === RECORDS) items.push(decodeBatch(payload.buffer, classes));
    else if (kind === WATERMARK) items.push({ type: 'watermark', timestamp: new Float64Array(payload.buffer)[0]! });
    else throw new FlinkError('SNAPSHOT_CORRUPT', `expected records in flight on ${handle.edgeId}, found a frame of kind ${kind}`);
    at += HEADER_BYTES + length;
  }
  return items;
}

function frame(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind, true);
  view.setUint32(4, payload.length, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function rest(batch: RecordBatch, from: number): RecordBatch {
  const { values, timestamps, hashes, count } = batch;
  return { values: values.slice(from, count), timestamps: timestamps.slice(from, count), hashes: hashes?.slice(from, count), count: count - from, bytes: 0 };
}
