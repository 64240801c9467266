/**
 * Generates the function that writes records of one format into columns. Its source is what one would write by
 * hand for that kind of record: check that the record fits, then store each field, for example
 *
 *   for (; i < to; i++) {
 *     const v0 = values[i];
 *     if (typeof v0 !== 'object' || v0 === null) break;
 *     const v1 = v0["word"], v2 = v0["count"];
 *     if (getPrototypeOf(v0) !== objectPrototype) break;
 *     let n0 = 0; for (const key in v0) if (key !== keys0[n0++]) break rows;
 *     if (n0 !== 2) break;
 *     if (typeof v1 !== 'string') break;
 *     if (typeof v2 !== 'number') break;
 *     if ((v2 | 0) !== v2 || (v2 === 0 && 1 / v2 < 0)) return -1;
 *     text += v1; i32[c0 + at] = v1.length;
 *     i32[c1 + at] = v2;
 *   }
 *
 * Invariant: nothing of a record is stored before all of it has been checked, so the rows before a misfit are good.
 */
import type { ByteViews } from '../../core/serialization/byte-views.js';
import { hasEscapes } from './column-schema.js';
import type { ColumnSchema } from './column-schema.js';
import { countColumns } from './column-layout.js';
import type { ColumnFormat, FrameLayout } from './column-layout.js';
import type { ValueEncoder } from '../../core/serialization/value-encoder.js';

/**
 * Writes `values[from..to)` and returns how many rows it wrote before the first that does not fit (or before the
 * text got very long); `-1 - n` when the n-th number of the format must become a column of doubles.
 */
export type EncodeColumns = (values: readonly unknown[], from: number, to: number, views: ByteViews, layout: FrameLayout, values_: ValueEncoder) => number;

/** Characters after which a frame is closed: far below the longest string that V8 allows. */
const TEXT_LIMIT = 1 << 24;

/** The generated function, or undefined where generating code is not allowed. */
export function compileEncoder(format: ColumnFormat): EncodeColumns | undefined {
  const source = new EncoderSource(format);
  try {
    return (new Function('getPrototypeOf', 'objectPrototype', 'arrayPrototype', source.text) as (...deps: unknown[]) => EncodeColumns)(
      Object.getPrototypeOf,
      Object.prototype,
      Array.prototype,
    );
  } catch {
    return undefined;
  }
}

class EncoderSource {
  readonly text: string;
  readonly #numbers: string;
  readonly #textVariable: string;
  readonly #constants: string[] = [];
  readonly #checks: string[] = [];
  readonly #stores: string[] = [];
  #variables = 0;
  #numbersSeen = 0;
  #doubles = 0;
  #integers = 0;
  #booleans = 0;

  constructor(format: ColumnFormat) {
    this.#numbers = format.numbers;
    // Escaped values append to the encoder's text, so then all do; else a local variable is faster.
    this.#textVariable = hasEscapes(format.schema) ? 'escaped.text' : 'text';
    this.#node(format.schema, 'values[i]', undefined);
    const counts = countColumns(format);
    this.text = `
      ${this.#constants.join('\n')}
      return (values, from, to, views, layout, escaped) => {
        const { u8, i32, f64 } = views;
        const stride = to - from;
        ${columnStarts('d', 'layout.doubles', counts.doubles)}
        ${columnStarts('c', 'layout.integers', counts.integers)}
        ${columnStarts('b', 'layout.booleans', counts.booleans)}
        let text = '';
        let i = from;
        rows: for (; i < to; i++) {
          if (${this.#textVariable}.length > ${TEXT_LIMIT}) break;
          const at = i - from;
          ${this.#checks.join('\n')}
          ${this.#stores.join('\n')}
        }
        escaped.text += text;
        return i - from;
      };`;
  }

  #node(schema: ColumnSchema, expression: string, tuple: { variable: string; index: number } | undefined): void {
    const variable = `v${this.#variables++}`;
    this.#checks.push(`const ${variable} = ${expression};`);
    switch (schema.kind) {
      case 'number':
        this.#number(variable);
        return;
      case 'string':
        this.#checks.push(`if (typeof ${variable} !== 'string') break;`);
        this.#stores.push(`${this.#textVariable} += ${variable}; i32[c${this.#integers++} + at] = ${variable}.length;`);
        return;
      case 'boolean':
        this.#checks.push(`if (typeof ${variable} !== 'boolean') break;`);
        this.#stores.push(`u8[b${this.#booleans++} + at] = ${variable} ? 1 : 0;`);
        return;
      case 'null':
      case 'undefined':
        this.#checks.push(`if (${variable} !== ${schema.kind}) break;`);
        return;
      case 'escaped':
        if (tuple) this.#checks.push(`if (${variable} === undefined && !(${tuple.index} in ${tuple.variable})) break;`);
        this.#stores.push(`escaped.write(${variable});`);
        return;
      case 'object':
        this.#object(schema.keys, schema.fields, variable);
        return;
      case 'tuple':
        this.#checks.push(`if (typeof ${variable} !== 'object' || ${variable} === null || getPrototypeOf(${variable}) !== arrayPrototype || ${variable}.length !== ${schema.elements.length}) break;`);
        schema.elements.forEach((element, index) => this.#node(element, `${variable}[${index}]`, { variable, index }));
        return;
    }
  }

  #number(variable: string): void {
    this.#checks.push(`if (typeof ${variable} !== 'number') break;`);
    const number = this.#numbersSeen++;
    if (this.#numbers[number] === 'd') {
      this.#stores.push(`f64[d${this.#doubles++} + at] = ${variable};`);
    } else {
      this.#checks.push(`if ((${variable} | 0) !== ${variable} || (${variable} === 0 && 1 / ${variable} < 0)) return ${-1 - number};`);
      this.#stores.push(`i32[c${this.#integers++} + at] = ${variable};`);
    }
  }

  #object(keys: readonly string[], fields: readonly ColumnSchema[], variable: string): void {
    const shape = this.#constants.length;
    this.#constants.push(`const keys${shape} = ${JSON.stringify(keys)};`);
    this.#checks.push(
      `if (typeof ${variable} !== 'object' || ${variable} === null || getPrototypeOf(${variable}) !== objectPrototype) break;`,
      `let n${shape} = 0;`,
      `for (const key in ${variable}) if (key !== keys${shape}[n${shape}++]) break rows;`,
      `if (n${shape} !== ${keys.length}) break;`,
    );
    fields.forEach((field, i) => this.#node(field, `${variable}[${JSON.stringify(keys[i])}]`, undefined));
  }
}

/** `const d0 = start, d1 = start + stride, ...` */
export function columnStarts(name: string, start: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `const ${name}${i} = ${start} + ${i} * stride;`).join(' ');
}
