/**
 * Text files under the names of Flink's file connector: `FileSource` with its builder and formats, and what
 * `env.readFile` takes (Flink: `FileSource`, `TextLineInputFormat`, `TextInputFormat`, `FileProcessingMode`).
 */
import { FlinkError } from '../../core/errors.js';
import type { DurationLike } from '../../core/time.js';
import type { FilePathFilter } from './file-path-filter.js';
import { TextFileSource, type TextFileOptions } from './text-file-source.js';

/** The lines of a text, as records (Flink: `TextLineInputFormat`). */
export class TextLineInputFormat {
  /** @param charset `utf-8` by default. */
  constructor(readonly charset = 'utf-8') {}
}

/** What `env.readFile` reads: the lines of a file (Flink: `TextInputFormat`). */
export class TextInputFormat extends TextLineInputFormat {
  private nested = false;
  private delimiter = '\n';
  private charsetName: string;
  private filter: FilePathFilter | undefined;

  /** @param path what `readFile` reads unless it is given another. */
  constructor(readonly path?: string, charset?: string) {
    super(charset);
    this.charsetName = this.charset;
  }

  /** What ends a record. Default: a line feed, and a carriage return before it is dropped. */
  setDelimiter(delimiter: string): void {
    this.delimiter = delimiter;
  }

  getDelimiter(): string {
    return this.delimiter;
  }

  setCharsetName(charset: string): void {
    this.charsetName = charset;
  }

  getCharsetName(): string {
    return this.charsetName;
  }

  /** Files, and folders in folders, that are passed over beside hidden ones. Default: none. */
  setFilesFilter(filter: FilePathFilter): void {
    if (typeof filter !== 'object' || filter === null || typeof filter.filterPath !== 'function') throw new FlinkError('INVALID_ARGUMENT', 'setFilesFilter takes an object with filterPath(path)');
    this.filter = filter;
  }

  /** What the source is told. */
  options(): TextFileOptions {
    const { filter } = this;
    return { charset: this.charsetName, recursive: this.nested, delimiter: this.delimiter, ...(filter && { skip: (path) => filter.filterPath(path) }) };
  }

  /** Whether folders in a folder are read too. Default: false. */
  setNestedFileEnumeration(nested: boolean): void {
    this.nested = nested;
  }

  getNestedFileEnumeration(): boolean {
    return this.nested;
  }
}

/** Whether a source ends with the files that it finds (Flink: `FileProcessingMode`). */
export const FileProcessingMode = {
  /** It reads what there is and ends. */
  PROCESS_ONCE: 'PROCESS_ONCE',
  /** It goes on looking for files. */
  PROCESS_CONTINUOUSLY: 'PROCESS_CONTINUOUSLY',
} as const;
export type FileProcessingMode = (typeof FileProcessingMode)[keyof typeof FileProcessingMode];

/** `FileSource.forRecordStreamFormat(new TextLineInputFormat(), 'in/').monitorContinuously('1 s').build()`. */
export class FileSource extends TextFileSource {
  /** @param paths files, folders or patterns, at least one; else `INVALID_ARGUMENT`. */
  static forRecordStreamFormat(format: TextLineInputFormat, ...paths: string[]): FileSourceBuilder {
    if (!(format instanceof TextLineInputFormat)) {
      throw new FlinkError('INVALID_ARGUMENT', `FileSource takes a TextLineInputFormat; ${typeof format} came`, { hint: 'For other formats map the lines, or use createInput(…).' });
    }
    if (paths.length === 0 || paths.some((path) => typeof path !== 'string' || path === '')) throw new FlinkError('INVALID_ARGUMENT', 'FileSource takes at least one path, each a string that is not empty');
    return new FileSourceBuilder(paths, { charset: format.charset, recursive: true });
  }
}

/** Folders are read with all that is below them, as Flink's `FileSource` does. */
export class FileSourceBuilder {
  constructor(private readonly paths: readonly string[], private readonly options: TextFileOptions) {}

  /** Goes on looking for files, so often; each that appears is read once, and the source never ends. */
  monitorContinuously(interval: DurationLike): FileSourceBuilder {
    return new FileSourceBuilder(this.paths, { ...this.options, monitorInterval: interval });
  }

  /** Reads what there is at the start and ends: the default. */
  processStaticFileSet(): FileSourceBuilder {
    const { monitorInterval: _, ...others } = this.options;
    return new FileSourceBuilder(this.paths, others);
  }

  /** Throws `INVALID_ARGUMENT` for an interval that is not positive. */
  build(): FileSource {
    return new FileSource(this.paths, this.options);
  }
}
