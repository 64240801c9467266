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
import { isS3Path } from '../../s3/s3-location.js';
import type { OpenPartState } from './bucket.js';
import { type BucketAssigner, DateTimeBucketAssigner } from './bucket-assigner.js';
import { type Compaction, CompactFiles } from './compact-files.js';
import type { FileCompactStrategy } from './file-compact-strategy.js';
import type { FileCompactor } from './file-compactors.js';
import { FileSinkWriter } from './file-sink-writer.js';
import { type BulkWriterFactory, type Encoder, type PartFormat, SimpleStringEncoder } from './part-formats.js';
import type { PendingFile } from './part-files.js';
import { CheckpointRollingPolicy, DefaultRollingPolicy, OnCheckpointRollingPolicy, type RollingPolicy } from './rolling-policy.js';
import { committerIn, partFilesIn, sinkFolder } from './sink-folder.js';

/** As much as the sink needs of the stream of what its writers have finished. */
interface FinishedFiles<STREAM> {
  global(): STREAM;
  process(fn: CompactFiles): STREAM & { setParallelism(parallelism: number): unknown; setMaxParallelism(maxParallelism: number): unknown; name(name: string): unknown; uid(uid: string): unknown };
}

export interface FileSinkSettings<T> {
  readonly folder: string;
  readonly format: PartFormat<T>;
  readonly bucketAssigner: BucketAssigner<T>;
  readonly rollingPolicy: RollingPolicy<T>;
  readonly bucketCheckMs: number;
  readonly partPrefix: string;
  readonly partSuffix: string;
  /** Undefined: files are committed as they are. `'off'`: those that still wait are, too. */
  readonly compaction: Compaction | 'off' | undefined;
}

export class FileSink<T> implements Sink<T, PendingFile, OpenPartState> {
  /** Puts small files together before they are committed; only with `enableCompact` or `disableCompact`. */
  readonly addPreCommitTopology?: <STREAM extends FinishedFiles<STREAM>>(written: STREAM) => STREAM;

  /** Use the builders: `FileSink.forRowFormat(…)`, `FileSink.forBulkFormat(…)`. */
  constructor(private readonly settings: FileSinkSettings<T>) {
    const { folder, compaction } = settings;
    if (compaction === undefined) return;
    this.addPreCommitTopology = (written) => {
      const compacted = written.global().process(new CompactFiles(folder, compaction === 'off' ? undefined : compaction));
      compacted.setParallelism(1);
      compacted.setMaxParallelism(1);
      compacted.name('Compactor');
      // Several sinks of a job may have no uid.
      compacted.uid(`compactor of ${folder}`);
      return compacted;
    };
  }

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
      folder: sinkFolder(path), format, rollingPolicy, bucketAssigner: new DateTimeBucketAssigner<T>(), bucketCheckMs: 60_000, partPrefix: 'part', partSuffix: '', compaction: undefined,
    };
  }

  /** Which folder an element belongs to. Default: one an hour, by the clock. */
  withBucketAssigner(assigner: BucketAssigner<T>): this {
    return this.with({ bucketAssigner: assigner });
  }

  /** When a part file is closed. Default: by size and time (row formats), at every checkpoint (bulk formats). */
  withRollingPolicy(policy: RollingPolicy<T>): this {
    if (this.settings.format.kind === 'bulk' && !(policy instanceof CheckpointRollingPolicy)) {
      throw new FlinkError('INVALID_ARGUMENT', 'a bulk format is rolled at every checkpoint, for a file of it cannot go on after a restart', { hint: 'Use OnCheckpointRollingPolicy, or a class that extends CheckpointRollingPolicy.' });
    }
    return this.with({ rollingPolicy: policy });
  }

  /** How often the policy is asked by the clock. Default: every minute. */
  withBucketCheckInterval(interval: DurationLike): this {
    return this.with({ bucketCheckMs: toMillis(interval) });
  }

  /** What part files are called: `<prefix>-<id>-<n><suffix>`. Default: `part`, and no suffix. Takes an `OutputFileConfig`, too. */
  withOutputFileConfig({ partPrefix = this.settings.partPrefix, partSuffix = this.settings.partSuffix }: { readonly partPrefix?: string; readonly partSuffix?: string }): this {
    for (const part of [partPrefix, partSuffix]) {
      if (/[/\\]/.test(part) || part.startsWith('.') && part === partPrefix) throw new FlinkError('INVALID_ARGUMENT', `"${part}" cannot be part of a visible file's name`);
    }
    return this.with({ partPrefix, partSuffix });
  }

  /**
   * Small files of a bucket are put together before anyone sees them; the files are called `compacted-…`. Until then they wait,
   * unseen. Default: they are not. Only for folders on this machine. Once a job has run with it, switch it off with `disableCompact`.
   */
  enableCompact(strategy: FileCompactStrategy, compactor: FileCompactor): this {
    if (isS3Path(this.settings.folder)) throw new FlinkError('INVALID_ARGUMENT', 'files in S3 are not put together', { hint: 'Let the rolling policy make larger ones: parts of an upload need not fit into memory.' });
    return this.with({ compaction: { strategy, compactor } });
  }

  /** Files are not put together any more; those that wait in the snapshot that the job goes on from are committed as they are. */
  disableCompact(): this {
    return this.with({ compaction: 'off' });
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
