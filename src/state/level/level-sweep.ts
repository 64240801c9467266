/**
 * The walk over a state that removes what has expired.
 *
 * Entries in memory come first. Those of the database are read in the background; a step for which none has arrived yet
 * does nothing.
 * Invariant: what is changed is what the entry is at that step, not what it was when it was read. A walk may end at any step,
 * without a word: nobody waits for it.
 */
import { StateMap } from '../state-map.js';
import type { LevelBackend } from './level-backend.js';
import { LevelEntry, type LevelState } from './level-entries.js';
import { entryOfText, FACTS_KEY, stateOfText } from './level-keys.js';
import type { StoredPair, StoreView } from './level-store.js';

type Keep = (value: unknown) => unknown;

export function* sweepEntries(backend: LevelBackend, state: LevelState | undefined, keep: Keep): IterableIterator<void> {
  if (!state) return;
  for (const generation of [state.young, state.old]) {
    for (const entry of generation.values()) {
      if (backend.entries.peek(state, entry.id) === entry) sweepEntry(backend, entry, keep);
      yield;
    }
  }
  const { store } = backend;
  if (store) yield* sweepStored(backend, state, keep, store.view(false));
}

function* sweepStored(backend: LevelBackend, state: LevelState, keep: Keep, view: StoreView): IterableIterator<void> {
  const chunks = view.chunks({ lt: FACTS_KEY });
  try {
    for (;;) {
      const next = eventually(chunks.next());
      while (next.answer === undefined && !next.failed) yield;
      if (next.failed || next.answer!.done) return;
      for (const pair of next.answer!.value) {
        if (stateOfText(pair[0]) !== state.number) continue;
        sweepPair(backend, state, pair, keep);
        yield;
      }
    }
  } finally {
    void view.close();
  }
}

function sweepPair(backend: LevelBackend, state: LevelState, [text, bytes]: StoredPair, keep: Keep): void {
  const { key: primitive, namespace } = entryOfText(text, state.namespaced);
  const id = backend.idOf(state, text, primitive);
  if (backend.entries.peek(state, id) !== undefined) return;
  const { value, key } = backend.values.decode(bytes);
  if (!changes(value, keep)) return;
  const entry = new LevelEntry(state, id, primitive, key === undefined ? primitive : key, namespace);
  backend.load(entry);
  if (entry.value !== undefined) sweepEntry(backend, entry, keep);
}

function sweepEntry(backend: LevelBackend, entry: LevelEntry, keep: Keep): void {
  const { current } = backend;
  if (entry.value === undefined || (current.present && Object.is(current.primitive, entry.primitive))) return;
  const before = sizeOf(entry.value);
  const kept = keep(entry.value);
  if (kept !== entry.value || sizeOf(kept) !== before) backend.change(entry, kept);
}

function changes(value: unknown, keep: Keep): boolean {
  const before = sizeOf(value);
  const kept = keep(value);
  return kept !== value || sizeOf(kept) !== before;
}

/** A map loses entries in place. */
function sizeOf(value: unknown): number {
  return value instanceof StateMap ? value.size : 0;
}

interface Eventually<T> {
  answer: T | undefined;
  failed: boolean;
}

function eventually<T>(promise: Promise<T>): Eventually<T> {
  const state: Eventually<T> = { answer: undefined, failed: false };
  promise.then((answer) => (state.answer = answer), () => (state.failed = true));
  return state;
}
