/**
 * What windows that overlap keep where they share slices: a cell for each slice and key. With windows of ten slices that
 * is a tenth of the work that a cell for each window would be. The cells of a key know each other by their owner, so
 * that windows fire without looking keys up.
 *
 * When an element comes for which the order of adding makes a difference (see `SliceRules.fits`), what every window has
 * gathered so far is put into a layout with an accumulator for each window, which takes over for good: up to there any
 * order gave the same.
 *
 * A snapshot has the accumulators that windows of their own would have (`{ record, value }`). What a snapshot has
 * brought stays where it is, and counts as what came first in its window.
 *
 * Invariants:
 * - A window in flight has gathered what the slices in its `cells` have, neither more nor less: an element of a slice
 *   that is late for one of its windows comes when that window is over.
 * - A slice lives as long as the last of its windows, the one that starts with it.
 */
import { toPrimitiveKey, type PrimitiveKey } from '../core/key.js';
import type { OperatorContext } from '../operators/operator.js';
import { guardedUserFunction } from '../operators/specialise.js';
import { EntryEpochs } from '../state/entry-epochs.js';
import { ownStrings } from '../state/own-strings.js';
import type { SnapshotWalk } from '../state/snapshot-walk.js';
import { type AlignedContents, type PaneList, SlidingContents, type WriteCell } from './aligned-contents.js';
import { slicedKernel, type AlignedKernel, type KernelCalls, type WindowsOfTime } from './aligned-window-kernels.js';
import type { AlignedWindow } from './aligned-windows.js';
import type { RestoredWindows } from './restored-windows.js';
import type { TimeWindow } from './window.js';
import { type Arrivals, CellOwner, type Gathered, Slice, SliceCell, type SliceRules } from './slice.js';

/** Slices, and, after the layout has changed, panes. */
export type SlicedCells = Slice[] | PaneList;

export class SlicedContents<T> implements AlignedContents<T, SlicedCells> {
  private readonly owners = new Map<PrimitiveKey, CellOwner>();
  private readonly slices = new Map<number, Slice>();
  private readonly arrivals: Arrivals = { count: 0 };
  private readonly epochs = new EntryEpochs<CellOwner>();
  private firing = 0;
  /** What has taken over. */
  private panes: SlidingContents<T> | undefined;

  constructor(
    private readonly rules: SliceRules<T>,
    private readonly createAccumulator: () => unknown,
    private readonly slicesInWindow: number,
    private readonly restored: RestoredWindows,
  ) {}

  makeCells(): SlicedCells {
    return [];
  }

  forEach(window: AlignedWindow<SlicedCells>, call: (key: unknown, accumulator: unknown) => void): void {
    if (this.panes) this.panes.forEach(window as AlignedWindow<PaneList>, call);
    else for (const owner of this.combined(window)) call(owner.key, this.rules.accumulator(owner));
  }

  entries(window: AlignedWindow<SlicedCells>): number {
    if (this.panes) return this.panes.entries(window as AlignedWindow<PaneList>);
    return this.slices.get(window.start)?.cells.size ?? 0;
  }

  drop(window: AlignedWindow<SlicedCells>): void {
    if (this.panes) {
      this.panes.drop(window as AlignedWindow<PaneList>);
      return;
    }
    if (this.epochs.active) for (const slice of window.cells as Slice[]) for (const { owner } of slice.cells.values()) this.epochs.preserve(owner);
    for (const slice of window.cells as Slice[]) if (slice.start === window.start) this.dropSlice(slice);
  }

  snapshot(windows: readonly AlignedWindow<SlicedCells>[], write: WriteCell<SlicedCells>): SnapshotWalk {
    if (this.panes) return this.panes.snapshot(windows as readonly AlignedWindow<PaneList>[], write as WriteCell<PaneList>);
    // Slices that come meanwhile have nothing of an owner that has not been written.
    const inFlight = windows.map((window) => ({ window, slices: [...(window.cells as Slice[])] }));
    return this.epochs.begin(this.owners.values(), (owner) => {
      for (const { window, slices } of inFlight) {
        if (this.combine(owner, window, slices)) write(window, owner.primitive, owner.key, this.rules.accumulator(owner));
      }
    }, this.owners.size);
  }

  kernel(context: OperatorContext<never>, calls: KernelCalls<T, SlicedCells>): AlignedKernel<T> {
    const { specialise } = context;
    const { rules, arrivals } = this;
    const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
    return specialise(slicedKernel<T>)(
      calls, guarded(rules.read), rules.fits, rules.gather, arrivals, this.slicesInWindow, (found) => this.sliceOf(found),
      guarded((slice: Slice, key: unknown, value: T, field: unknown) => this.begin(slice, key, value, field)),
      (owner, windows) => this.fireLate(owner, windows, calls), () => this.giveUp(context, calls), this.epochs,
    );
  }

