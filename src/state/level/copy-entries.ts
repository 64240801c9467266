/**
 * Takes entries out of the database of another backend: one that had other key groups.
 */
import type { KeyGroupRange } from '../operator-snapshot.js';
import { FlinkError } from '../../core/errors.js';
import type { LevelBackend } from './level-backend.js';
import { entryOfText, FACTS_KEY, groupPrefix, stateOfText } from './level-keys.js';
import type { LevelStore } from './level-store.js';
import type { StoreFacts } from './write-behind.js';

/** What the database says of itself. Throws SNAPSHOT_CORRUPT when it says nothing. */
export function factsIn(store: LevelStore): StoreFacts {
  const bytes = store.get(FACTS_KEY);
  if (!bytes) throw new FlinkError('SNAPSHOT_CORRUPT', `the database in ${store.folder}, restored from a snapshot, does not say which states it holds`);
  return JSON.parse(bytes.toString()) as StoreFacts;
}

export async function copyEntries(backend: LevelBackend, store: LevelStore, { states }: StoreFacts, { start, end }: KeyGroupRange): Promise<void> {
  const view = store.view();
  try {
    for await (const chunk of view.chunks({ gte: groupPrefix(start), lt: groupPrefix(end + 1) })) {
      for (const [text, bytes] of chunk) {
        const { name, namespaced } = states[stateOfText(text)]!;
        const { key: primitive, namespace } = entryOfText(text, namespaced);
        const { value, key } = backend.values.decode(bytes);
        backend.insert(name, namespaced, primitive, key === undefined ? primitive : key, namespace, value);
      }
      await backend.drained();
    }
  } finally {
    await view.close();
  }
}
