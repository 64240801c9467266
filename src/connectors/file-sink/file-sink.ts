/**
 * Writes records into part files that become visible with the checkpoint that covers them: whoever reads the finished
 * files sees each record exactly once, whatever failed when (Flink: `FileSink`, `StreamingFileSink`).
 *
 * A part file is called `.part-<id>-<n>.inprogress` while it is written and until its checkpoint is complete, then
 * `part-<id>-<n>`. Files of attempts that failed may stay behind under their dotted names; nobody reads those.
 * In S3 a part is an upload, which is completed with its checkpoint and seen by nobody before.
 */
import { FlinkError } from '../../core/errors.js';
import { type DurationLike, toMillis } from '../../core/time.js';
import type { Committer, Sink, SinkWriterContext } from '../../operators/sink.js';
import type { OpenPartState } from './bucket.js';
import { type BucketAssigner, DateTimeBucketAssigner } from './bucket-assigner.js';
import { FileSinkWriter } from './file-sink-writer.js';
import { type BulkWriterFactory, type Encoder, type PartFormat, SimpleStringEncoder } from './part-formats.js';
import type { PendingFile } from './part-files.js';
import { DefaultRollingPolicy, OnCheckpointRollingPolicy, type RollingPolicy } from './rolling-policy.js';
import { committerIn, partFilesIn, sinkFolder } from './sink-folder.js';

export interface FileSinkSettings<T> {
  readonly folder: string;
  readonly format: PartFormat<T>;
  readonly bucketAssigner: BucketAssigner<T>;
  readonly rollingPolicy: RollingPolicy<T>;
  readonly bucketCheckMs: number;
  readonly partPrefix: string;
  readonly partSuffix: string;
}

export class FileSink<T> implements Sink<T, PendingFile, OpenPartState> {
  /** Use the builders: `FileSink.forRowFormat(…)`, `FileSink.forBulkFormat(…)`. */
  constructor(private readonly settings: FileSinkSettings<T>) {}

  /**
   * Elements one after the other, by default a line each.
   * @param path a folder, a `file:` URL of one, or an address in S3; made when it is missing.
   * @param encoder an `Encoder`, or a function that gives an element's text or bytes.
   */
  static forRowFormat<T>(path: string, encoder: Encoder<T> | ((element: T) => string | Uint8Array) = new SimpleStringEncoder<T>()): FileSinkBuilder<T> {
    const made = typeof encoder === 'function' ? { encode: encoder } : encoder;
    return new FileSinkBuilder<T>(path, { kind: 'row', encoder: made }, new DefaultRollingPolicy<T>());
  }

  /** Files that are whole only when they are finished: they are rolled at every checkpoint. */
  static forBulkFormat<T>(path: string, factory: BulkWriterFactory<T>): FileSinkBuilder<T> {
    return new FileSinkBuilder<T>(path, { kind: 'bulk', factory }, new OnCheckpointRollingPolicy<T>());
  }

  createWriter(context: SinkWriterContext): Promise<FileSinkWriter<T>> {
    return this.restoreWriter(context, []);
  }

  async restoreWriter(context: SinkWriterContext, states: readonly OpenPartState[]): Promise<FileSinkWriter<T>> {
    return new FileSinkWriter<T>(this.settings, await partFilesIn(this.settings.folder, context, states), context, states);
  }

  async createCommitter(context?: SinkWriterContext): Promise<Committer<PendingFile>> {
    return committerIn(this.settings.folder, context);
  }
}

export class FileSinkBuilder<T> {
  private settings: FileSinkSettings<T>;

  constructor(path: string, format: PartFormat<T>, rollingPolicy: RollingPolicy<T>) {
    this.settings = {
      folder: sinkFolder(path), format, rollingPolicy, bucketAssigner: new DateTimeBucketAssigner<T>(), bucketCheckMs: 60_000, partPrefix: 'part', partSuffix: '',
    };
  }

  /** Which folder an element belongs to. Default: one an hour, by the clock. */
  withBucketAssigner(assigner: BucketAssigner<T>): this {
    return this.with({ bucketAssigner: assigner });
  }

  /** When a part file is closed. Default: by size and time (row formats), at every checkpoint (bulk formats). */
  withRollingPolicy(policy: RollingPolicy<T>): this {
    if (this.settings.format.kind === 'bulk' && !(policy instanceof OnCheckpointRollingPolicy)) {
      throw new FlinkError('INVALID_ARGUMENT', 'a bulk format is rolled at every checkpoint, for a file of it cannot go on after a restart', { hint: 'Use OnCheckpointRollingPolicy, or a class that extends it.' });
    }
    return this.with({ rollingPolicy: policy });
  }

  /** How often the policy is asked by the clock. Default: every minute. */
  withBucketCheckInterval(interval: DurationLike): this {
    return this.with({ bucketCheckMs: toMillis(interval) });
  }

  /** What part files are called: `<prefix>-<id>-<n><suffix>`. Default: `part`, and no suffix. */
  withOutputFileConfig({ partPrefix = this.settings.partPrefix, partSuffix = this.settings.partSuffix }: { readonly partPrefix?: string; readonly partSuffix?: string }): this {
    for (const part of [partPrefix, partSuffix]) {
      if (/[/\\]/.test(part) || part.startsWith('.') && part === partPrefix) throw new FlinkError('INVALID_ARGUMENT', `"${part}" cannot be part of a visible file's name`);
    }
    return this.with({ partPrefix, partSuffix });
  }

  build(): FileSink<T> {
    return new FileSink<T>(this.settings);
  }

  private with(change: Partial<FileSinkSettings<T>>): this {
    this.settings = { ...this.settings, ...change };
    return this;
  }
}

/** Flink's earlier name of the same sink. */
export const StreamingFileSink = FileSink;
