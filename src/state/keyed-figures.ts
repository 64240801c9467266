/**
 * How much an operator keeps by key, whichever layout it keeps it in: as many entries and timers as handles of state
 * and timer services would hold.
 */
import type { KeyedStateMeta } from './operator-snapshot.js';
import type { KeyedSnapshotSink, SnapshotWalk } from './snapshot-walk.js';
import type { StoredTimer } from './stored-timer.js';

export interface KeyedFigures {
  /** One for each state and key, or key and window, that has something. */
  readonly entries: number;
  readonly eventTimeTimers: number;
  readonly processingTimeTimers: number;
}

/** Counts what a snapshot would write, to its end. */
export function counted(snapshot: (sink: KeyedSnapshotSink) => SnapshotWalk): KeyedFigures {
  const figures = { entries: 0, eventTimeTimers: 0, processingTimeTimers: 0 };
  const kinds: KeyedStateMeta['kind'][] = [];
  const walk = snapshot({
    open: ({ kind }) => kinds.push(kind) - 1,
    write(state, _primitive, _key, _namespace, value) {
      if (kinds[state] !== 'timers') figures.entries += 1;
      else if ((value as StoredTimer)[0] === 1) figures.eventTimeTimers += 1;
      else figures.processingTimeTimers += 1;
    },
  });
  while (!walk.step(Number.MAX_SAFE_INTEGER));
  return figures;
}
