/**
 * Writes any value that may travel between threads: tags and numbers into bytes, the characters of all strings
 * into one text, which costs one native call a batch. It is exact where msgpackr is not (-0, holes, unpaired
 * surrogates, `__proto__` keys) and refuses in the same walk what cannot travel.
 *
 * Invariants: what does not travel without being refused is what structured clone drops as well: symbol keys,
 * fields that are not enumerable, accessors (their value travels), extra fields of arrays; and identity, except
 * inside one value that has cycles.
 */
import type { ClassRegistry } from './class-registry.js';
import { ObjectShape, ShapeTree } from './object-shapes.js';
import type { TextBytes } from './text-bytes.js';
import * as tag from './value-tags.js';

/** Thrown for a value that cannot travel; `unserializable.ts` finds out where it is. */
export const NOT_SERIALIZABLE = Symbol('not serializable');

/** Values nested deeper than this are taken to have cycles until proved otherwise. */
const PLAIN_DEPTH = 64;
const TOO_DEEP = Symbol('too deep for a value without cycles');

/** Most bytes that a token takes besides strings and binary data. */
const TOKEN_BYTES = 16;
const INITIAL_BYTES = 4096;
const MOST_BYTES_KEPT = 1 << 20;

const BINARY_KIND = new Map<object, number>(tag.BINARY_KINDS.map(({ prototype }, kind) => [prototype, kind]));
const ERROR_KIND = new Map<object, number>(tag.ERROR_CLASSES.map((error, kind) => [error.prototype as object, kind]));

export class ValueEncoder {
  /** Tokens of the batch, `length` bytes of them. */
  bytes: Buffer;
  length = 0;
  /** Characters of all strings of the batch in order, those of its columns included. */
  text = '';
  #view: DataView;
  readonly #initialBytes: number;
  readonly #classes: ClassRegistry;
  readonly #plain = new ShapeTree();
  readonly #nullPrototype = new ShapeTree();
  readonly #instances = new Map<string, ShapeTree>();
  #batch = 0;
  /** Shapes shown in this batch, by number. */
  readonly #shown: ObjectShape[] = [];
  #previous = new ObjectShape([]);
  #depth = 0;
  /** Numbers of the parts of a value with cycles. */
  #parts: Map<object, number> | undefined = undefined;

  /**
   * @param initialBytes memory to begin with: less for one of many that may stay small.
   * @param textBytes takes the characters in place of `text`: for batches of very many strings.
   */
  constructor(classes: ClassRegistry, initialBytes = INITIAL_BYTES, readonly textBytes?: TextBytes) {
    this.#classes = classes;
    this.#initialBytes = initialBytes;
    this.bytes = Buffer.from(new ArrayBuffer(initialBytes));
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Forgets the batch written last, and the memory that an uncommonly large one took. */
  begin(): void {
    if (this.bytes.length > MOST_BYTES_KEPT) this.#useBytes(this.#initialBytes);
    this.length = 0;
    this.text = '';
    this.textBytes?.clear();
    this.#batch++;
    this.#shown.length = 0;
  }

  /** Appends one value. Throws `NOT_SERIALIZABLE`, and then leaves half of it behind. */
  write(value: unknown): void {
    // Nothing of it can be nested.
    if (typeof value !== 'object') return this.#write(value);
    const { length, text } = this;
    const shown = this.#shown.length;
    const characters = this.textBytes?.characters ?? 0;
    try {
      this.#depth = 0;
      this.#write(value);
    } catch (error) {
      if (error !== TOO_DEEP) throw error;
      this.length = length;
      this.text = text;
      this.textBytes?.truncate(characters);
      for (const shape of this.#shown.splice(shown)) shape.batch = -1;
      this.#writeCyclic(value);
    }
  }

  #writeCyclic(value: unknown): void {
    this.#parts = new Map();
    try {
      this.#reserve(TOKEN_BYTES);
      this.bytes[this.length++] = tag.CYCLIC;
      this.#write(value);
    } finally {
      this.#parts = undefined;
    }
  }

  #write(value: unknown): void {
    if (this.length + TOKEN_BYTES > this.bytes.length) this.#reserve(TOKEN_BYTES);
    switch (typeof value) {
      case 'string':
        this.#writeString(value);
        return;
      case 'number':
        this.#writeNumber(value);
        return;
      case 'boolean':
        this.bytes[this.length++] = value ? tag.TRUE : tag.FALSE;
        return;
      case 'undefined':
        this.bytes[this.length++] = tag.UNDEFINED;
        return;
      case 'bigint':
        this.#writeBigint(value);
        return;
      case 'object':
        if (value === null) this.bytes[this.length++] = tag.NULL;
        else this.#writeObject(value);
        return;
      default:
        throw NOT_SERIALIZABLE;
    }
  }

