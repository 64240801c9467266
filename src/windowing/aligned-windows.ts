/**
 * The windows in flight of an operator whose windows start at fixed distances: window-major, one entry for each window,
 * whatever the number of its keys.
 *
 * Invariants:
 * - A window is in flight from its first element until its cleanup time.
 * - `settled` says that its end has passed: elements that still come fire it at once, for their key alone.
 * - Windows fire and are cleaned up in the order of the times at which they do.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import { cleanupTimeOf } from './window-time.js';
import { TimeWindow } from './window.js';

/** What an operator keeps of one window. `CELLS` are its keys with what they have gathered. */
export class AlignedWindow<CELLS> {
  readonly start: number;
  /** Whether the end of the window has passed. */
  settled: boolean;

  constructor(
    readonly window: TimeWindow,
    public cells: CELLS,
    settled: boolean,
  ) {
    this.settled = settled;
    this.start = window.start;
  }
}

/** What becomes of windows; called with the window's contents still there. */
export interface AlignedWindowEvents<CELLS> {
  open(window: AlignedWindow<CELLS>): void;
  /** The end has passed: emit for every key. */
  fire(window: AlignedWindow<CELLS>): void;
  /** Nothing will be added any more. */
  drop(window: AlignedWindow<CELLS>): void;
}

export class AlignedWindows<CELLS> {
  /** By their start; windows of other bounds, by their identity. */
  private readonly open = new Map<number | string, AlignedWindow<CELLS>>();
  private present = MIN_TIMESTAMP;
  private nextDue = MAX_TIMESTAMP;

  constructor(
    private readonly size: number,
    /** Milliseconds for which a window outlives its end. */
    private readonly lateness: number,
    /** By the clock no element is late: a window that is over is opened anew. */
    private readonly neverLate: boolean,
    private readonly makeCells: () => CELLS,
    private readonly events: AlignedWindowEvents<CELLS>,
  ) {}

  get count(): number {
    return this.open.size;
  }

  /** The windows in flight, in no order. */
  [Symbol.iterator](): Iterator<AlignedWindow<CELLS>> {
    return this.open.values();
  }

  /** The time that windows have been brought up to. */
  get now(): number {
    return this.present;
  }

  /** The windows in flight, in the order in which they were opened. */
  inFlight(): Iterable<AlignedWindow<CELLS>> {
    return this.open.values();
  }

  /** The window that starts then, opened if need be; undefined when it is over. */
  at(start: number): AlignedWindow<CELLS> | undefined {
    const end = start + this.size - 1;
    if (!this.neverLate && cleanupTimeOf(end, this.lateness) <= this.present) return undefined;
    const known = this.open.get(start);
    if (known) return known;
    const made = new AlignedWindow(new TimeWindow(start, start + this.size), this.makeCells(), !this.neverLate && end <= this.present);
    this.open.set(start, made);
    this.nextDue = Math.min(this.nextDue, this.dueTime(made));
    this.events.open(made);
    return made;
  }

  /** Takes in a window with bounds that this operator's windows do not have, as a snapshot may bring it: no element finds it. */
  adopt(window: TimeWindow): void {
    const made = new AlignedWindow(window, this.makeCells(), false);
    this.open.set(window.identity(), made);
    this.nextDue = Math.min(this.nextDue, this.dueTime(made));
    this.events.open(made);
  }

  /** Time has come to `time`: fires and drops every window that is due. Whether any window is not what it was. */
  advance(time: number): boolean {
    this.present = time;
    if (time < this.nextDue || this.nextDue === MAX_TIMESTAMP) return time === MAX_TIMESTAMP;
    for (const { window, drops } of this.due(time)) {
      if (drops) this.drop(window);
      else this.settle(window);
    }
    this.nextDue = MAX_TIMESTAMP;
    for (const window of this.open.values()) this.nextDue = Math.min(this.nextDue, this.dueTime(window));
    return true;
  }

  /** The firings and cleanups up to `time`, in order; a window's firing before its cleanup. */
  private due(time: number): { readonly at: number; readonly window: AlignedWindow<CELLS>; readonly drops: boolean }[] {
    const due = [];
    for (const window of this.open.values()) {
      const end = window.window.maxTimestamp();
      const over = cleanupTimeOf(end, this.lateness);
      if (!window.settled && end <= time) due.push({ at: end, window, drops: false });
      // A window that outlives the stream is never dropped.
      if (over <= time && over < MAX_TIMESTAMP) due.push({ at: over, window, drops: true });
    }
    return due.sort((a, b) => a.at - b.at);
  }

  private settle(window: AlignedWindow<CELLS>): void {
    window.settled = true;
    this.events.fire(window);
  }

  private drop(window: AlignedWindow<CELLS>): void {
    this.events.drop(window);
    if (this.open.get(window.start) === window) this.open.delete(window.start);
    else this.open.delete(window.window.identity());
  }

  private dueTime(window: AlignedWindow<CELLS>): number {
    const end = window.window.maxTimestamp();
    return window.settled ? cleanupTimeOf(end, this.lateness) : end;
  }
}
