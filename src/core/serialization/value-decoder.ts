/**
 * Reads what `ValueEncoder` wrote. The strings of a batch are cut from its text, which is decoded once.
 *
 * Invariant: nothing that is returned shares memory with the frame, except that long strings keep the batch's
 * text alive, so whoever keeps a string for long (a key in state) copies it first.
 */
import type { ClassRegistry } from './class-registry.js';
import { FlinkError } from '../errors.js';
import { byteViews } from './byte-views.js';
import type { ByteViews } from './byte-views.js';
import { objectLiteral } from './object-literal.js';
import * as tag from './value-tags.js';

/** Fills an object with the values that follow. */
type ShapeReader = (decoder: ValueDecoder) => object;

interface ReceivedShape {
  readonly keys: readonly string[];
  readonly prototype: object | null;
  /** Compiled when the shape has come often enough to repay it. */
  reader: ShapeReader | undefined;
  uses: number;
  /** The shape that was shown after this one last time: a guess that saves looking. */
  following: ReceivedShape | undefined;
}

/** Objects of one shape after which a reader for it is compiled. */
const USES_BEFORE_COMPILING = 32;
const MOST_SHAPES_KEPT = 1024;

const NOTHING = byteViews(new ArrayBuffer(0));

export class ValueDecoder {
  /** Characters of all strings of the batch. */
  text = '';
  /** How many of them have been read. */
  textAt = 0;
  #bytes: Buffer = NOTHING.u8;
  #view: DataView = NOTHING.view;
  #at = 0;
  readonly #classes: ClassRegistry;
  readonly #shapes: ReceivedShape[] = [];
  /** Shapes of earlier batches by what they look like, so that they are compiled once. */
  readonly #known = new Map<string, ReceivedShape>();
  /** The shape that was shown last, in whichever batch. */
  #last: ReceivedShape | undefined = undefined;
  /** Parts of the value with cycles that is being read. */
  #parts: unknown[] | undefined = undefined;

  constructor(classes: ClassRegistry) {
    this.#classes = classes;
  }

  /** Sets out to read a batch: tokens from `at` in `views`, strings from `text`. */
  begin(views: ByteViews, at: number, text: string): void {
    this.#bytes = views.u8;
    this.#view = views.view;
    this.#at = at;
    this.text = text;
    this.textAt = 0;
    this.#shapes.length = 0;
  }

  /** Lets go of the batch's memory. */
  end(): void {
    this.#bytes = NOTHING.u8;
    this.#view = NOTHING.view;
    this.text = '';
  }

  /** The next value. */
  read(): unknown {
    const next = this.#bytes[this.#at++]!;
    if (next <= tag.SMALL_INT_MAX) return next;
    if (next <= tag.SHORT_STRING + tag.SHORT_STRING_MAX) return this.text.substring(this.textAt, (this.textAt += next - tag.SHORT_STRING));
    switch (next) {
      case tag.NULL:
        return null;
      case tag.UNDEFINED:
        return undefined;
      case tag.FALSE:
        return false;
      case tag.TRUE:
        return true;
      case tag.INT32:
        this.#at += 4;
        return this.#view.getInt32(this.#at - 4, true);
      case tag.DOUBLE:
        this.#at += 8;
        return this.#view.getFloat64(this.#at - 8, true);
      case tag.STRING: {
        const length = this.#readVarint();
        return this.text.substring(this.textAt, (this.textAt += length));
      }
      case tag.OBJECT:
        return this.#readFields(this.#shapes[this.#readVarint()]!);
      case tag.ARRAY:
        return this.#readArray();
      default:
        return this.#readRare(next);
    }
  }

  #readRare(next: number): unknown {
    switch (next) {
      case tag.NEW_SHAPE:
        return this.#readFields(this.#readShape());
      case tag.DICTIONARY:
        return this.#readDictionary(this.#begun({}));
      case tag.SPARSE_ARRAY:
        return this.#readSparseArray();
      case tag.BIGINT64:
        this.#at += 8;
        return this.#view.getBigInt64(this.#at - 8, true);
      case tag.BIGINT: {
        const digits = this.read() as string;
        return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
      }
      case tag.DATE:
        this.#at += 8;
        return this.#begun(new Date(this.#view.getFloat64(this.#at - 8, true)));
      case tag.MAP:
        return this.#readMap();
      case tag.SET: {
        const set = this.#begun(new Set<unknown>());
        for (let left = this.#readVarint(); left > 0; left--) set.add(this.read());
        return set;
      }
      case tag.REGEXP:
        return this.#readRegExp();
      case tag.BINARY:
        return this.#readBinary();
      case tag.ERROR:
        return this.#readError();
      case tag.CYCLIC:
        return this.#readCyclic();
      case tag.REFERENCE:
        return this.#parts![this.#readVarint()];
      default:
        throw new FlinkError('INTERNAL', `expected the tag of a value in a batch, but found ${next}`);
    }
  }

