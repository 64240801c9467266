/**
 * The writer of a file sink in one subtask: sends each element to its bucket (Flink: `FileWriter`).
 */
import { isAbsolute, normalize } from 'node:path';
import type { ScheduledCall } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { randomHex } from '../../core/random.js';
import type { SinkContext, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import { Bucket, type BucketSettings, type OpenPartState } from './bucket.js';
import type { FileSinkSettings } from './file-sink.js';
import type { PartFiles, PendingFile } from './part-files.js';

/** Enough that no two attempts ever choose the same name. */
const UID_DIGITS = 16;

export class FileSinkWriter<T> implements SinkWriter<T, PendingFile, OpenPartState> {
  private readonly buckets = new Map<string, Bucket<T>>();
  private readonly bucketSettings: BucketSettings<T>;
  private check: ScheduledCall | undefined;
  private parts = 0;

  constructor(private readonly settings: FileSinkSettings<T>, files: PartFiles, private readonly context: SinkWriterContext, states: readonly OpenPartState[]) {
    const { format, rollingPolicy, partPrefix, partSuffix } = settings;
    const uid = randomHex(context.random, UID_DIGITS);
    const nextName = (): { pending: string; final: string } => {
      const final = `${partPrefix}-${uid}-${this.parts++}${partSuffix}`;
      return { final, pending: `.${final}.inprogress` };
    };
    this.bucketSettings = { files, format, rollingPolicy, nextName };
    for (const state of states) this.bucket(state.bucketId).restore(state, context.clock.now());
    this.scheduleCheck();
  }

  write(element: T, context: SinkContext): Promise<void> | undefined {
    const bucketId = this.settings.bucketAssigner.getBucketId(element, context);
    return (this.buckets.get(bucketId) ?? this.bucket(checked(bucketId))).write(element, context.currentProcessingTime());
  }

  flush(endOfInput: boolean): void {
    for (const bucket of this.buckets.values()) {
      if (endOfInput) bucket.roll();
      else bucket.flush();
    }
  }

  prepareCommit(): Promise<PendingFile[]> {
    return Promise.all([...this.buckets.values()].flatMap((bucket) => bucket.prepareCommit()));
  }

  snapshotState(): Promise<OpenPartState[]> {
    const states = [...this.buckets.values()].flatMap((bucket) => bucket.snapshotState() ?? []);
    for (const [id, bucket] of this.buckets) if (!bucket.active) this.buckets.delete(id);
    return Promise.all(states);
  }

  async close(): Promise<void> {
    this.check?.cancel();
    await Promise.all([...this.buckets.values()].map((bucket) => bucket.close()));
  }

  private bucket(bucketId: string): Bucket<T> {
    const known = this.buckets.get(bucketId);
    if (known) return known;
    const made = new Bucket<T>(bucketId, this.bucketSettings);
    this.buckets.set(bucketId, made);
    return made;
  }

  private scheduleCheck(): void {
    const { clock, mailbox } = this.context;
    this.check = clock.schedule(this.settings.bucketCheckMs, () => mailbox.execute(() => {
      for (const bucket of this.buckets.values()) bucket.timePassed(clock.now());
      this.scheduleCheck();
    }));
  }
}

/** A bucket lies inside the sink's folder. */
function checked(bucketId: unknown): string {
  const path = typeof bucketId === 'string' ? normalize(bucketId === '' ? '.' : bucketId) : '';
  if (path === '' || isAbsolute(path) || path === '..' || path.startsWith('../')) {
    throw new FlinkError('USER_FUNCTION', `a bucket assigner names a folder inside the sink's folder; ${JSON.stringify(bucketId)} came`, { hint: 'Return a relative path such as "2026-11-22", or "" for the folder itself.' });
  }
  return bucketId as string;
}
