/**
 * State on the heap (Flink: `HashMapStateBackend`): one entry for each key, with a slot for each state.
 *
 * The entry is looked up once a record, on first use of any state, and all states of the operator work on it. The first
 * state has its slot in the entry itself: most operators have no other, and every object less is a cache miss less. A
 * Map is as fast as a table of our own for strings that were just made, and up to three times as fast for integers and
 * for strings that V8 has hashed before; key groups are computed when a snapshot needs them.
 * Invariants:
 * - `entry` is the current key's, or undefined when that key has nothing; it counts only while `resolved`.
 * - An entry whose slots are all empty is deleted.
 * - Before an entry is handed out for the first time in a record, and before it is swept, it is preserved for the
 *   snapshots under way: nobody can change what one of them has yet to write.
 */
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import { EntryEpochs, type Keepsake } from './entry-epochs.js';
import { EntryMap, StateEntry } from './entry-map.js';
import { noCurrentKey } from './no-current-key.js';
import { ownString, ownStrings } from './own-strings.js';
import type { BackendSnapshot, BackendSnapshotRequest, CurrentKey, NamespacedCell, StateBackend, StateCell } from './state-backend.js';

class HashMapKey implements CurrentKey {
  key: unknown = undefined;
  primitive: PrimitiveKey = '';
  present = false;
  entry: StateEntry | undefined = undefined;
  resolved = false;

  constructor(private readonly entries: EntryMap, private readonly epochs: EntryEpochs<StateEntry>) {}

  set(key: unknown): void {
    this.primitive = toPrimitiveKey(key);
    this.key = key;
    this.present = true;
    this.resolved = false;
  }

  restore(key: unknown, primitive: PrimitiveKey): void {
    this.primitive = primitive;
    this.key = key;
    this.present = true;
    this.resolved = false;
  }

  clear(): void {
    this.key = undefined;
    this.present = false;
    this.resolved = false;
    this.entry = undefined;
  }

  find(): StateEntry | undefined {
    return this.resolved ? this.entry : this.resolve();
  }

  private resolve(): StateEntry | undefined {
    if (!this.present) throw noCurrentKey();
    const entry = this.entries.get(this.primitive);
    if (entry !== undefined && entry.epoch !== this.epochs.current) this.epochs.preserve(entry);
    this.entry = entry;
    this.resolved = true;
    return entry;
  }

  /** The current key's entry, made when it is missing. */
  enter(): StateEntry {
    const found = this.find();
    if (found !== undefined) return found;
    const { key, primitive } = this;
    const kept = typeof primitive === 'string' ? ownString(primitive) : primitive;
    this.entry = new StateEntry(kept, key === primitive ? kept : ownStrings(key), this.epochs.current);
    this.entries.set(kept, this.entry);
    return this.entry;
  }

  removeEntry(): void {
    this.epochs.settle(this.entry!);
    this.entries.delete(this.primitive);
    this.entry = undefined;
  }
}

/**
 * An entry keeps its first state, where that is the only one and cannot be changed in place. To copy an object costs as
 * much as to write it: what is made to live on for a while is moved twice.
 */
const keepsake: Keepsake<StateEntry> = {
  keep(entry) {
    const { value, others } = entry;
    if (others !== undefined || value === undefined || typeof value === 'object' || typeof value === 'function') return false;
    entry.before = value;
    return true;
  },
  has: (entry) => entry.before !== undefined,
  drop(entry) {
    entry.before = undefined;
  },
};

class SlotCell<V> implements StateCell<V> {
  constructor(private readonly current: HashMapKey, private readonly slot: number) {}

  read(): V | undefined {
    const entry = this.current.find();
    return entry === undefined ? undefined : (slotOf(entry, this.slot) as V | undefined);
  }

  write(value: V | undefined): void {
    if (value === undefined) emptySlot(this.current, this.slot);
    else fillSlot(this.current.enter(), this.slot, value);
  }
}

class NamespacedSlotCell<V> implements NamespacedCell<V> {
  namespace: PrimitiveKey = '';

  constructor(private readonly current: HashMapKey, private readonly slot: number) {}

  read(): V | undefined {
    return this.spaces()?.get(this.namespace);
  }

  write(value: V | undefined): void {
    const spaces = this.spaces();
    if (value === undefined) {
      if (spaces?.delete(this.namespace) && spaces.size === 0) emptySlot(this.current, this.slot);
    } else if (spaces) {
      spaces.set(this.namespace, value);
    } else {
      fillSlot(this.current.enter(), this.slot, new Map([[this.namespace, value]]));
    }
  }

  private spaces(): Map<PrimitiveKey, V> | undefined {
    const entry = this.current.find();
    return entry === undefined ? undefined : (slotOf(entry, this.slot) as Map<PrimitiveKey, V> | undefined);
  }
}

function slotOf(entry: StateEntry, slot: number): unknown {
  return slot === 0 ? entry.value : entry.others?.[slot - 1];
}

