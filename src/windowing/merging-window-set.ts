/**
 * The windows of a key that are in flight where windows merge, and under which window each keeps its state (Flink:
 * `MergingWindowSet`).
 *
 * Invariants:
 * - No two windows of the set overlap or touch: those that would have been merged.
 * - State stays where it is when a window grows; only what the set says about it changes.
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import type { MergingWindowAssigner } from './window-assigner.js';
import type { Window } from './window.js';

/** A window in flight, and the window that its state is kept under. */
export interface InFlight<W> {
  readonly window: W;
  readonly stateWindow: W;
}

/** What became of windows that merged. */
export interface Merge<W> {
  readonly result: W;
  /** The windows that were in flight and no longer are. */
  readonly merged: readonly W[];
  readonly stateWindow: W;
  /** Windows whose state is to be merged into that of `stateWindow`. */
  readonly mergedStateWindows: readonly W[];
}

export class MergingWindowSet<W extends Window> {
  private readonly windows = new Map<string | number, InFlight<W>>();
  private dirty = false;

  constructor(
    private readonly assigner: MergingWindowAssigner<never, W>,
    stored: readonly InFlight<W>[],
  ) {
    for (const entry of stored) this.windows.set(entry.window.identity(), entry);
  }

  /** What to store, if anything has changed. */
  changes(): readonly InFlight<W>[] | undefined {
    return this.dirty ? [...this.windows.values()] : undefined;
  }

  stateWindow(window: W): W | undefined {
    return this.windows.get(window.identity())?.stateWindow;
  }

  /** The window is over. */
  retire(window: W): void {
    this.windows.delete(window.identity());
    this.dirty = true;
  }

  /**
   * Adds a window, merging it with those it meets.
   * @param onMerge called for each merge of windows that were in flight before, or that grow.
   * @returns the window that the added one is part of now.
   */
  add(window: W, onMerge: (merge: Merge<W>) => void): W {
    if (this.windows.has(window.identity())) return window;
    let result = window;
    for (const { group, cover } of this.merges(window)) {
      const merged = group.filter((each) => each.identity() !== window.identity());
      if (merged.length < group.length) result = cover;
      this.replace(merged, cover, onMerge);
    }
    if (!this.windows.has(result.identity())) this.set(result, result);
    return result;
  }

  private merges(window: W): { group: readonly W[]; cover: W }[] {
    const merges: { group: readonly W[]; cover: W }[] = [];
    const candidates = [...this.windows.values()].map((entry) => entry.window);
    candidates.push(window);
    this.assigner.mergeWindows(candidates, (group, cover) => void merges.push({ group, cover }));
    return merges;
  }

  private replace(merged: readonly W[], cover: W, onMerge: (merge: Merge<W>) => void): void {
    const states = merged.map((each) => {
      const state = this.stateWindow(each);
      if (state === undefined) throw new FlinkError('USER_FUNCTION', `${classNameOf(this.assigner)}.mergeWindows reported a window that it was not given: ${String(each)}`);
      return state;
    });
    if (merged.length === 1 && merged[0]!.identity() === cover.identity()) return;
    for (const each of merged) this.windows.delete(each.identity());
    const [stateWindow = cover, ...mergedStateWindows] = states;
    this.set(cover, stateWindow);
    if (merged.length > 0) onMerge({ result: cover, merged, stateWindow, mergedStateWindows });
  }

  private set(window: W, stateWindow: W): void {
    this.windows.set(window.identity(), { window, stateWindow });
    this.dirty = true;
  }
}
