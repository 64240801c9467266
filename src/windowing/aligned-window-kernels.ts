/**
 * The hot functions of aligned windows: one for windows that do not overlap, one for those that do.
 *
 * Invariant: both remember the windows of the latest element's stretch of time until `forget` is called, which is
 * whenever a window has fired or gone.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { Emit } from '../operators/output.js';
import type { EntryEpochs } from '../state/entry-epochs.js';
import type { KeyPanes, PaneList, WindowCell, WindowCells } from './aligned-contents.js';
import type { AlignedWindow } from './aligned-windows.js';
import type { Arrivals, CellOwner, Slice, SliceCell, SliceRules } from './slice.js';
import type { SlicedCells } from './sliced-contents.js';

/** The windows of a stretch of time that are not over, earliest first. */
export interface WindowsOfTime<CELLS> {
  readonly start: number;
  readonly end: number;
  readonly open: readonly AlignedWindow<CELLS>[];
  /** Where windows share slices: that of this stretch, once it has one. */
  slice?: Slice | undefined;
}

/** What the kernels call. */
export interface KernelCalls<T, CELLS> {
  /** The clock, where windows follow it. */
  readonly now: (() => number) | undefined;
  readonly windowsAt: (time: number, value: T) => WindowsOfTime<CELLS>;
  readonly inFlight: () => Iterable<AlignedWindow<CELLS>>;
  readonly keyOf: (value: T) => unknown;
  readonly toPrimitive: (key: unknown) => PrimitiveKey;
  readonly add: (value: T, accumulator: unknown) => unknown;
  /** Emits what a key has in a window whose end has passed. */
  readonly fireLate: (window: AlignedWindow<CELLS>, key: unknown, accumulator: unknown) => void;
  /** No window takes the element. */
  readonly late: (value: T, timestamp: number) => void;
}

export interface AlignedKernel<T> {
  readonly input: Emit<T>;
  readonly forget: () => void;
}

export function tumblingKernel<T>(
  { now, windowsAt, keyOf, toPrimitive, add, fireLate, late }: KernelCalls<T, WindowCells>,
  enter: (window: AlignedWindow<WindowCells>, primitive: PrimitiveKey, key: unknown) => WindowCell,
  epochs: EntryEpochs<WindowCell>,
): AlignedKernel<T> {
  let start = NaN;
  let end = NaN;
  let window: AlignedWindow<WindowCells> | undefined;
  return {
    input: function windowed(value, timestamp) {
      const time = now === undefined ? timestamp : now();
      if (!(time >= start && time < end)) {
        const found = windowsAt(time, value);
        start = found.start;
        end = found.end;
        window = found.open[0];
      }
      if (window === undefined) {
        late(value, timestamp);
        return;
      }
      const key = keyOf(value);
      const primitive = toPrimitive(key);
      const cell = window.cells.get(primitive) ?? enter(window, primitive, key);
      if (cell.epoch !== epochs.current) epochs.preserve(cell);
      cell.accumulator = add(value, cell.accumulator);
      if (window.settled) fireLate(window, cell.key, cell.accumulator);
    },
    forget() {
      start = NaN;
    },
  };
}

export function slidingKernel<T>(
  { now, windowsAt, keyOf, toPrimitive, add, fireLate, late }: KernelCalls<T, PaneList>,
  table: ReadonlyMap<PrimitiveKey, KeyPanes>,
  enter: (primitive: PrimitiveKey, key: unknown) => KeyPanes,
  insert: (panes: KeyPanes, at: number, window: AlignedWindow<PaneList>) => void,
  epochs: EntryEpochs<KeyPanes>,
): AlignedKernel<T> {
  let start = NaN;
  let end = NaN;
  let first = NaN;
  let open: readonly AlignedWindow<PaneList>[] = [];
  return {
    input: function windowed(value, timestamp) {
      const time = now === undefined ? timestamp : now();
      if (!(time >= start && time < end)) {
        const found = windowsAt(time, value);
        start = found.start;
        end = found.end;
        open = found.open;
        first = open.length === 0 ? NaN : open[0]!.start;
      }
      if (open.length === 0) {
        late(value, timestamp);
        return;
      }
      const key = keyOf(value);
      const primitive = toPrimitive(key);
      const panes = table.get(primitive) ?? enter(primitive, key);
      if (panes.epoch !== epochs.current) epochs.preserve(panes);
      const { starts, accumulators } = panes;
      let at = starts.length;
      while (at > 0 && starts[at - 1]! >= first) at -= 1;
      for (let i = 0; i < open.length; i++, at++) {
        const window = open[i]!;
        if (at >= starts.length || starts[at] !== window.start) insert(panes, at, window);
        accumulators[at] = add(value, accumulators[at]);
      }
      // The earliest have settled first; they fire as they were assigned, latest first.
      if (!open[0]!.settled) return;
      for (let i = open.length - 1; i >= 0; i--) if (open[i]!.settled) fireLate(open[i]!, panes.key, accumulators[at - open.length + i]);
    },
    forget() {
      start = NaN;
    },
  };
}

/** For windows that share slices. Once `giveUp` was called, the kernel that it gave does everything. */
export function slicedKernel<T>(
  { now, windowsAt, keyOf, toPrimitive, late }: KernelCalls<T, SlicedCells>,
  read: (value: T) => unknown,
  fits: SliceRules<T>['fits'],
  gather: SliceRules<T>['gather'],
  arrivals: Arrivals,
  slicesInWindow: number,
  sliceOf: (found: WindowsOfTime<SlicedCells>) => Slice | undefined,
  begin: (slice: Slice, key: unknown, value: T, field: unknown) => SliceCell,
  fireLate: (owner: CellOwner, windows: readonly AlignedWindow<SlicedCells>[]) => void,
  giveUp: () => AlignedKernel<T>,
  epochs: EntryEpochs<CellOwner>,
): AlignedKernel<T> {
  let start = NaN;
  let end = NaN;
  let open: readonly AlignedWindow<SlicedCells>[] = [];
  let slice: Slice | undefined;
  let anySettled = false;
  let instead: AlignedKernel<T> | undefined;
  function enterStretch(time: number, value: T): void {
    const found = windowsAt(time, value);
    start = found.start;
    end = found.end;
    open = found.open;
    if (found.slice === undefined && open.length > 0) found.slice = sliceOf(found);
    slice = found.slice;
    anySettled = open.length > 0 && open[0]!.settled;
  }
  return {
    input: function windowed(value, timestamp) {
      if (instead !== undefined) {
        instead.input(value, timestamp);
        return;
      }
      const time = now === undefined ? timestamp : now();
      if (!(time >= start && time < end)) enterStretch(time, value);
      if (open.length === 0) {
        late(value, timestamp);
        return;
      }
      const field = read(value);
      const key = keyOf(value);
      const primitive = toPrimitive(key);
      const cell = slice === undefined ? undefined : slice.cells.get(primitive);
      if (slice === undefined || !fits(field, cell === undefined ? 0 : cell.magnitude, slicesInWindow)) {
        instead = giveUp();
        instead.input(value, timestamp);
        return;
      }
      if (cell !== undefined) {
        if (cell.owner.epoch !== epochs.current) epochs.preserve(cell.owner);
        gather(cell, value, field, arrivals);
      }
      const gathered = cell ?? begin(slice, key, value, field);
      if (anySettled) fireLate(gathered.owner, open);
    },
    forget() {
      start = NaN;
      if (instead !== undefined) instead.forget();
    },
  };
}
