/**
 * How elements become the bytes of a part file: one by one (row formats), or as a file that is whole only when it is
 * finished (bulk formats).
 */
import { formatValue } from '../format-value.js';

/** Bytes of one element (Flink: `Encoder`). Text is written as UTF-8. */
export interface Encoder<T> {
  encode(element: T): string | Uint8Array;
}

/** A line for each element, as `print` shows it (Flink: `SimpleStringEncoder`). */
export class SimpleStringEncoder<T = unknown> implements Encoder<T> {
  encode(element: T): string {
    return `${formatValue(element)}\n`;
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
