/**
 * Lines of text files (Flink: `readTextFile`, `FileSource` with `TextLineInputFormat`).
 *
 * The enumerator finds the files and cuts large ones into byte ranges; readers pull ranges as they get free, so one
 * large file is read by all of them and many small ones are shared out.
 */
import type { Boundedness, Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import { charsetOf, type Charset } from './charset.js';
import { cutSplits, splitSize } from './cut-splits.js';
import type { FileSplit } from './file-split.js';
import { findFiles } from './find-files.js';
import { TextFileReader } from './text-file-reader.js';

export interface TextFileOptions {
  /** Name of the charset. Default: `utf-8`. A byte order mark at the start of a Unicode file is dropped. */
  readonly charset?: string;
  /** Whether folders in a folder are read too (Flink: `recursive.file.enumeration`). Default: false. */
  readonly recursive?: boolean;
  /** Size of the pieces into which large files are cut, in bytes. Default: by size and parallelism. */
  readonly splitSize?: number;
}

/**
 * A source of lines from `path`: a file, a folder (its files in the order of their names, but not those that begin
 * with `.` or `_`), a pattern such as `logs/*.txt`, a `file:` URL, or `-` for standard input, which one subtask reads
 * and which cannot be read again after a failure. `.gz` and `.deflate` files are unpacked.
 *
 * Lines end with `\n` or `\r\n`, which are not part of them; the last line needs no end. Order is kept within a file
 * that one subtask reads whole. Something that cannot be read fails the job with `INPUT_UNREADABLE` before any reading.
 */
export class TextFileSource implements Source<string, FileSplit, SplitQueueCheckpoint<FileSplit>> {
  /** Standard input counts as bounded: it is a pipe that ends, and batch mode waits for its end. */
  readonly boundedness: Boundedness = 'BOUNDED';
  readonly givesTimestamps = false;
  readonly parallel: boolean;
  private readonly charset: Charset;

  constructor(
    readonly path: string,
    private readonly options: TextFileOptions = {},
  ) {
    this.charset = charsetOf(options.charset ?? 'utf-8');
    this.parallel = path !== '-';
  }

  createReader(context: SourceReaderContext<FileSplit>): SourceReader<string, FileSplit> {
    return new TextFileReader(context, this.charset);
  }

  createEnumerator(context: SplitEnumeratorContext<FileSplit>): SplitQueue<FileSplit> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<FileSplit>, checkpoint: SplitQueueCheckpoint<FileSplit>): SplitQueue<FileSplit> {
    let size = this.options.splitSize ?? 0;
    return new SplitQueue(context, {
      checkpoint,
      find: async () => {
        const files = await findFiles(this.path, this.options.recursive ?? false);
        size ||= splitSize(files, context.currentParallelism());
        return cutSplits(files, size, this.charset.unit);
      },
      // Many small files travel together.
      share: { weigh: (split) => split.end - split.start, limit: () => size },
    });
  }
}
