/**
 * Generates the function that makes records of one format from columns: one literal per record, for example
 *
 *   values[i] = { "word": text.substring(p, p += i32[c0 + i]), "count": i32[c1 + i] };
 *
 * so that all records share a hidden class and a record costs little more than creating it.
 *
 * Invariant: a literal's fields are evaluated in order, which is the order in which their strings lie in the text.
 */
import type { ByteViews } from '../../core/serialization/byte-views.js';
import { columnStarts } from './column-encoder.js';
import { hasEscapes } from './column-schema.js';
import type { ColumnSchema } from './column-schema.js';
import { countColumns } from './column-layout.js';
import type { ColumnFormat, FrameLayout } from './column-layout.js';
import { objectLiteral } from '../../core/serialization/object-literal.js';
import type { ValueDecoder } from '../../core/serialization/value-decoder.js';

/** Fills `values[0..rows)`. */
export type DecodeColumns = (values: unknown[], rows: number, stride: number, views: ByteViews, layout: FrameLayout, escaped: ValueDecoder) => void;

export function compileDecoder(format: ColumnFormat): DecodeColumns {
  return new Function(`return ${new DecoderSource(format).text}`)() as DecodeColumns;
}

class DecoderSource {
  readonly text: string;
  readonly #numbers: string;
  readonly #cursor: string;
  #numbersSeen = 0;
  #doubles = 0;
  #integers = 0;
  #booleans = 0;

  constructor(format: ColumnFormat) {
    this.#numbers = format.numbers;
    // Escaped values move the decoder's own cursor, so then all do; else a local variable is faster.
    this.#cursor = hasEscapes(format.schema) ? 'escaped.textAt' : 'p';
    const value = this.#value(format.schema);
    const counts = countColumns(format);
    this.text = `(values, rows, stride, views, layout, escaped) => {
        const { u8, i32, f64 } = views;
        const text = escaped.text;
        ${columnStarts('d', 'layout.doubles', counts.doubles)}
        ${columnStarts('c', 'layout.integers', counts.integers)}
        ${columnStarts('b', 'layout.booleans', counts.booleans)}
        let p = 0;
        for (let i = 0; i < rows; i++) values[i] = ${value};
      };`;
  }

  /** The expression that makes the next value. */
  #value(schema: ColumnSchema): string {
    switch (schema.kind) {
      case 'number':
        return this.#numbers[this.#numbersSeen++] === 'd' ? `f64[d${this.#doubles++} + i]` : `i32[c${this.#integers++} + i]`;
      case 'string':
        return `text.substring(${this.#cursor}, ${this.#cursor} += i32[c${this.#integers++} + i])`;
      case 'boolean':
        return `u8[b${this.#booleans++} + i] === 1`;
      case 'null':
      case 'undefined':
        return schema.kind;
      case 'escaped':
        return 'escaped.read()';
      case 'object':
        return `(${objectLiteral(schema.keys, (i) => this.#value(schema.fields[i]!))})`;
      case 'tuple':
        return `[${schema.elements.map((element) => this.#value(element)).join(', ')}]`;
    }
  }
}
