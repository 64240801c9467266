/**
 * What aligned windows keep of their elements. Two layouts are here; the third, slices, is in sliced-contents.ts.
 *
 * Tumbling: a table of keys for each window, dropped with it. Sliding: one table of keys, where each key holds the
 * accumulators of its windows side by side, so that an element finds all of them with one look-up.
 *
 * All that an operator keeps can be walked through its `AlignedWindows`: for each window in flight, `forEach` tells every
 * key with its accumulator, in all layouts the one that the general operator would keep for that key and window.
 *
 * Invariants:
 * - A key's panes are in the order of their windows, which is the order in which they end.
 * - Each window of a sliding operator lists the keys that have a pane in it, once.
 */
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import type { OperatorContext } from '../operators/operator.js';
import { EntryEpochs } from '../state/entry-epochs.js';
import { ownStrings } from '../state/own-strings.js';
import type { SnapshotWalk } from '../state/snapshot-walk.js';
import type { RestoredWindows } from './restored-windows.js';
import type { AlignedWindow } from './aligned-windows.js';
import { slidingKernel, tumblingKernel, type AlignedKernel, type KernelCalls } from './aligned-window-kernels.js';

/** Takes what a key has gathered in a window. */
export type WriteCell<CELLS> = (window: AlignedWindow<CELLS>, primitive: PrimitiveKey, key: unknown, accumulator: unknown) => void;

export interface AlignedContents<T, CELLS> {
  makeCells(): CELLS;
  /** Calls with each key of a window and its accumulator. */
  forEach(window: AlignedWindow<CELLS>, call: (key: unknown, accumulator: unknown) => void): void;
  /** How many entries are kept for a window; what windows share counts once, for one of them. */
  entries(window: AlignedWindow<CELLS>): number;
  /** Forgets what is kept for a window. */
  drop(window: AlignedWindow<CELLS>): void;
  /** Begins a snapshot of what is kept now for these windows, which are all in flight. */
  snapshot(windows: readonly AlignedWindow<CELLS>[], write: WriteCell<CELLS>): SnapshotWalk;
  kernel(context: OperatorContext<never>, calls: KernelCalls<T, CELLS>): AlignedKernel<T>;
}

/** What a key has gathered in one window. */
export class WindowCell {
  constructor(
    readonly window: AlignedWindow<WindowCells>,
    /** As the key selector returned it. */
    readonly key: unknown,
    public accumulator: unknown,
    /** See `EntryEpochs`. */
    public epoch: number,
  ) {}
}
export type WindowCells = Map<PrimitiveKey, WindowCell>;

export class TumblingContents<T> implements AlignedContents<T, WindowCells> {
  private readonly epochs = new EntryEpochs<WindowCell>();

  constructor(private readonly createAccumulator: () => unknown, private readonly restored: RestoredWindows) {}

  makeCells(): WindowCells {
    return new Map();
  }

  forEach(window: AlignedWindow<WindowCells>, call: (key: unknown, accumulator: unknown) => void): void {
    for (const { key, accumulator } of window.cells.values()) call(key, accumulator);
  }

  entries(window: AlignedWindow<WindowCells>): number {
    return window.cells.size;
  }

  drop(): void {}

  /** The cells of a window that goes meanwhile are not changed any more: the walk still comes by. */
  snapshot(windows: readonly AlignedWindow<WindowCells>[], write: WriteCell<WindowCells>): SnapshotWalk {
    const cells = function* (): IterableIterator<WindowCell> {
      for (const window of windows) yield* window.cells.values();
    };
    const size = windows.reduce((sum, window) => sum + window.cells.size, 0);
    return this.epochs.begin(cells(), ({ window, key, accumulator }) => write(window, toPrimitiveKey(key), key, accumulator), size);
  }

  kernel({ specialise }: OperatorContext<never>, calls: KernelCalls<T, WindowCells>): AlignedKernel<T> {
    return specialise(tumblingKernel<T>)(calls, (window, primitive, key) => {
      const cell = new WindowCell(window, ownStrings(key), this.restored.take(window.window, primitive) ?? this.createAccumulator(), this.epochs.current);
      window.cells.set(ownStrings(primitive), cell);
      return cell;
    }, this.epochs);
  }
}

