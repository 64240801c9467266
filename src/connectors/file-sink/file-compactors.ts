/**
 * How several part files become one (Flink: `FileCompactor` and its kinds).
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { unwritable } from '../file/unwritable.js';
import type { PartOutput } from './part-formats.js';

/** Puts the content of part files, in their order, into one. */
export interface FileCompactor {
  /** @param paths whole files that nobody else writes; their order is that in which they were finished. */
  compact(paths: readonly string[], output: PartOutput): void;
}

const CHUNK_BYTES = 256 * 1024;

/** One file behind the other (Flink: `ConcatFileCompactor`): for formats that bear it, such as a line for each record. */
export class ConcatFileCompactor implements FileCompactor {
  private readonly delimiter: Uint8Array;

  /** @param delimiter between two files. Default: nothing. */
  constructor(delimiter: string | Uint8Array = '') {
    this.delimiter = Buffer.from(delimiter as string);
  }

  compact(paths: readonly string[], output: PartOutput): void {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (const [at, path] of paths.entries()) {
      if (at > 0 && this.delimiter.length > 0) output.write(this.delimiter);
      for (const bytes of chunksOf(path, chunk)) output.write(bytes);
    }
  }
}

/** Record by record (Flink: `RecordWiseFileCompactor`): for formats whose files cannot stand one behind the other. */
export class RecordWiseFileCompactor<T> implements FileCompactor {
  /**
   * @param read gives the records of a file.
   * @param write begins a file: is called with the output, and answers what takes the records and finishes the file.
   */
  constructor(private readonly read: (path: string) => Iterable<T>, private readonly write: (output: PartOutput) => { addElement(element: T): void; finish(): void }) {}

  compact(paths: readonly string[], output: PartOutput): void {
    const writer = this.write(output);
    for (const path of paths) for (const element of this.read(path)) writer.addElement(element);
    writer.finish();
  }
}

function* chunksOf(path: string, chunk: Buffer): Generator<Uint8Array> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) yield chunk.subarray(0, read);
  } catch (cause) {
    throw unwritable(path, cause);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