  #writeString(value: string): void {
    if (value.length <= tag.SHORT_STRING_MAX) {
      this.bytes[this.length++] = tag.SHORT_STRING + value.length;
    } else {
      this.bytes[this.length++] = tag.STRING;
      this.#writeVarint(value.length);
    }
    if (this.textBytes === undefined) this.text += value;
    else this.textBytes.append(value);
  }

  #writeNumber(value: number): void {
    const whole = value | 0;
    if (whole === value && (whole !== 0 || 1 / value > 0)) {
      if (whole >= 0 && whole <= tag.SMALL_INT_MAX) {
        this.bytes[this.length++] = whole;
      } else {
        this.bytes[this.length] = tag.INT32;
        this.#view.setInt32(this.length + 1, whole, true);
        this.length += 5;
      }
    } else {
      this.bytes[this.length] = tag.DOUBLE;
      this.#view.setFloat64(this.length + 1, value, true);
      this.length += 9;
    }
  }

  #writeBigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.bytes[this.length] = tag.BIGINT64;
      this.#view.setBigInt64(this.length + 1, value, true);
      this.length += 9;
    } else {
      this.bytes[this.length++] = tag.BIGINT;
      this.#writeString(value.toString(16));
    }
  }

  /** A whole number from 0 to 2^32 - 1, seven bits a byte. */
  #writeVarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  #writeObject(value: object): void {
    if (this.#parts === undefined) {
      if (this.#depth === PLAIN_DEPTH) throw TOO_DEEP;
    } else {
      const part = this.#parts.get(value);
      if (part !== undefined) {
        this.bytes[this.length++] = tag.REFERENCE;
        this.#writeVarint(part);
        return;
      }
      this.#parts.set(value, this.#parts.size);
    }
    this.#depth++;
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype) this.#writeFields(value, tag.PLAIN_SHAPE, this.#plain, '');
    else if (prototype === Array.prototype) this.#writeArray(value as unknown[]);
    else if (prototype === null) this.#writeFields(value, tag.NULL_PROTOTYPE_SHAPE, this.#nullPrototype, '');
    else this.#writeBuiltIn(value, prototype);
    this.#depth--;
  }

  #writeFields(value: object, kind: number, tree: ShapeTree, className: string): void {
    const guess = this.#previous.following;
    let shape: ObjectShape | undefined;
    if (kind === tag.PLAIN_SHAPE && guess !== undefined && guess.fits(value)) {
      shape = guess;
    } else {
      shape = tree.find(Object.keys(value));
      if (shape === undefined && kind === tag.PLAIN_SHAPE) {
        this.#writeDictionary(value);
        return;
      }
      shape ??= new ObjectShape(Object.keys(value));
      if (kind === tag.PLAIN_SHAPE) this.#previous.following = shape;
    }
    if (kind === tag.PLAIN_SHAPE) this.#previous = shape;
    if (shape.batch === this.#batch) {
      this.bytes[this.length++] = tag.OBJECT;
      this.#writeVarint(shape.number);
    } else {
      this.#showShape(shape, kind, className);
    }
    const fields = value as Record<string, unknown>;
    const keys = shape.keys;
    for (let i = 0; i < keys.length; i++) this.#write(fields[keys[i]!]);
  }

  #showShape(shape: ObjectShape, kind: number, className: string): void {
    shape.batch = this.#batch;
    shape.number = this.#shown.push(shape) - 1;
    this.bytes[this.length++] = tag.NEW_SHAPE;
    this.bytes[this.length++] = kind;
    if (kind === tag.INSTANCE_SHAPE) this.#write(className);
    this.#reserve(TOKEN_BYTES);
    this.#writeVarint(shape.keys.length);
    for (const key of shape.keys) this.#write(key);
  }

  #writeDictionary(value: object): void {
    const entries = Object.entries(value);
    this.#reserve(TOKEN_BYTES);
    this.bytes[this.length++] = tag.DICTIONARY;
    this.#writeVarint(entries.length);
    for (const [key, field] of entries) {
      this.#write(key);
      this.#write(field);
    }
  }

  #writeArray(value: unknown[]): void {
    for (let i = 0; i < value.length; i++) {
      if (value[i] === undefined && !(i in value)) {
        this.#writeSparseArray(value);
        return;
      }
    }
    this.bytes[this.length++] = tag.ARRAY;
    this.#writeVarint(value.length);
    for (let i = 0; i < value.length; i++) this.#write(value[i]);
  }

  #writeSparseArray(value: unknown[]): void {
    const indices = Object.keys(value).filter((key) => String(Number(key) >>> 0) === key && Number(key) < value.length);
    this.bytes[this.length++] = tag.SPARSE_ARRAY;
    this.#writeVarint(value.length);
    this.#writeVarint(indices.length);
    for (const index of indices) {
      this.#write(Number(index));
      this.#write(value[Number(index)]);
    }
  }

  #writeBuiltIn(value: object, prototype: object): void {
    if (prototype === Date.prototype) {
      this.bytes[this.length] = tag.DATE;
      this.#view.setFloat64(this.length + 1, (value as Date).getTime(), true);
      this.length += 9;
    } else if (prototype === Map.prototype) {
      this.bytes[this.length++] = tag.MAP;
      this.#writeVarint((value as Map<unknown, unknown>).size);
      for (const [key, entry] of value as Map<unknown, unknown>) {
        this.#write(key);
        this.#write(entry);
      }
    } else if (prototype === Set.prototype) {
      this.bytes[this.length++] = tag.SET;
      this.#writeVarint((value as Set<unknown>).size);
      for (const element of value as Set<unknown>) this.#write(element);
    } else if (prototype === RegExp.prototype) {
      const { source, flags, lastIndex } = value as RegExp;
      this.bytes[this.length++] = tag.REGEXP;
      this.#writeVarint(lastIndex);
      this.#write(source);
      this.#write(flags);
    } else if (BINARY_KIND.has(prototype)) {
      this.#writeBinary(value as ArrayBuffer | ArrayBufferView, BINARY_KIND.get(prototype)!);
    } else if (ERROR_KIND.has(prototype)) {
      this.#writeError(value as Error, ERROR_KIND.get(prototype)!);
    } else {
      this.#writeInstance(value, prototype);
    }
  }

  #writeInstance(value: object, prototype: object): void {
    const name = this.#classes.nameOf(prototype);
    if (name === undefined) throw NOT_SERIALIZABLE;
    let tree = this.#instances.get(name);
    if (tree === undefined) this.#instances.set(name, (tree = new ShapeTree()));
    this.#writeFields(value, tag.INSTANCE_SHAPE, tree, name);
  }

  #writeBinary(value: ArrayBuffer | ArrayBufferView, kind: number): void {
    const bytes = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
    this.#reserve(TOKEN_BYTES + bytes.length);
    this.bytes[this.length++] = tag.BINARY;
    this.bytes[this.length++] = kind;
    this.#writeVarint(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #writeError(value: Error, kind: number): void {
    this.bytes[this.length++] = tag.ERROR;
    this.bytes[this.length++] = kind;
    const hasCause = Object.hasOwn(value, 'cause');
    this.bytes[this.length++] = hasCause ? 1 : 0;
    this.#write(Object.hasOwn(value, 'message') ? value.message : undefined);
    this.#write(value.stack);
    if (hasCause) this.#write(value.cause);
    this.#writeDictionary(value);
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const { bytes: smaller } = this;
    this.#useBytes(Math.max(smaller.length * 2, this.length + bytes + TOKEN_BYTES));
    smaller.copy(this.bytes, 0, 0, this.length);
  }

  #useBytes(length: number): void {
    this.bytes = Buffer.from(new ArrayBuffer(length));
    this.#view = new DataView(this.bytes.buffer);
  }
}
