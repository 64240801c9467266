/**
 * The records of simulated jobs that are made to fail, split by split, as a function of the job alone: what a replay
 * gives again is what was given before.
 *
 * Invariant: event times rise within a split and from split to split, so that no record is ever late as long as readers
 * take up their splits in order.
 */
export interface Event {
  /** Who this record is: one and only. */
  readonly id: string;
  readonly key: number;
  /** Event time, in milliseconds. */
  readonly time: number;
}

export interface EventSplit {
  readonly source: string;
  readonly index: number;
  /** How many records it has. */
  readonly size: number;
  /** The next one to read. */
  readonly at: number;
}

export interface EventSource {
  readonly name: string;
  readonly splits: number;
  readonly splitSize: number;
  readonly keys: number;
}

/** The stretch of event time that one split covers. */
const SPLIT_MS = 100;

export function splitsOf({ name, splits, splitSize }: EventSource): EventSplit[] {
  return Array.from({ length: splits }, (_, index) => ({ source: name, index, size: splitSize, at: 0 }));
}

export function eventAt({ keys }: EventSource, { source, index, size }: EventSplit, at: number): Event {
  return { id: `${source}${index}.${at}`, key: (at * 7 + index * 3) % keys, time: index * SPLIT_MS + Math.floor((at * SPLIT_MS) / size) };
}

/** Every record of a source. */
export function eventsOf(source: EventSource): Event[] {
  return eventSplitsOf(source).flat();
}

/** The same, by split. */
export function eventSplitsOf(source: EventSource): Event[][] {
  return splitsOf(source).map((split) => Array.from({ length: split.size }, (_, at) => eventAt(source, split, at)));
}
