/**
 * Writes the files of one subtask into a snapshot: small ones go into the metadata, larger ones into the snapshot's
 * folder or into the folder that the job's checkpoints share.
 *
 * Invariants:
 * - A file's name is new in its folder; whoever names files makes sure of it.
 * - Bytes reach the store in the order in which they were written, whatever its speed.
 */
import { crc32 } from 'node:zlib';
import type { CheckpointLocation } from '../core/checkpoint.js';
import { FlinkError } from '../core/errors.js';
import type { SnapshotFile, SnapshotOutput, SnapshotStreams } from '../state/snapshot-files.js';
import type { FileStore, FileUpload } from './file-store.js';
import { localFiles } from './local-files.js';

/** What is written less than this at a time is gathered first. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Opens the files of a checkpoint for one subtask.
 *
 * @param location as the coordinator announced it.
 * @param nextName gives each file a name of its own: no other file of this job, in whichever checkpoint, may have it.
 * @param files where the folders of a location are; the machine's own file system unless given.
 */
export function openSnapshotStreams(location: CheckpointLocation, nextName: () => string, files: FileStore = localFiles): SnapshotStreams {
  if (location.storage === 'memory') return { open: () => new InlineOutput(location.maxStateBytes) };
  const { exclusive, shared, inlineBytesMax } = location;
  return {
    open(scope) {
      const name = nextName();
      // Without a shared folder (a savepoint) everything is the snapshot's own.
      return scope === 'shared' && shared !== undefined
        ? new FileOutput(files, `${shared}/${name}`, { kind: 'file', scope, name }, 0)
        : new FileOutput(files, `${exclusive}/${name}`, { kind: 'file', scope: 'exclusive', name }, inlineBytesMax);
    },
    async forget(file) {
      if (file.kind === 'file' && file.scope === 'shared' && shared !== undefined) await files.remove(`${shared}/${file.name}`).catch(() => {});
    },
  };
}

/** State that travels to the JobManager. */
class InlineOutput implements SnapshotOutput {
  private readonly parts: Uint8Array[] = [];
  position = 0;

  constructor(private readonly maxBytes: number) {}

  write(bytes: Uint8Array): void {
    this.position += bytes.length;
    // Beyond the limit nothing needs to be kept: `finish` refuses it.
    if (this.position <= this.maxBytes) this.parts.push(bytes);
  }

  finish(): Promise<SnapshotFile> {
    if (this.position <= this.maxBytes) return Promise.resolve({ kind: 'inline', bytes: joined(this.parts, this.position) });
    const error = new FlinkError('CHECKPOINT_FAILED', `the state of one operator is ${this.position} bytes, but checkpoints in the JobManager's memory take at most ${this.maxBytes} bytes each`, {
      hint: 'Keep checkpoints in a directory: set execution.checkpointing.dir.',
    });
    return Promise.reject(error);
  }

  discard(): Promise<void> {
    this.parts.length = 0;
    return Promise.resolve();
  }
}

type FileIdentity = Omit<Extract<SnapshotFile, { kind: 'file' }>, 'size' | 'checksum'>;

/** Keeps what is small; becomes a file as soon as it is not. */
class FileOutput implements SnapshotOutput {
  position = 0;
  private checksum = 0;
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;
  private upload: FileUpload | undefined;
  /** What has been handed to the store so far; rejects once with what went wrong. */
  private stored: Promise<void> = Promise.resolve();
  private discarded = false;

  constructor(
    private readonly files: FileStore,
    private readonly path: string,
    private readonly identity: FileIdentity,
    private readonly inlineBytesMax: number,
  ) {}

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.position += bytes.length;
    this.checksum = crc32(bytes, this.checksum);
    this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    if (this.gatheredBytes >= Math.max(CHUNK_BYTES, this.inlineBytesMax)) this.flush();
  }

  settled(): Promise<void> {
    return this.stored;
  }

  async finish(): Promise<SnapshotFile> {
    if (this.position <= this.inlineBytesMax) return { kind: 'inline', bytes: joined(this.gathered, this.gatheredBytes) };
    this.flush();
    try {
      await this.stored;
      if (!this.discarded) await (this.upload ??= await this.files.create(this.path)).publish();
      if (this.discarded) throw await this.givenUp();
    } catch (error) {
      await this.discard();
      throw error;
    }
    return { ...this.identity, size: this.position, checksum: this.checksum };
  }

  /** Nobody needs it any more, and it may have been published just then. */
  private async givenUp(): Promise<FlinkError> {
    await this.files.remove(this.path).catch(() => {});
    return new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not write ${this.path}: it was given up on the way`);
  }

  async discard(): Promise<void> {
    this.discarded = true;
    this.gathered = [];
    await this.stored.catch(() => {});
    await this.upload?.discard();
  }

  private flush(): void {
    if (this.gatheredBytes === 0) return;
    const bytes = joined(this.gathered, this.gatheredBytes);
    this.gathered = [];
    this.gatheredBytes = 0;
    this.stored = this.stored.then(() => this.append(bytes));
    // Heard by `finish`; until then nobody waits for it.
    this.stored.catch(() => {});
  }

  private async append(bytes: Uint8Array): Promise<void> {
    if (this.discarded) return;
    this.upload ??= await this.files.create(this.path);
    await this.upload.append(bytes);
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1 && parts[0]!.length === parts[0]!.buffer.byteLength) return parts[0]!;
  // Not from Buffer's pool: it travels between threads alone.
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
