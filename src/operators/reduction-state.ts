/**
 * The running results of a keyed reduction in snapshots: a value state, as Flink's operators keep them.
 */
import { hashKey, toPrimitiveKey } from '../core/key.js';
import { EntryEpochs } from '../state/entry-epochs.js';
import type { KeyEntry, KeyTable } from '../state/key-table.js';
import type { KeyedContext } from '../state/keyed-context.js';
import type { KeyedStateMeta } from '../state/operator-snapshot.js';

/** Flink's name of it. */
const META: KeyedStateMeta = { name: '_op_state', kind: 'value', namespaced: false, expiring: false };

/**
 * Takes the results that a table holds into snapshots, and back.
 * @param adopt makes what the table keeps of what a snapshot has.
 * @returns what is to be asked before an entry changes.
 */
export function keepResults<ACC>(keyed: KeyedContext, table: KeyTable<ACC>, adopt: (result: ACC) => ACC): EntryEpochs<KeyEntry<ACC>> {
  const epochs = new EntryEpochs<KeyEntry<ACC>>();
  keyed.keep({
    states: [META],
    snapshot(sink) {
      const state = sink.open(META);
      return epochs.begin(entriesOf(table), (entry) => {
        const { key, value } = entry;
        if (value !== undefined) sink.write(state, key, table.originalKey(entry), '', value);
      });
    },
    restore(_state, key, _namespace, value) {
      const primitive = toPrimitiveKey(key);
      table.enter(primitive, hashKey(primitive), key).value = adopt(value as ACC);
    },
    // The reduction itself sets no current key; the first one is to be of the type that the snapshot has.
    restored() {
      epochs.callWithNext((entry) => {
        keyed.setCurrentKey(table.originalKey(entry));
        keyed.clearCurrentKey();
      });
    },
  });
  return epochs;
}

/** A table that grows moves its entries: then from the start again. Entries never go. */
function* entriesOf<ACC>(table: KeyTable<ACC>): IterableIterator<KeyEntry<ACC>> {
  let slots: ReturnType<KeyTable<ACC>['slots']>;
  do {
    slots = table.slots();
    for (let at = 0; at < slots.length && table.slots() === slots; at++) {
      const entry = slots[at];
      if (entry !== undefined) yield entry;
    }
  } while (table.slots() !== slots);
}
