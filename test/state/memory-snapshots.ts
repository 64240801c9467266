// Snapshot files in memory, and what the coordinator does to operator state when the parallelism changes, for tests.
import { crc32 } from 'node:zlib';
import type { OperatorStateHandle, OperatorSubtaskState, SnapshotInProgress, SnapshotRequest } from '../../src/state/operator-snapshot.js';
import type { SnapshotFile, SnapshotReader, SnapshotStreams } from '../../src/state/snapshot-files.js';

export class MemorySnapshots implements SnapshotStreams, SnapshotReader {
  /** Files that were finished, by name; those discarded are gone. */
  readonly files = new Map<string, Uint8Array>();
  discarded = 0;
  private opened = 0;

  open(scope: 'exclusive' | 'shared') {
    const name = `file-${this.opened++}`;
    const chunks: Uint8Array[] = [];
    let position = 0;
    return {
      get position() {
        return position;
      },
      write: (bytes: Uint8Array) => {
        chunks.push(bytes);
        position += bytes.length;
      },
      finish: async (): Promise<SnapshotFile> => {
        const bytes = Buffer.concat(chunks);
        this.files.set(name, bytes);
        return { kind: 'file', scope, name, size: position, checksum: crc32(bytes) };
      },
      discard: async () => {
        chunks.length = 0;
        this.discarded += 1;
      },
    };
  }

  async forget(file: SnapshotFile): Promise<void> {
    if (file.kind === 'file') this.files.delete(file.name);
  }

  async read(file: SnapshotFile, offset = 0, length?: number): Promise<Uint8Array> {
    const bytes = file.kind === 'inline' ? file.bytes : this.files.get(file.name)!;
    return bytes.subarray(offset, length === undefined ? undefined : offset + length);
  }

  request(checkpointId = 1, facts: Partial<SnapshotRequest> = {}): SnapshotRequest {
    return { checkpointId, timestamp: 0, kind: 'checkpoint', format: 'canonical', streams: this, ...facts };
  }
}

/** Steps a snapshot to its end. */
export async function complete(snapshot: SnapshotInProgress, entries = 100): Promise<OperatorSubtaskState | undefined> {
  while (!snapshot.step(entries));
  return snapshot.result();
}

/** All of the old subtasks' state, for a new subtask that takes its key groups from it and is the only one. */
export function together(states: readonly (OperatorSubtaskState | undefined)[]): OperatorSubtaskState {
  const present = states.filter((state) => state !== undefined);
  return { keyed: present.flatMap(({ keyed }) => keyed), operator: present.flatMap(({ operator }): readonly OperatorStateHandle[] => operator) };
}
