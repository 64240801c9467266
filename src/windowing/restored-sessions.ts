/**
 * Puts sessions together again from the entries of a snapshot, which come in any order.
 */
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import type { KeyedStateMeta } from '../state/operator-snapshot.js';
import type { StoredTimer } from '../state/stored-timer.js';
import type { InFlight } from './merging-window-set.js';
import { contentsMeta, mergingMeta } from './window-state.js';
import type { TimeWindow } from './window.js';

interface KeyEntries {
  readonly key: unknown;
  inFlight: readonly InFlight<TimeWindow>[];
  /** By the window that they are kept under. */
  readonly contents: Map<PrimitiveKey, unknown>;
  /** The times at which each window has a timer. */
  readonly timers: Map<PrimitiveKey, number[]>;
}

export interface RestoredSession {
  readonly window: TimeWindow;
  /** Undefined when nothing was in it. */
  readonly accumulator: unknown;
  /** It had fired. */
  readonly settled: boolean;
}

const CONTENTS = contentsMeta(true).name;

export class RestoredSessions {
  private readonly keys = new Map<PrimitiveKey, KeyEntries>();

  add({ name, kind }: KeyedStateMeta, key: unknown, namespace: PrimitiveKey, value: unknown): void {
    const primitive = toPrimitiveKey(key);
    let entries = this.keys.get(primitive);
    if (!entries) this.keys.set(primitive, (entries = { key, inFlight: [], contents: new Map(), timers: new Map() }));
    if (name === mergingMeta.name) {
      entries.inFlight = value as readonly InFlight<TimeWindow>[];
    } else if (kind !== 'timers' && name === CONTENTS) {
      entries.contents.set(namespace, value);
    } else {
      const times = entries.timers.get(namespace);
      const [, time] = value as StoredTimer;
      if (times) times.push(time);
      else entries.timers.set(namespace, [time]);
    }
  }

  *all(): Iterable<{ readonly primitive: PrimitiveKey; readonly key: unknown; readonly sessions: readonly RestoredSession[] }> {
    for (const [primitive, { key, inFlight, contents, timers }] of this.keys) {
      const sessions = inFlight.map(({ window, stateWindow }) => ({
        window,
        accumulator: contents.get(stateWindow.identity()),
        settled: !(timers.get(window.identity())?.includes(window.maxTimestamp()) ?? false),
      }));
      if (sessions.length > 0) yield { primitive, key, sessions };
    }
  }
}