function fillSlot(entry: StateEntry, slot: number, value: unknown): void {
  if (slot === 0) {
    entry.value = value;
    return;
  }
  const others = (entry.others ??= []);
  while (others.length < slot - 1) others.push(undefined);
  others[slot - 1] = value;
}

function emptySlot(current: HashMapKey, slot: number): void {
  const entry = current.find();
  if (entry === undefined || slotOf(entry, slot) === undefined) return;
  fillSlot(entry, slot, undefined);
  if (isVacant(entry)) current.removeEntry();
}

function isVacant({ value, others }: StateEntry): boolean {
  if (value !== undefined) return false;
  if (others !== undefined) for (let i = 0; i < others.length; i++) if (others[i] !== undefined) return false;
  return true;
}

function keepSpaces<V>(spaces: Map<PrimitiveKey, V>, keep: (value: V) => V | undefined): Map<PrimitiveKey, V> | undefined {
  for (const [namespace, value] of spaces) {
    const kept = keep(value);
    if (kept === undefined) spaces.delete(namespace);
    else if (kept !== value) spaces.set(namespace, kept);
  }
  return spaces.size === 0 ? undefined : spaces;
}

export class HashMapBackend implements StateBackend {
  readonly name = 'hashmap';
  readonly currentKey: CurrentKey;
  private readonly current: HashMapKey;
  private readonly entries = new EntryMap();
  private readonly epochs = new EntryEpochs<StateEntry>(keepsake);
  private readonly slots = new Map<string, { readonly slot: number; readonly namespaced: boolean }>();

  constructor() {
    this.current = new HashMapKey(this.entries, this.epochs);
    this.currentKey = this.current;
  }

  cell<V>(name: string): StateCell<V> {
    return new SlotCell<V>(this.current, this.slotOf(name, false));
  }

  namespacedCell<V>(name: string): NamespacedCell<V> {
    return new NamespacedSlotCell<V>(this.current, this.slotOf(name, true));
  }

  keysOf(name: string): { readonly key: unknown; readonly primitive: PrimitiveKey }[] {
    const slot = this.slots.get(name)?.slot;
    const found: { readonly key: unknown; readonly primitive: PrimitiveKey }[] = [];
    if (slot === undefined) return found;
    this.entries.forEach((entry) => {
      if (slotOf(entry, slot) !== undefined) found.push({ key: entry.key, primitive: entry.primitive });
    });
    return found;
  }

  *sweep<V>(name: string, keep: (value: V) => V | undefined): IterableIterator<void> {
    const state = this.slots.get(name);
    if (!state) return;
    for (const entry of this.entries.values()) {
      if (!(this.current.present && Object.is(entry.primitive, this.current.primitive))) this.sweepEntry(entry, state.slot, state.namespaced, keep);
      yield;
    }
  }

  private sweepEntry<V>(entry: StateEntry, slot: number, namespaced: boolean, keep: (value: V) => V | undefined): void {
    const held = slotOf(entry, slot);
    if (held === undefined) return;
    this.epochs.preserve(entry);
    fillSlot(entry, slot, namespaced ? keepSpaces(held as Map<PrimitiveKey, V>, keep) : keep(held as V));
    if (!isVacant(entry)) return;
    this.epochs.settle(entry);
    this.entries.delete(entry.primitive);
  }

  clear(): void {
    if (this.epochs.active) this.entries.forEach((entry) => this.epochs.settle(entry));
    this.entries.clear();
    this.current.clear();
  }

  snapshot({ entry: give }: BackendSnapshotRequest): BackendSnapshot {
    // States that are asked for later have nothing yet in an entry that has not been touched.
    const states = [...this.slots].map(([name, { slot, namespaced }]) => ({ name, slot, namespaced }));
    this.current.resolved = false;
    return this.epochs.begin(this.entries.values(), (entry, kept) => {
      if (kept) return give(states[0]!.name, entry.primitive, entry.key, '', entry.before);
      for (let at = 0; at < states.length; at++) {
        const { name, slot, namespaced } = states[at]!;
        const held = slotOf(entry, slot);
        if (held === undefined) continue;
        if (namespaced) for (const [namespace, value] of held as Map<PrimitiveKey, unknown>) give(name, entry.primitive, entry.key, namespace, value);
        else give(name, entry.primitive, entry.key, '', held);
      }
    }, this.entries.size);
  }

  size(): number {
    let size = 0;
    this.entries.forEach((entry) => {
      for (const { slot, namespaced } of this.slots.values()) {
        const held = slotOf(entry, slot);
        if (held !== undefined) size += namespaced ? (held as Map<PrimitiveKey, unknown>).size : 1;
      }
    });
    return size;
  }

  private slotOf(name: string, namespaced: boolean): number {
    const known = this.slots.get(name);
    if (known) return known.slot;
    const slot = this.slots.size;
    this.slots.set(name, { slot, namespaced });
    return slot;
  }
}
