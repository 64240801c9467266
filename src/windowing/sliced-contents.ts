/**
 * What windows that overlap keep where they share slices: a cell for each slice and key. With windows of ten slices that
 * is a tenth of the work that a cell for each window would be. The cells of a key know each other by their owner, so
 * that windows fire without looking keys up.
 *
 * When an element comes for which the order of adding makes a difference (see `SliceRules.fits`), what every window has
 * gathered so far is put into a layout with an accumulator for each window, which takes over for good: up to there any
 * order gave the same.
 *
 * To walk what is kept, `forEach` of each window in flight tells the accumulators that windows of their own would have
 * (`{ record, value }`). They go back in as a slice that only their window has, with that window's start: a window may
 * have any number of slices, and which times they stand for matters only to elements that come.
 *
 * Invariants:
 * - A window in flight has gathered what the slices in its `cells` have, neither more nor less: an element of a slice
 *   that is late for one of its windows comes when that window is over.
 * - A slice lives as long as the last of its windows, the one that starts with it.
 */
import { toPrimitiveKey, type PrimitiveKey } from '../core/key.js';
import type { OperatorContext } from '../operators/operator.js';
import { guardedUserFunction } from '../operators/specialise.js';
import { ownStrings } from '../state/own-strings.js';
import { type AlignedContents, type PaneList, SlidingContents } from './aligned-contents.js';
import { slicedKernel, type AlignedKernel, type KernelCalls, type WindowsOfTime } from './aligned-window-kernels.js';
import type { AlignedWindow } from './aligned-windows.js';
import { type Arrivals, CellOwner, Slice, SliceCell, type SliceRules } from './slice.js';

/** Slices, and, after the layout has changed, panes. */
export type SlicedCells = Slice[] | PaneList;

export class SlicedContents<T> implements AlignedContents<T, SlicedCells> {
  private readonly owners = new Map<PrimitiveKey, CellOwner>();
  private readonly slices = new Map<number, Slice>();
  private readonly arrivals: Arrivals = { count: 0 };
  private firing = 0;
  /** What has taken over. */
  private panes: SlidingContents<T> | undefined;

  constructor(
    private readonly rules: SliceRules<T>,
    private readonly createAccumulator: () => unknown,
    private readonly slicesInWindow: number,
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
    for (const slice of window.cells as Slice[]) if (slice.start === window.start) this.dropSlice(slice);
  }

  kernel(context: OperatorContext<never>, calls: KernelCalls<T, SlicedCells>): AlignedKernel<T> {
    const { specialise } = context;
    const { rules, arrivals } = this;
    const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
    return specialise(slicedKernel<T>)(
      calls, guarded(rules.read), rules.fits, rules.gather, arrivals, this.slicesInWindow, (found) => this.sliceOf(found),
      guarded((slice: Slice, key: unknown, value: T, field: unknown) => this.begin(slice, key, value, field)),
      (owner, windows) => this.fireLate(owner, windows, calls), () => this.giveUp(context, calls),
    );
  }

  /**
   * The slice of a stretch of time. Undefined when one of its windows was opened anew, as can happen when the clock is
   * set back: that window is not to have what the slice gathered before.
   */
  private sliceOf(found: WindowsOfTime<SlicedCells>): Slice | undefined {
    const known = this.slices.get(found.start);
    if (known !== undefined) return (found.open[0]!.cells as Slice[]).includes(known) ? known : undefined;
    const slice = new Slice(found.start);
    this.slices.set(slice.start, slice);
    for (const { cells } of found.open) (cells as Slice[]).push(slice);
    return slice;
  }

  /** A key's first element in a slice. */
  private begin(slice: Slice, key: unknown, value: T, field: unknown): SliceCell {
    const primitive = toPrimitiveKey(key);
    let owner = this.owners.get(primitive);
    if (owner === undefined) {
      owner = new CellOwner(ownStrings(primitive), ownStrings(key));
      this.owners.set(owner.primitive, owner);
    }
    owner.cells += 1;
    const cell = new SliceCell(owner, this.rules.first(value), field, ++this.arrivals.count, typeof field === 'number' ? Math.abs(field) : 0);
    slice.cells.set(owner.primitive, cell);
    return cell;
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
        startFrom(owner, cell);
        owners.push(owner);
      }
    }
    return owners;
  }

  /** An element came for windows that have fired: emits what its key has in each of them. */
  private fireLate(owner: CellOwner, windows: readonly AlignedWindow<SlicedCells>[], { fireLate }: KernelCalls<T, SlicedCells>): void {
    for (const window of windows) {
      if (!window.settled) continue;
      let started = false;
      for (const { cells } of window.cells as Slice[]) {
        const cell = cells.get(owner.primitive);
        if (cell === undefined) continue;
        if (started) this.rules.combine(owner, cell);
        else startFrom(owner, cell);
        started = true;
      }
      fireLate(window, owner.key, this.rules.accumulator(owner));
    }
  }

  /** Changes the layout. */
  private giveUp(context: OperatorContext<never>, calls: KernelCalls<T, SlicedCells>): AlignedKernel<T> {
    const panes = new SlidingContents<T>(this.createAccumulator);
    for (const window of calls.inFlight()) {
      const owners = this.combined(window);
      window.cells = panes.makeCells();
      for (const owner of owners) panes.put(window as AlignedWindow<PaneList>, owner.primitive, owner.key, this.rules.accumulator(owner));
    }
    this.owners.clear();
    this.slices.clear();
    this.panes = panes;
    return panes.kernel(context, calls as unknown as KernelCalls<T, PaneList>);
  }
}

function startFrom(owner: CellOwner, { record, value, at }: SliceCell): void {
  owner.record = record;
  owner.value = value;
  owner.at = at;
}