/** The panes of one key: the starts of its windows, and beside them their accumulators. */
export class KeyPanes {
  readonly starts: number[] = [];
  readonly accumulators: unknown[] = [];
  /** See `EntryEpochs`. */
  epoch = 0;

  constructor(
    readonly primitive: PrimitiveKey,
    /** As the key selector returned it. */
    readonly key: unknown,
  ) {}
}
export type PaneList = KeyPanes[];

export class SlidingContents<T> implements AlignedContents<T, PaneList> {
  private readonly table = new Map<PrimitiveKey, KeyPanes>();
  private readonly epochs = new EntryEpochs<KeyPanes>();

  constructor(private readonly createAccumulator: () => unknown, private readonly restored: RestoredWindows) {}

  makeCells(): PaneList {
    return [];
  }

  forEach(window: AlignedWindow<PaneList>, call: (key: unknown, accumulator: unknown) => void): void {
    for (const { key, starts, accumulators } of window.cells) call(key, accumulators[starts.indexOf(window.start)]);
  }

  /** Takes in what a key has gathered in a window where it has nothing yet. */
  put(window: AlignedWindow<PaneList>, primitive: PrimitiveKey, key: unknown, accumulator: unknown): void {
    const panes = this.table.get(primitive) ?? this.enter(primitive, key);
    const later = panes.starts.findIndex((start) => start > window.start);
    this.insert(panes, later === -1 ? panes.starts.length : later, window, accumulator);
  }

  entries(window: AlignedWindow<PaneList>): number {
    return window.cells.length;
  }

  drop(window: AlignedWindow<PaneList>): void {
    for (const panes of window.cells) {
      this.epochs.preserve(panes);
      const { primitive, starts, accumulators } = panes;
      if (starts.length === 1) {
        this.table.delete(primitive);
        continue;
      }
      const at = starts.indexOf(window.start);
      starts.splice(at, 1);
      accumulators.splice(at, 1);
    }
  }

  snapshot(windows: readonly AlignedWindow<PaneList>[], write: WriteCell<PaneList>): SnapshotWalk {
    // A window with bounds of its own may begin with another one, and has no panes.
    const byStart = new Map(windows.filter(({ cells }) => cells.length > 0).map((window) => [window.start, window]));
    const writePanes = ({ primitive, key, starts, accumulators }: KeyPanes): void => {
      for (let i = 0; i < starts.length; i++) write(byStart.get(starts[i]!)!, primitive, key, accumulators[i]);
    };
    return this.epochs.begin(this.table.values(), writePanes, this.table.size);
  }

  kernel({ specialise }: OperatorContext<never>, calls: KernelCalls<T, PaneList>): AlignedKernel<T> {
    const enter = (primitive: PrimitiveKey, key: unknown): KeyPanes => this.enter(primitive, key);
    const insert = (panes: KeyPanes, at: number, window: AlignedWindow<PaneList>): void => this.insert(panes, at, window, this.restored.take(window.window, panes.primitive) ?? this.createAccumulator());
    return specialise(slidingKernel<T>)(calls, this.table, enter, insert, this.epochs);
  }

  private enter(primitive: PrimitiveKey, key: unknown): KeyPanes {
    const panes = new KeyPanes(ownStrings(primitive), ownStrings(key));
    panes.epoch = this.epochs.current;
    this.table.set(panes.primitive, panes);
    return panes;
  }

  private insert(panes: KeyPanes, at: number, window: AlignedWindow<PaneList>, accumulator: unknown): void {
    if (at === panes.starts.length) {
      panes.starts.push(window.start);
      panes.accumulators.push(accumulator);
    } else {
      panes.starts.splice(at, 0, window.start);
      panes.accumulators.splice(at, 0, accumulator);
    }
    window.cells.push(panes);
  }
}
