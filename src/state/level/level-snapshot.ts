/**
 * A snapshot of a backend in LevelDB in the form that every backend reads.
 *
 * Entries that the database may not have yet are handed over at once; they are never more than a few thousand. The rest
 * is read from a view of the database as it was at that moment, some entries at a time.
 */
import type { BackendSnapshot, BackendSnapshotRequest } from '../state-backend.js';
import type { LevelBackend } from './level-backend.js';
import { entryOfText, FACTS_KEY, stateOfText } from './level-keys.js';
import type { StoreView } from './level-store.js';

const ALL_WRITTEN: BackendSnapshot = { step: () => true, abandon: () => {} };

export function canonicalSnapshot(backend: LevelBackend, { entry: give }: Pick<BackendSnapshotRequest, 'entry'>): BackendSnapshot {
  const { store, maxParallelism, entries } = backend;
  const given = new Set<string>();
  for (const entry of entries.pending()) {
    const { value, state, primitive, key, namespace } = entry;
    if (value !== undefined) give(state.name, primitive, key, namespace, value);
    if (store) given.add(entry.text(maxParallelism));
  }
  if (!store) return ALL_WRITTEN;
  const view = store.view();
  let abandoned = false;
  return {
    step: () => true,
    abandon: () => {
      abandoned = true;
      void view.close();
    },
    finish: async () => {
      await readView(backend, view, given, give, () => abandoned);
      return undefined;
    },
  };
}

async function readView(backend: LevelBackend, view: StoreView, given: ReadonlySet<string>, give: BackendSnapshotRequest['entry'], abandoned: () => boolean): Promise<void> {
  try {
    if (abandoned()) return;
    for await (const chunk of view.chunks({ lt: FACTS_KEY })) {
      if (abandoned()) return;
      for (const [text, bytes] of chunk) {
        if (given.has(text)) continue;
        const state = backend.numbered(stateOfText(text));
        const { key: primitive, namespace } = entryOfText(text, state.namespaced);
        const { value, key } = backend.values.decode(bytes);
        give(state.name, primitive, key === undefined ? primitive : key, namespace, value);
      }
    }
  } finally {
    await view.close();
  }
}
