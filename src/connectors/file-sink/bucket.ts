/**
 * One folder of a file sink in one subtask: the part file that is being written, and those that wait to be committed.
 *
 * Invariant: part files of a folder have names that no other subtask and no other attempt uses.
 */
import { join } from 'node:path';
import type { PendingFile } from './file-committer.js';
import { PartFile } from './part-file.js';
import type { BulkWriter, PartFormat } from './part-formats.js';
import type { PartFileInfo, RollingPolicy } from './rolling-policy.js';

/** A part file that goes on after a restart; paths are relative to the sink's folder. */
export interface OpenPartState {
  readonly bucketId: string;
  readonly pending: string;
  readonly final: string;
  /** Bytes. */
  readonly length: number;
  readonly creationTime: number;
}

export interface BucketSettings<T> {
  /** The sink's own. */
  readonly folder: string;
  readonly format: PartFormat<T>;
  readonly rollingPolicy: RollingPolicy<T>;
  /** Names the next part file: what it is called while it is written, and in the end. */
  readonly nextName: () => { readonly pending: string; readonly final: string };
}

interface OpenPart<T> {
  readonly file: PartFile;
  readonly pending: string;
  readonly final: string;
  readonly bulk: BulkWriter<T> | undefined;
  readonly creationTime: number;
  lastUpdateTime: number;
}

export class Bucket<T> {
  private part: OpenPart<T> | undefined;
  private finished: PendingFile[] = [];

  constructor(readonly bucketId: string, private readonly settings: BucketSettings<T>) {}

  get active(): boolean {
    return this.part !== undefined || this.finished.length > 0;
  }

  write(element: T, now: number): void {
    if (this.part && this.settings.rollingPolicy.shouldRollOnEvent(this.info(this.part), element)) this.roll();
    const part = (this.part ??= this.open(now));
    const { format } = this.settings;
    if (format.kind === 'bulk') {
      part.bulk!.addElement(element);
    } else {
      const encoded = format.encoder.encode(element);
      if (typeof encoded === 'string') part.file.writeText(encoded);
      else part.file.write(encoded);
    }
    part.lastUpdateTime = now;
  }

  /** Hands what is buffered to the file system. */
  flush(): void {
    this.part?.bulk?.flush?.();
    this.part?.file.flush();
  }

  timePassed(now: number): void {
    if (this.part && this.settings.rollingPolicy.shouldRollOnProcessingTime(this.info(this.part), now)) this.roll();
  }

  /** Closes the part file that is being written; it waits for the next checkpoint. */
  roll(): void {
    const { part } = this;
    if (!part) return;
    part.bulk?.finish();
    part.file.finish();
    this.part = undefined;
    this.finished.push({ pending: part.pending, final: part.final, size: part.file.size });
  }

  /** At a checkpoint: the files that it covers and that are whole. */
  prepareCommit(): PendingFile[] {
    const { format, rollingPolicy } = this.settings;
    if (this.part && (format.kind === 'bulk' || rollingPolicy.shouldRollOnCheckpoint(this.info(this.part)))) this.roll();
    const { finished } = this;
    this.finished = [];
    return finished;
  }

  /** After `prepareCommit`: the file that goes on. */
  snapshotState(): OpenPartState | undefined {
    const { part, bucketId } = this;
    if (!part) return undefined;
    part.file.persist();
    return { bucketId, pending: part.pending, final: part.final, length: part.file.size, creationTime: part.creationTime };
  }

  /** Goes on with a file of a snapshot; when one is open already, the other is closed, to be committed with the next checkpoint. */
  restore({ pending, final, length, creationTime }: OpenPartState, now: number): void {
    const file = PartFile.resume(join(this.settings.folder, pending), length);
    this.roll();
    this.part = { file, pending, final, bulk: undefined, creationTime, lastUpdateTime: now };
  }

  close(): void {
    this.part?.file.close();
  }

  private open(now: number): OpenPart<T> {
    const { folder, format, nextName } = this.settings;
    const names = nextName();
    const [pending, final] = [join(this.bucketId, names.pending), join(this.bucketId, names.final)];
    const file = PartFile.create(join(folder, pending));
    return { file, pending, final, bulk: format.kind === 'bulk' ? format.factory.create(file) : undefined, creationTime: now, lastUpdateTime: now };
  }

  private info({ creationTime, lastUpdateTime, file }: OpenPart<T>): PartFileInfo {
    return { bucketId: this.bucketId, creationTime, lastUpdateTime, size: file.size };
  }
}
