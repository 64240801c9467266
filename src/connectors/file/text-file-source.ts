/**
 * Lines of text files (Flink: `readTextFile`, `FileSource` with `TextLineInputFormat`).
 *
 * The enumerator finds the files and cuts large ones into byte ranges; readers pull ranges as they get free, so one
 * large file is read by all of them and many small ones are shared out.
 */
import { systemClock, type Clock } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import { formatDuration, toMillis, type DurationLike } from '../../core/time.js';
import type { Boundedness, Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import { charsetOf, type Charset } from './charset.js';
import { cutSplits, splitSize } from './cut-splits.js';
import { delimiterBytes } from './delimited-blocks.js';
import { type FileSplit, WHOLE } from './file-split.js';
import { findFiles, type FoundFile } from './find-files.js';
import { TextFileReader } from './text-file-reader.js';
import { WatchedFiles, type WatchedFilesCheckpoint } from './watched-files.js';

export interface TextFileOptions {
  /** Name of the charset. Default: `utf-8`. A byte order mark at the start of a Unicode file is dropped. */
  readonly charset?: string;
  /** Whether folders in a folder are read too (Flink: `recursive.file.enumeration`). Default: false. */
  readonly recursive?: boolean;
  /** Size of the pieces into which large files are cut, in bytes. Default: by size and parallelism. */
  readonly splitSize?: number;
  /**
   * Goes on looking for files after the first, so often (Flink: `monitorContinuously`): each file that appears is read
   * once, by its path, as it stands then. The source never ends. Default: it reads what there is at the start.
   */
  readonly monitorInterval?: DurationLike;
  /** With `monitorInterval`: a file that has been written to since it was found is read again, as a whole. Default: false. */
  readonly rereadModified?: boolean;
  /** The order in which files are read: that of their names, or the one written to first first. Default: `names`. */
  readonly order?: 'names' | 'modification';
  /** What ends a record, instead of a line feed; files are not cut into pieces then. */
  readonly delimiter?: string;
  /** What is passed over in a folder, or of what a pattern matches, by its path (Flink: `FilePathFilter`). Default: nothing but hidden names. */
  readonly skip?: (path: string) => boolean;
}

/**
 * A source of lines from one path or several: a file, a folder (its files in the order of their names, but not those that
 * begin with `.` or `_`), a pattern such as `logs/*.txt`, a `file:` URL, an address in S3 (`s3://bucket/logs/*.txt`),
 * or `-` for standard input, which one subtask reads and which cannot be read again after a failure. `.gz` and `.deflate` files are unpacked.
 *
 * Lines end with `\n` or `\r\n`, which are not part of them; the last line needs no end. Order is kept within a file
 * that one subtask reads whole. Something that cannot be read fails the job with `INPUT_UNREADABLE` before any reading.
 */
export class TextFileSource implements Source<string, FileSplit, TextFilesCheckpoint> {
  /** Standard input counts as bounded: it is a pipe that ends, and batch mode waits for its end. */
  readonly boundedness: Boundedness;
  readonly givesTimestamps = false;
  readonly emitsPerSplit = true;
  readonly parallel: boolean;
  readonly replays: boolean;
  private readonly paths: readonly string[];
  private readonly charset: Charset;
  private readonly delimiter: Buffer | undefined;
  private readonly intervalMs: number | undefined;

  /** Throws `INVALID_ARGUMENT` for an interval that is not positive, or one for standard input. */
  constructor(
    path: string | readonly string[],
    private readonly options: TextFileOptions = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.paths = typeof path === 'string' ? [path] : path;
    this.charset = charsetOf(options.charset ?? 'utf-8');
    if (options.delimiter !== undefined && options.delimiter !== '\n') this.delimiter = delimiterBytes(options.delimiter, options.charset ?? 'utf-8');
    this.parallel = !this.paths.includes('-');
    this.replays = this.parallel;
    this.intervalMs = options.monitorInterval === undefined ? undefined : toMillis(options.monitorInterval);
    this.boundedness = this.intervalMs === undefined ? 'BOUNDED' : 'CONTINUOUS_UNBOUNDED';
    if (this.intervalMs === undefined) return;
    if (!(this.intervalMs > 0)) throw new FlinkError('INVALID_ARGUMENT', `files are looked for at an interval of more than 0; ${formatDuration(this.intervalMs)} came`);
    if (!this.parallel) throw new FlinkError('INVALID_ARGUMENT', 'standard input cannot be watched for files', { hint: 'Give a folder or a pattern.' });
  }

  createReader(context: SourceReaderContext<FileSplit>): SourceReader<string, FileSplit> {
    return new TextFileReader(context, this.charset, this.delimiter);
  }

  createEnumerator(context: SplitEnumeratorContext<FileSplit>): SplitEnumerator<FileSplit, TextFilesCheckpoint> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<FileSplit>, checkpoint: TextFilesCheckpoint): SplitEnumerator<FileSplit, TextFilesCheckpoint> {
    const { intervalMs } = this;
    if (intervalMs !== undefined) return this.watching(context, watchedBefore(checkpoint), intervalMs);
    let size = this.givenSize() ?? 0;
    return new SplitQueue(context, {
      checkpoint: checkpoint && 'known' in checkpoint ? checkpoint.pending : checkpoint,
      find: async () => {
        const files = await this.find(false, context.fileSystems);
        size ||= splitSize(files, context.currentParallelism());
        return cutSplits(files, size, this.charset.unit);
      },
      // Many small files travel together.
      share: { weigh: (split) => split.end - split.start, limit: () => size },
    });
  }

  private watching(context: SplitEnumeratorContext<FileSplit>, checkpoint: WatchedFilesCheckpoint | null, intervalMs: number): WatchedFiles {
    let size = this.givenSize() ?? 0;
    return new WatchedFiles(context, {
      rereads: this.options.rereadModified ?? false,
      intervalMs,
      clock: this.clock,
      find: () => this.find(true, context.fileSystems),
      cut: (files) => {
        size = this.givenSize() ?? splitSize(files, context.currentParallelism());
        return cutSplits(files, size, this.charset.unit);
      },
      share: () => size,
    }, checkpoint);
  }

  private givenSize(): number | undefined {
    return this.delimiter ? WHOLE : this.options.splitSize;
  }

  /** Each file once, in the order of the paths, or of their modification. */
  private async find(maybeNone: boolean, fileSystems: Configuration | undefined): Promise<FoundFile[]> {
    const found = new Map<string, FoundFile>();
    for (const path of this.paths) {
      for (const file of await findFiles(path, { recursive: this.options.recursive ?? false, maybeNone, fileSystems, skip: this.options.skip })) if (!found.has(file.path)) found.set(file.path, file);
    }
    const files = [...found.values()];
    return this.options.order === 'modification' ? files.sort(byModification) : files;
  }
}

/** To the millisecond: files that were written together come in the order of their names. */
function byModification(a: FoundFile, b: FoundFile): number {
  return Math.floor(a.modified) - Math.floor(b.modified) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

type TextFilesCheckpoint = SplitQueueCheckpoint<FileSplit> | WatchedFilesCheckpoint;

function watchedBefore(checkpoint: TextFilesCheckpoint): WatchedFilesCheckpoint | null {
  if (checkpoint === null || 'known' in checkpoint) return checkpoint;
  throw new FlinkError('STATE_INCOMPATIBLE', 'the snapshot is of a source that read the files there were and did not watch for more: which ones it has read is not in it', {
    hint: 'Give the watching source another uid, and a folder of new files.',
  });
}