  /**
   * The slice of a stretch of time. Undefined when one of its windows was opened anew, as can happen when the clock is
   * set back: that window is not to have what the slice gathered before. Nor when a snapshot has brought what order
   * makes a difference to.
   */
  private sliceOf(found: WindowsOfTime<SlicedCells>): Slice | undefined {
    if (!found.open.every(({ window }) => this.fits(window))) return undefined;
    const known = this.slices.get(found.start);
    if (known !== undefined) return (found.open[0]!.cells as Slice[]).includes(known) ? known : undefined;
    const slice = new Slice(found.start, found.open);
    this.slices.set(slice.start, slice);
    for (const { cells } of found.open) (cells as Slice[]).push(slice);
    return slice;
  }

  private fits(window: TimeWindow): boolean {
    for (const { accumulator } of this.restored.left(window)) if (!this.rules.fits((accumulator as Gathered).value, 0, this.slicesInWindow)) return false;
    return true;
  }

  /** A key's first element in a slice. */
  private begin(slice: Slice, key: unknown, value: T, field: unknown): SliceCell {
    const primitive = toPrimitiveKey(key);
    let owner = this.owners.get(primitive);
    if (owner === undefined) {
      owner = new CellOwner(ownStrings(primitive), ownStrings(key));
      owner.epoch = this.epochs.current;
      this.owners.set(owner.primitive, owner);
    } else {
      this.epochs.preserve(owner);
    }
    this.goOnFromRestored(slice, owner);
    owner.cells += 1;
    const cell = new SliceCell(owner, this.rules.first(value), field, ++this.arrivals.count, typeof field === 'number' ? Math.abs(field) : 0);
    slice.cells.set(owner.primitive, cell);
    return cell;
  }

  /** What a snapshot has brought for the key in windows of the slice is told together with what comes. */
  private goOnFromRestored(slice: Slice, owner: CellOwner): void {
    for (const { window } of slice.windows) {
      const cell = this.restored.get(window, owner.primitive);
      if (cell && !cell.taken) this.restored.markTaken(cell);
    }
  }

  private dropSlice(slice: Slice): void {
    this.slices.delete(slice.start);
    for (const { owner } of slice.cells.values()) {
      owner.cells -= 1;
      if (owner.cells === 0) this.owners.delete(owner.primitive);
    }
  }

  /** The keys of a window, each with what it has gathered there on its scratch pad. */
  private combined(window: AlignedWindow<SlicedCells>): readonly CellOwner[] {
    const firing = ++this.firing;
    const { combine } = this.rules;
    const owners: CellOwner[] = [];
    for (const { cells } of window.cells as Slice[]) {
      for (const cell of cells.values()) {
        const { owner } = cell;
        if (owner.firing === firing) {
          combine(owner, cell);
          continue;
        }
        owner.firing = firing;
        this.startFrom(owner, cell, window);
        owners.push(owner);
      }
    }
    return owners;
  }

  /** An element came for windows that have fired: emits what its key has in each of them, latest first. */
  private fireLate(owner: CellOwner, windows: readonly AlignedWindow<SlicedCells>[], { fireLate }: KernelCalls<T, SlicedCells>): void {
    for (let at = windows.length - 1; at >= 0; at--) {
      const window = windows[at]!;
      if (!window.settled) continue;
      this.combine(owner, window, window.cells as Slice[]);
      fireLate(window, owner.key, this.rules.accumulator(owner));
    }
  }

  /** Puts what a key has gathered in a window on its scratch pad; false when it has nothing. */
  private combine(owner: CellOwner, window: AlignedWindow<SlicedCells>, slices: readonly Slice[]): boolean {
    let started = false;
    for (const { cells } of slices) {
      const cell = cells.get(owner.primitive);
      if (cell === undefined) continue;
      if (started) this.rules.combine(owner, cell);
      else this.startFrom(owner, cell, window);
      started = true;
    }
    return started;
  }

  /** Begins with what a snapshot has brought, which came before everything else. */
  private startFrom(owner: CellOwner, cell: SliceCell, { window }: AlignedWindow<SlicedCells>): void {
    const before = this.restored.get(window, owner.primitive)?.accumulator as Pick<Gathered, 'record' | 'value'> | undefined;
    if (before === undefined) {
      begin(owner, cell);
      return;
    }
    begin(owner, { ...before, at: 0 });
    this.rules.combine(owner, cell);
  }

  /** Changes the layout. */
  private giveUp(context: OperatorContext<never>, calls: KernelCalls<T, SlicedCells>): AlignedKernel<T> {
    for (const owner of this.owners.values()) this.epochs.preserve(owner);
    const panes = new SlidingContents<T>(this.createAccumulator, this.restored);
    for (const window of calls.inFlight()) {
      const owners = this.combined(window);
      window.cells = panes.makeCells();
      for (const owner of owners) {
        panes.put(window as AlignedWindow<PaneList>, owner.primitive, owner.key, this.rules.accumulator(owner));
        this.restored.take(window.window, owner.primitive);
      }
    }
    this.owners.clear();
    this.slices.clear();
    this.panes = panes;
    return panes.kernel(context, calls as unknown as KernelCalls<T, PaneList>);
  }
}

function begin(owner: CellOwner, { record, value, at }: Gathered): void {
  owner.record = record;
  owner.value = value;
  owner.at = at;
}
