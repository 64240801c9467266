/**
 * How elements become the bytes of a part file: one by one (row formats), or as a file that is whole only when it is
 * finished (bulk formats).
 */
import { type TextEncoding, textEncodingOf } from '../file/encode-text.js';
import { formatValue } from '../format-value.js';

/** Bytes of one element (Flink: `Encoder`). Text is written as UTF-8. */
export interface Encoder<T> {
  encode(element: T): string | Uint8Array;
}

/** A line for each element, as `print` shows it (Flink: `SimpleStringEncoder`). */
export class SimpleStringEncoder<T = unknown> implements Encoder<T> {
  private readonly encoded: TextEncoding;

  /** @param charset `utf-8` by default. @throws FlinkError INVALID_ARGUMENT when it is not known. */
  constructor(charset = 'utf-8') {
    this.encoded = textEncodingOf(charset);
  }

  encode(element: T): string | Uint8Array {
    return this.encoded(`${formatValue(element)}\n`);
  }
}

/** Takes the bytes of a part file. */
export interface PartOutput {
  write(bytes: Uint8Array): void;
}

/** Writes one part file of a bulk format (Flink: `BulkWriter`). */
export interface BulkWriter<T> {
  addElement(element: T): void;
  /** Hands over what is buffered, as far as the format allows. */
  flush?(): void;
  /** Writes what makes the file whole. Not called again after. */
  finish(): void;
}

/** Makes the writer of a part file (Flink: `BulkWriter.Factory`). */
export interface BulkWriterFactory<T> {
  create(output: PartOutput): BulkWriter<T>;
}

/** Both kinds, as the sink uses them. */
export type PartFormat<T> =
  | { readonly kind: 'row'; readonly encoder: Encoder<T> }
  /** Cannot go on after a restart, so it is closed at every checkpoint. */
  | { readonly kind: 'bulk'; readonly factory: BulkWriterFactory<T> };