  /** Numbers the part of a value with cycles that begins here. */
  #begun<T>(part: T): T {
    this.#parts?.push(part);
    return part;
  }

  #readVarint(): number {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.#bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
      shift += 7;
    }
  }

  #readShape(): ReceivedShape {
    const last = this.#last;
    const guess = last?.following;
    const shape = guess !== undefined && this.#isNext(guess) ? guess : this.#readUnguessedShape();
    if (last !== undefined) last.following = shape;
    this.#last = shape;
    this.#shapes.push(shape);
    return shape;
  }

  /** Whether what comes is a plain object with these keys; passes over it then. Batches of one value show it each time. */
  #isNext({ keys, prototype }: ReceivedShape): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    if (prototype !== Object.prototype || bytes[at++] !== tag.PLAIN_SHAPE || keys.length >= 0x80 || bytes[at++] !== keys.length) return false;
    let textAt = this.textAt;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key.length > tag.SHORT_STRING_MAX || bytes[at++] !== tag.SHORT_STRING + key.length || !this.text.startsWith(key, textAt)) return false;
      textAt += key.length;
    }
    this.#at = at;
    this.textAt = textAt;
    return true;
  }

  #readUnguessedShape(): ReceivedShape {
    const kind = this.#bytes[this.#at++]!;
    const className = kind === tag.INSTANCE_SHAPE ? (this.read() as string) : '';
    const keys: string[] = [];
    for (let left = this.#readVarint(); left > 0; left--) keys.push(this.read() as string);
    const look = JSON.stringify([kind, className, keys]);
    let shape = this.#known.get(look);
    if (shape === undefined) {
      const prototype = kind === tag.INSTANCE_SHAPE ? this.#prototypeOf(className) : kind === tag.PLAIN_SHAPE ? Object.prototype : null;
      shape = { keys, prototype, reader: undefined, uses: 0, following: undefined };
      if (this.#known.size < MOST_SHAPES_KEPT) this.#known.set(look, shape);
    }
    return shape;
  }

  #prototypeOf(className: string): object {
    const prototype = this.#classes.prototypeOf(className);
    if (prototype === undefined) {
      throw new FlinkError('RECORD_NOT_SERIALIZABLE', `a record holds an instance of the class registered as "${className}", but the thread that received it has no such class`, {
        hint: 'Register the class where the job is defined, in every run of the program, not inside a user function.',
      });
    }
    return prototype;
  }

  #readFields(shape: ReceivedShape): object {
    if (this.#parts === undefined) {
      if (shape.reader !== undefined) return shape.reader(this);
      if (++shape.uses > USES_BEFORE_COMPILING) {
        shape.reader = compileReader(shape);
        if (shape.reader !== undefined) return shape.reader(this);
        shape.uses = Number.NEGATIVE_INFINITY;
      }
    }
    const object = this.#begun(shape.prototype === Object.prototype ? {} : (Object.create(shape.prototype) as object));
    for (const key of shape.keys) setField(object, key, this.read());
    return object;
  }

  #readDictionary(object: object): object {
    for (let left = this.#readVarint(); left > 0; left--) {
      const key = this.read() as string;
      setField(object, key, this.read());
    }
    return object;
  }

  #readArray(): unknown[] {
    const length = this.#readVarint();
    const array: unknown[] = this.#begun([]);
    for (let i = 0; i < length; i++) array.push(this.read());
    return array;
  }

  #readSparseArray(): unknown[] {
    const array: unknown[] = this.#begun([]);
    array.length = this.#readVarint();
    for (let left = this.#readVarint(); left > 0; left--) {
      const index = this.read() as number;
      array[index] = this.read();
    }
    return array;
  }

  #readMap(): Map<unknown, unknown> {
    const map = this.#begun(new Map<unknown, unknown>());
    for (let left = this.#readVarint(); left > 0; left--) {
      const key = this.read();
      map.set(key, this.read());
    }
    return map;
  }

  #readRegExp(): RegExp {
    const lastIndex = this.#readVarint();
    const source = this.read() as string;
    const expression = new RegExp(source, this.read() as string);
    expression.lastIndex = lastIndex;
    return this.#begun(expression);
  }

  #readBinary(): unknown {
    const kind = this.#bytes[this.#at++]!;
    const length = this.#readVarint();
    const own = new Uint8Array(length);
    own.set(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return this.#begun(tag.BINARY_KINDS[kind]!.make(own.buffer));
  }

  #readError(): Error {
    const kind = this.#bytes[this.#at++]!;
    const hasCause = this.#bytes[this.#at++] === 1;
    // Its parts may refer to it, so it must exist before they are read.
    const error = this.#begun(new tag.ERROR_CLASSES[kind]!());
    const message = this.read();
    if (message !== undefined) defineHidden(error, 'message', message);
    defineHidden(error, 'stack', this.read());
    if (hasCause) defineHidden(error, 'cause', this.read());
    this.#at++;
    this.#readDictionary(error);
    return error;
  }

  #readCyclic(): unknown {
    this.#parts = [];
    const value = this.read();
    this.#parts = undefined;
    return value;
  }
}

function setField(object: object, key: string, value: unknown): void {
  // Assigning would call an inherited setter, be it a class's or that of `__proto__`.
  if (key in object) Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else (object as Record<string, unknown>)[key] = value;
}

function defineHidden(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
}

/** A function that makes objects of one shape at once, so that they share a hidden class and their stores are known. */
function compileReader({ keys, prototype }: ReceivedShape): ShapeReader | undefined {
  try {
    if (prototype === Object.prototype) {
      return new Function('decoder', `return ${objectLiteral(keys, () => 'decoder.read()')};`) as ShapeReader;
    }
    // Assigning would call a setter, or fail on a getter, of the same name.
    if (prototype === null || keys.some((key) => key in prototype)) return undefined;
    const stores = keys.map((key) => `this[${JSON.stringify(key)}] = decoder.read();`).join(' ');
    return (new Function('prototype', `function Instance(decoder) { ${stores} } Instance.prototype = prototype; return (decoder) => new Instance(decoder);`) as (prototype: object) => ShapeReader)(prototype);
  } catch {
    return undefined; // Code generation is switched off; the loop does the same, slower.
  }
}
