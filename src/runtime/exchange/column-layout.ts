/**
 * Which columns the records of one schema need and where they lie in a frame of records:
 *
 *   header (32 bytes) | timestamps? | doubles | hashes? | integers and string lengths | booleans | tokens | text
 *
 * every column `stride` elements long, although only the first `rows` may be used, and the last three parts
 * starting at multiples of 8. Numbers travel as int32 until one does not fit, then as doubles for good.
 *
 * Invariant: sender and receiver compute the same layout from the same schema frame and header.
 */
import { align8 } from '../../core/serialization/byte-views.js';
import type { ColumnSchema } from './column-schema.js';

/** A schema, and for each number in it, in order, whether its column holds doubles ('d') or int32 ('i'). */
export interface ColumnFormat {
  readonly schema: ColumnSchema;
  readonly numbers: string;
}

export interface ColumnCounts {
  doubles: number;
  /** Integers and lengths of strings. */
  integers: number;
  booleans: number;
}

/** Header of a frame of records, in int32 words. */
export const ROWS = 0;
export const STRIDE = 1;
export const FLAGS = 2;
export const TOKEN_BYTES = 3;
export const TEXT_LENGTH = 4;
/** The timestamp of all records, in doubles from the frame's start, unless they have a column. */
export const COMMON_TIMESTAMP = 3;
const HEADER_BYTES = 32;

/** Flags. */
export const HAS_TIMESTAMPS = 1;
export const HAS_HASHES = 2;
/** The text has characters beyond latin1 and two bytes for each. */
export const WIDE_TEXT = 4;

/** Where the parts of a frame begin, in units of their element size, from the start of the views. */
export interface FrameLayout {
  timestamps: number;
  doubles: number;
  hashes: number;
  integers: number;
  booleans: number;
  /** Bytes from the start of the views; the text follows at the next multiple of 8. */
  tokens: number;
}

/** The number format of a schema whose numbers have all been int32 so far. */
export function integersOnly(schema: ColumnSchema): ColumnFormat {
  return { schema, numbers: 'i'.repeat(countLeaves(schema, 'number')) };
}

/** The same format with doubles for the given number. */
export function withDoubles(format: ColumnFormat, number: number): ColumnFormat {
  return { schema: format.schema, numbers: `${format.numbers.slice(0, number)}d${format.numbers.slice(number + 1)}` };
}

export function countColumns({ schema, numbers }: ColumnFormat): ColumnCounts {
  const doubles = numbers.replaceAll('i', '').length;
  return { doubles, integers: numbers.length - doubles + countLeaves(schema, 'string'), booleans: countLeaves(schema, 'boolean') };
}

/** The layout of a frame that begins `at` bytes into its views. */
export function layOut(counts: ColumnCounts, stride: number, flags: number, at: number): FrameLayout {
  const timestamps = (at + HEADER_BYTES) >> 3;
  const doubles = timestamps + (flags & HAS_TIMESTAMPS ? stride : 0);
  const hashes = (doubles + counts.doubles * stride) * 2;
  const integers = hashes + (flags & HAS_HASHES ? stride : 0);
  const booleans = (integers + counts.integers * stride) * 4;
  return { timestamps, doubles, hashes, integers, booleans, tokens: align8(booleans + counts.booleans * stride) };
}

function countLeaves(schema: ColumnSchema, kind: ColumnSchema['kind']): number {
  switch (schema.kind) {
    case 'object':
      return schema.fields.reduce((sum, field) => sum + countLeaves(field, kind), 0);
    case 'tuple':
      return schema.elements.reduce((sum, element) => sum + countLeaves(element, kind), 0);
    default:
      return schema.kind === kind ? 1 : 0;
  }
}
