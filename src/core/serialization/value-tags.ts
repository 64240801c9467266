/**
 * The bytes by which an escaped value says what it is. Numbers up to 127 and strings up to 31 characters have
 * their value or length in the tag itself; the characters of all strings of a batch follow each other in its text.
 */

/** 0..127 stand for themselves. */
export const SMALL_INT_MAX = 0x7f;

/** 0x80..0x9f: a string of 0..31 characters. */
export const SHORT_STRING = 0x80;
export const SHORT_STRING_MAX = 0x1f;

export const NULL = 0xa0;
export const UNDEFINED = 0xa1;
export const FALSE = 0xa2;
export const TRUE = 0xa3;
/** Followed by 4 bytes. */
export const INT32 = 0xa4;
/** Followed by 8 bytes. */
export const DOUBLE = 0xa5;
/** Followed by the length as a varint. */
export const STRING = 0xa6;
/** A bigint within 64 bits, in 8 bytes. */
export const BIGINT64 = 0xa7;
/** Followed by a string value in hexadecimal with its sign. */
export const BIGINT = 0xa8;
/** Followed by its length and its elements. */
export const ARRAY = 0xa9;
/** An array with holes: its length, how many elements are there, and index and value of each. */
export const SPARSE_ARRAY = 0xaa;
/** An object whose shape (kind and keys) the batch has shown before: the shape's number, then the fields' values. */
export const OBJECT = 0xab;
/** An object that shows a new shape: its kind, for instances the class's name, the keys, then the fields' values. */
export const NEW_SHAPE = 0xac;
/** An object used as a dictionary: how many entries, then key and value of each. */
export const DICTIONARY = 0xad;
export const DATE = 0xae;
export const MAP = 0xaf;
export const SET = 0xb0;
/** Source and flags as string values, `lastIndex` as a varint. */
export const REGEXP = 0xb1;
/** Kind of error, message, stack, whether it has a cause, the cause, its other fields as an object. */
export const ERROR = 0xb2;
/** Kind of binary data, its length in bytes, the bytes. */
export const BINARY = 0xb3;
/** The next value has cycles: its parts are numbered in the order in which they begin. */
export const CYCLIC = 0xb4;
/** The part with this number, once more. */
export const REFERENCE = 0xb5;

/** What an object is besides its fields. */
export const PLAIN_SHAPE = 0;
export const NULL_PROTOTYPE_SHAPE = 1;
export const INSTANCE_SHAPE = 2;

type BinaryView = ArrayBufferView & { readonly BYTES_PER_ELEMENT?: number };

/** Kinds of binary data by number; `make` builds one around bytes of its own. */
export const BINARY_KINDS: readonly { readonly prototype: object; readonly make: (bytes: ArrayBuffer) => ArrayBuffer | BinaryView }[] = [
  { prototype: ArrayBuffer.prototype, make: (bytes) => bytes },
  { prototype: Buffer.prototype, make: (bytes) => Buffer.from(bytes) },
  { prototype: DataView.prototype, make: (bytes) => new DataView(bytes) },
  ...[Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array].map(
    (view) => ({ prototype: view.prototype, make: (bytes: ArrayBuffer) => new view(bytes) }),
  ),
];

/** Kinds of errors by number. */
export const ERROR_CLASSES: readonly (new (message?: string) => Error)[] = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
