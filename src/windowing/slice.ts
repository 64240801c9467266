/**
 * What windows that overlap share: a slice is a stretch of time with the same windows, and a window is made of slices.
 * Each element is gathered once, in its slice, and a window that fires combines what its slices hold.
 *
 * Invariant: `at` orders the cells of a key by when their record came, for a window shows the first record it got.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { AlignedWindow } from './aligned-windows.js';
import type { SlicedCells } from './sliced-contents.js';

/** What one key has gathered of a field: in a slice, or, combined, in a window. */
export interface Gathered {
  /** The record that the result is made from. */
  record: unknown;
  value: unknown;
  /** When `record` came. */
  at: number;
}

export class SliceCell implements Gathered {
  constructor(
    readonly owner: CellOwner,
    public record: unknown,
    public value: unknown,
    public at: number,
    /** Of a sum: how large its addends are together, signs aside. */
    public magnitude: number,
  ) {}
}

export class Slice {
  readonly cells = new Map<PrimitiveKey, SliceCell>();

  /** @param windows those that it is a part of. */
  constructor(readonly start: number, readonly windows: readonly AlignedWindow<SlicedCells>[]) {}
}

/** A key that has cells. As `Gathered` it is a scratch pad: what is combined while a window fires. */
export class CellOwner implements Gathered {
  /** How many cells it has. */
  cells = 0;
  record: unknown = undefined;
  value: unknown = undefined;
  at = 0;
  /** The firing that last used the scratch pad. */
  firing = 0;
  /** See `EntryEpochs`. */
  epoch = 0;

  constructor(
    readonly primitive: PrimitiveKey,
    /** As the key selector returned it. */
    readonly key: unknown,
  ) {}
}

/** Counts the records that cells have kept. */
export interface Arrivals {
  count: number;
}

/** How a field is gathered in slices, with the results that it would have in whole windows. */
export interface SliceRules<T> {
  /** The element's field; refuses an element that can never be aggregated. */
  readonly read: (value: T) => unknown;
  /**
   * Whether order makes no difference to this value, in windows of so many slices: it does to numbers whose sums are
   * rounded. @param magnitude that of the cell it would go to.
   */
  readonly fits: (field: unknown, magnitude: number, slices: number) => boolean;
  /** What a cell keeps of its first element. */
  readonly first: (value: T) => unknown;
  /** Adds an element to a cell. */
  readonly gather: (cell: SliceCell, value: T, field: unknown, arrivals: Arrivals) => void;
  /** Adds a later or earlier slice to what has been combined so far. */
  readonly combine: (into: Gathered, cell: Gathered) => void;
  /** The accumulator of a window that has gathered this. */
  readonly accumulator: (gathered: Gathered) => unknown;
}
