/**
 * Writes each record as a line of a text file (Flink: `writeAsText`, `writeAsCsv`).
 *
 * With parallelism 1 the path names a file; with more it names a folder in which subtask n, counted from 1, writes the
 * file `n`. Missing folders are made.
 *
 * Invariants: lines reach the file whole and in order; what existed before is changed only with `OVERWRITE`. A folder gives
 * way to a file only when nothing is in it but what such a sink has written there; files of a former run with a higher
 * parallelism stay beside those of a folder.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Sink, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import { formatValue } from '../format-value.js';
import { LineBuffer } from '../line-buffer.js';
import { localPath } from './local-path.js';
import { unwritable } from './unwritable.js';

/** What to do with a file that exists (Flink: `FileSystem.WriteMode`). */
export type WriteMode = 'NO_OVERWRITE' | 'OVERWRITE';

export interface TextFileSinkOptions<T> {
  /** Default: `NO_OVERWRITE`, which fails with `OUTPUT_UNWRITABLE` when the file exists. */
  readonly writeMode?: WriteMode;
  /** The line of a record, without its end. Default: as `print` shows it. */
  readonly encode?: (value: T) => string;
  /** Default: a line feed. */
  readonly lineDelimiter?: string;
}

export class TextFileSink<T = unknown> implements Sink<T> {
  private readonly path: string;

  /** `path` is a path or a `file:` URL. Throws `OUTPUT_UNWRITABLE` for other URLs. */
  constructor(
    path: string,
    private readonly options: TextFileSinkOptions<T> = {},
  ) {
    this.path = localPath(path, 'OUTPUT_UNWRITABLE');
  }

  createWriter(context: SinkWriterContext): SinkWriter<T> {
    const { encode = formatValue, lineDelimiter = '\n' } = this.options;
    const { runtime } = context;
    const parallel = runtime.getNumberOfParallelSubtasks() > 1;
    const path = parallel ? join(this.path, String(runtime.getIndexOfThisSubtask() + 1)) : this.path;
    // A later attempt of this job replaces what the earlier one wrote.
    const overwrite = this.options.writeMode === 'OVERWRITE' || runtime.getAttemptNumber() > 0;
    makeFolder(dirname(resolve(path)), parallel && overwrite);
    if (!parallel && this.options.writeMode === 'OVERWRITE') removeParts(path);
    const descriptor = openFile(path, overwrite);
    const lines = new LineBuffer(context, (chunk) => writeAll(path, descriptor, chunk));
    return {
      write(value) {
        lines.add(encode(value) + lineDelimiter);
      },
      flush: () => lines.flush(),
      close() {
        lines.close();
        try {
          lines.flush();
        } finally {
          closeSync(descriptor);
        }
      },
    };
  }
}

/** Makes a folder and those above it. With `replace`, a file of that name gives way. */
function makeFolder(path: string, replace: boolean): void {
  try {
    if (replace && statSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path, { force: true });
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Removes a folder in which there is nothing but what subtasks have written. */
function removeParts(path: string): void {
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const entries = readdirSync(path, { withFileTypes: true });
    if (!entries.every((entry) => entry.isFile() && /^[1-9]\d*$/.test(entry.name))) return;
    for (const { name } of entries) rmSync(join(path, name), { force: true });
    rmdirSync(path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function openFile(path: string, overwrite: boolean): number {
  try {
    return openSync(path, overwrite ? 'w' : 'wx');
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function writeAll(path: string, descriptor: number, chunk: string): void {
  const bytes = Buffer.from(chunk, 'utf8');
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}
