/**
 * How values become bytes and back (Flink: `SerializationSchema`, `SimpleStringSchema`).
 */
import { type Charset, charsetOf } from './file/charset.js';
import { type TextEncoding, textEncodingOf } from './file/encode-text.js';

export interface SerializationSchema<T> {
  /** Text is written as UTF-8. */
  serialize(element: T): string | Uint8Array;
}

/** Text as it is: no line ends are added. */
export class SimpleStringSchema implements SerializationSchema<string> {
  private readonly encoded: TextEncoding;
  private readonly charset: Charset;

  /** @throws FlinkError INVALID_ARGUMENT for a charset that cannot be written. */
  constructor(charset = 'utf-8') {
    this.encoded = textEncodingOf(charset);
    this.charset = charsetOf(charset);
  }

  serialize(element: string): string | Uint8Array {
    return this.encoded(element);
  }

  deserialize(message: Uint8Array): string {
    return this.charset.decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength), message.byteLength);
  }

  isEndOfStream(): boolean {
    return false;
  }
}
