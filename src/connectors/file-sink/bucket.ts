/**
 * One folder of a file sink in one subtask: the part file that is being written, and those that wait to be committed.
 *
 * Invariants:
 * - Part files of a folder have names that no other subtask and no other attempt uses.
 * - On a machine's own files nothing here waits: only where writing does (S3) are there promises.
 */
import { join } from 'node:path';
import type { Part, PartCompletion, PartFiles, PartName, PendingFile, UnfinishedPart } from './part-files.js';
import type { BulkWriter, PartFormat } from './part-formats.js';
import type { PartFileInfo, RollingPolicy } from './rolling-policy.js';

/** A part file that goes on after a restart; paths are relative to the sink's folder. */
export interface OpenPartState extends UnfinishedPart {
  readonly bucketId: string;
  readonly creationTime: number;
}

export interface BucketSettings<T> {
  /** The sink's own. */
  readonly files: PartFiles;
  readonly format: PartFormat<T>;
  readonly rollingPolicy: RollingPolicy<T>;
  /** Names the next part file. */
  readonly nextName: () => PartName;
}

/** The part that is being written, as a policy may look at it: it is asked for every element. */
class OpenPart<T> implements PartFileInfo {
  constructor(
    readonly bucketId: string,
    readonly file: Part,
    private readonly name: PartName,
    readonly bulk: BulkWriter<T> | undefined,
    readonly creationTime: number,
    public lastUpdateTime: number,
  ) {}

  get pending(): string {
    return this.name.pending;
  }
  get final(): string {
    return this.name.final;
  }
  get size(): number {
    return this.file.size;
  }
  getBucketId(): string {
    return this.bucketId;
  }
  getCreationTime(): number {
    return this.creationTime;
  }
  getLastUpdateTime(): number {
    return this.lastUpdateTime;
  }
  getSize(): number {
    return this.file.size;
  }
}

/** A part file that is whole, or about to be. */
interface FinishedPart {
  readonly file: Part;
  readonly pending: PendingFile | Promise<PendingFile>;
}

export class Bucket<T> {
  private part: OpenPart<T> | undefined;
  private finished: FinishedPart[] = [];

  constructor(readonly bucketId: string, private readonly settings: BucketSettings<T>) {}

  get active(): boolean {
    return this.part !== undefined || this.finished.length > 0;
  }

  /** A promise when nothing more is to be written before it has settled. */
  write(element: T, now: number): Promise<void> | undefined {
    if (this.part && this.settings.rollingPolicy.shouldRollOnEvent(this.part, element)) this.roll();
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
    return part.file.backlog;
  }

  /** Hands what is buffered to the file system. */
  flush(): void {
    this.part?.bulk?.flush?.();
    this.part?.file.flush();
  }

  timePassed(now: number): void {
    if (this.part && this.settings.rollingPolicy.shouldRollOnProcessingTime(this.part, now)) this.roll();
  }

  /** Closes the part file that is being written; it waits for the next checkpoint. */
  roll(): void {
    const { part } = this;
    if (!part) return;
    part.bulk?.finish();
    const completion = part.file.finish();
    this.part = undefined;
    const pending = (done: PartCompletion): PendingFile => ({ pending: part.pending, final: part.final, size: part.file.size, ...done });
    const waiting = completion instanceof Promise ? completion.then(pending) : pending(completion);
    // Heard by `prepareCommit`; until then nobody waits for it.
    if (waiting instanceof Promise) waiting.catch(() => {});
    this.finished.push({ file: part.file, pending: waiting });
  }

  /** At a checkpoint: the files that it covers and that are whole. */
  prepareCommit(): (PendingFile | Promise<PendingFile>)[] {
    const { format, rollingPolicy } = this.settings;
    if (this.part && (format.kind === 'bulk' || rollingPolicy.shouldRollOnCheckpoint(this.part))) this.roll();
    const { finished } = this;
    this.finished = [];
    return finished.map(({ pending }) => pending);
  }

  /** After `prepareCommit`: the file that goes on. */
  snapshotState(): OpenPartState | Promise<OpenPartState> | undefined {
    const { part, bucketId } = this;
    if (!part) return undefined;
    const { pending, final, creationTime, file } = part;
    const state = { bucketId, pending, final, creationTime };
    const progress = file.persist();
    return progress instanceof Promise ? progress.then((made) => ({ ...state, length: file.size, ...made })) : { ...state, length: file.size, ...progress };
  }

  /** Goes on with a file of a snapshot; when one is open already, the other is closed, to be committed with the next checkpoint. */
  restore(state: OpenPartState, now: number): void {
    const { pending, final, creationTime } = state;
    const file = this.settings.files.resume(state);
    this.roll();
    this.part = new OpenPart<T>(this.bucketId, file, { pending, final }, undefined, creationTime, now);
  }

  async close(): Promise<void> {
    await Promise.all([this.part?.file.close(), ...this.finished.map(({ file }) => file.close())]);
  }

  private open(now: number): OpenPart<T> {
    const { files, format, nextName } = this.settings;
    const names = nextName();
    const name = { pending: join(this.bucketId, names.pending), final: join(this.bucketId, names.final) };
    const file = files.create(name);
    return new OpenPart<T>(this.bucketId, file, name, format.kind === 'bulk' ? format.factory.create(file) : undefined, now, now);
  }
}
