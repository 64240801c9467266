/**
 * Windows: the finite parts that a stream is cut into (Flink: `Window`, `TimeWindow`, `GlobalWindow`).
 *
 * Invariant: windows are values. Two windows with the same identity are the same window, wherever they were made.
 */
import { MAX_TIMESTAMP } from '../core/timestamp.js';

/** Base of every kind of window, also of a user's own (Flink: `Window`). */
export abstract class Window {
  /** The largest timestamp that still belongs to the window, epoch milliseconds. Results carry it. */
  abstract maxTimestamp(): number;

  /** Equal for equal windows of one assigner and for no others: state and timers of the window are kept under it. */
  abstract identity(): string | number;
}

/** A stretch of time from `start` up to, but without, `end`, in epoch milliseconds (Flink: `TimeWindow`). */
export class TimeWindow extends Window {
  private known: string | undefined;

  constructor(
    readonly start: number,
    readonly end: number,
  ) {
    super();
  }

  /**
   * The start of the window of `windowSize` that a time falls into, all in milliseconds: windows start at `offset` and every
   * `windowSize` from there, before 1970 as well.
   */
  static getWindowStartWithOffset(timestamp: number, offset: number, windowSize: number): number {
    const remainder = (timestamp - offset) % windowSize;
    return remainder < 0 ? timestamp - (remainder + windowSize) : timestamp - remainder;
  }

  /** Finds the windows that overlap or touch, and reports every group of two or more: for `mergeWindows` of an assigner. */
  static mergeWindows(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void {
    mergeTimeWindows(windows, merge);
  }

  /** Flink's name of `start`. */
  getStart(): number {
    return this.start;
  }

  /** Flink's name of `end`. */
  getEnd(): number {
    return this.end;
  }

  maxTimestamp(): number {
    return this.end - 1;
  }

  identity(): string {
    return (this.known ??= `${this.start},${this.end}`);
  }

  equals(other: unknown): boolean {
    return other instanceof TimeWindow && other.start === this.start && other.end === this.end;
  }

  /** Whether the two overlap or touch. */
  intersects(other: TimeWindow): boolean {
    return this.start <= other.end && this.end >= other.start;
  }

  /** The smallest window that covers both. */
  cover(other: TimeWindow): TimeWindow {
    return new TimeWindow(Math.min(this.start, other.start), Math.max(this.end, other.end));
  }

  override toString(): string {
    return `TimeWindow{start=${this.start}, end=${this.end}}`;
  }
}

/** The one window of all elements of a key (Flink: `GlobalWindow`). It ends when the stream does. */
export class GlobalWindow extends Window {
  private static readonly only = new GlobalWindow();

  private constructor() {
    super();
  }

  static get(): GlobalWindow {
    return GlobalWindow.only;
  }

  maxTimestamp(): number {
    return MAX_TIMESTAMP;
  }

  identity(): string {
    return 'global';
  }

  override toString(): string {
    return 'GlobalWindow';
  }
}

/** Told of each group of windows that became one: the windows that merge, and the window that covers them. */
export type MergeCallback<W> = (merged: readonly W[], result: W) => void;

/** See `TimeWindow.mergeWindows`. */
export function mergeTimeWindows(windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void {
  const inOrder = windows.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let group: TimeWindow[] = [];
  let cover: TimeWindow | undefined;
  for (const window of inOrder) {
    if (cover?.intersects(window)) {
      cover = cover.cover(window);
      group.push(window);
      continue;
    }
    if (cover && group.length > 1) merge(group, cover);
    cover = window;
    group = [window];
  }
  if (cover && group.length > 1) merge(group, cover);
}
