/**
 * What a snapshot has brought of aligned windows: kept apart, window by window, until elements come for it. So a window
 * that has fired is not fired again for keys without new elements, though the watermark begins anew.
 *
 * Invariants:
 * - Contents are `live` when their window had yet to fire for their key in the snapshot.
 * - Contents that the operator's own layout goes on from are here no more, or `taken`: it tells them from then on.
 */
import type { PrimitiveKey } from '../core/key.js';
import { toPrimitiveKey } from '../core/key.js';
import { EntryEpochs } from '../state/entry-epochs.js';
import type { KeyedStateMeta } from '../state/operator-snapshot.js';
import type { SnapshotWalk } from '../state/snapshot-walk.js';
import type { StoredTimer } from '../state/stored-timer.js';
import { timeWindowOf } from './window-state.js';
import type { TimeWindow } from './window.js';

export class RestoredCell {
  /** Undefined where a window had a timer but nothing in it. */
  accumulator: unknown = undefined;
  live = false;
  taken = false;
  epoch = 0;

  constructor(
    readonly window: TimeWindow,
    readonly primitive: PrimitiveKey,
    readonly key: unknown,
  ) {}
}

interface RestoredWindow {
  readonly window: TimeWindow;
  readonly cells: Map<PrimitiveKey, RestoredCell>;
}

export class RestoredWindows {
  private readonly windows = new Map<string, RestoredWindow>();
  private readonly epochs = new EntryEpochs<RestoredCell>();

  /** Takes one entry of a snapshot, in any order. */
  add(state: KeyedStateMeta, key: unknown, namespace: PrimitiveKey, value: unknown): void {
    const cell = this.enter(toPrimitiveKey(key), key, String(namespace));
    if (state.kind !== 'timers') cell.accumulator = value;
    else if ((value as StoredTimer)[1] === cell.window.maxTimestamp()) cell.live = true;
  }

  /** Every window that is still here, and a key that has something in it. */
  *all(): Iterable<{ readonly window: TimeWindow; readonly key: unknown }> {
    for (const { window, cells } of this.windows.values()) for (const { key } of cells.values()) {
      yield { window, key };
      break;
    }
  }

  get(window: TimeWindow, primitive: PrimitiveKey): RestoredCell | undefined {
    return this.windows.size === 0 ? undefined : this.windows.get(window.identity())?.cells.get(primitive);
  }

  /** What a key has gathered in a window, for a layout that goes on from it; undefined when it has nothing. */
  take(window: TimeWindow, primitive: PrimitiveKey): unknown {
    const cell = this.get(window, primitive);
    if (!cell) return undefined;
    this.epochs.preserve(cell);
    this.windows.get(window.identity())!.cells.delete(primitive);
    return cell.accumulator;
  }

  /** A layout tells the cell from now on. */
  markTaken(cell: RestoredCell): void {
    this.epochs.preserve(cell);
    cell.taken = true;
  }

  /** What nobody has taken of a window. */
  *left(window: TimeWindow): Iterable<RestoredCell> {
    if (this.windows.size === 0) return;
    for (const cell of this.windows.get(window.identity())?.cells.values() ?? []) if (!cell.taken && cell.accumulator !== undefined) yield cell;
  }

  entries(window: TimeWindow): number {
    return this.windows.size === 0 ? 0 : (this.windows.get(window.identity())?.cells.size ?? 0);
  }

  /** A window is over. A snapshot under way still has its cells, which nobody changes any more. */
  drop(window: TimeWindow): void {
    this.windows.delete(window.identity());
  }

  /** Begins a snapshot of what nobody has taken. */
  snapshot(write: (cell: RestoredCell) => void): SnapshotWalk {
    const windows = [...this.windows.values()];
    const cells = function* (): IterableIterator<RestoredCell> {
      for (const window of windows) yield* window.cells.values();
    };
    return this.epochs.begin(cells(), (cell) => {
      if (!cell.taken) write(cell);
    });
  }

  private enter(primitive: PrimitiveKey, key: unknown, identity: string): RestoredCell {
    let found = this.windows.get(identity);
    if (!found) this.windows.set(identity, (found = { window: timeWindowOf(identity), cells: new Map() }));
    let cell = found.cells.get(primitive);
    if (!cell) found.cells.set(primitive, (cell = new RestoredCell(found.window, primitive, key)));
    return cell;
  }
}
