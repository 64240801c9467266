/**
 * State on the heap (Flink: `HashMapStateBackend`): one table entry for each key, with a slot for each state.
 *
 * The entry is looked up once a record, on first use of any state, and all states of the operator work on it.
 * Invariants:
 * - `entry` is the current key's, or undefined when that key has nothing; it counts only while `resolved`.
 * - An entry whose slots are all empty is deleted.
 */
import { FlinkError } from '../core/errors.js';
import { hashKey, type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import { type KeyEntry, type KeyTable, keyTable } from './key-table.js';
import type { CurrentKey, NamespacedCell, StateBackend, StateCell } from './state-backend.js';

/** What a key has, by number of the state. */
type Slots = unknown[];
type CopyKernel = <F extends (...args: never[]) => unknown>(kernel: F) => F;

class HashMapKey implements CurrentKey {
  key: unknown = undefined;
  primitive: PrimitiveKey = '';
  present = false;
  entry: KeyEntry<Slots> | undefined = undefined;
  resolved = false;
  private hash = 0;
  private hashed = false;

  constructor(private readonly table: KeyTable<Slots>) {}

  set(key: unknown, hash?: number): void {
    this.primitive = toPrimitiveKey(key);
    this.key = key;
    this.hashed = hash !== undefined;
    if (hash !== undefined) this.hash = hash;
    this.present = true;
    this.resolved = false;
  }

  restore(key: unknown, primitive: PrimitiveKey): void {
    this.primitive = primitive;
    this.key = key;
    this.hashed = false;
    this.present = true;
    this.resolved = false;
  }

  find(): KeyEntry<Slots> | undefined {
    return this.resolved ? this.entry : this.resolve();
  }

  private resolve(): KeyEntry<Slots> | undefined {
    if (!this.present) throw noCurrentKey();
    this.entry = this.table.find(this.primitive, this.hashOf());
    this.resolved = true;
    return this.entry;
  }

  /** The current key's entry, made when it is missing. */
  enter(): KeyEntry<Slots> {
    const found = this.find();
    if (found !== undefined) return found;
    const entry = this.table.enter(this.primitive, this.hashOf(), this.key);
    // Undefined first: V8 then knows the array as one that holds anything.
    entry.value = [undefined];
    this.entry = entry;
    return entry;
  }

  removeEntry(): void {
    this.table.delete(this.primitive, this.hashOf());
    this.entry = undefined;
  }

  private hashOf(): number {
    if (!this.hashed) {
      this.hash = hashKey(this.primitive);
      this.hashed = true;
    }
    return this.hash;
  }
}

class SlotCell<V> implements StateCell<V> {
  constructor(private readonly current: HashMapKey, private readonly slot: number) {}

  read(): V | undefined {
    const entry = this.current.find();
    return entry === undefined ? undefined : (entry.value![this.slot] as V | undefined);
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
    return this.current.find()?.value![this.slot] as Map<PrimitiveKey, V> | undefined;
  }
}

function fillSlot(entry: KeyEntry<Slots>, slot: number, value: unknown): void {
  const slots = entry.value!;
  while (slots.length < slot) slots.push(undefined);
  slots[slot] = value;
}

function emptySlot(current: HashMapKey, slot: number): void {
  const slots = current.find()?.value;
  if (slots === undefined || slots[slot] === undefined) return;
  slots[slot] = undefined;
  for (let i = 0; i < slots.length; i++) if (slots[i] !== undefined) return;
  current.removeEntry();
}

export class HashMapBackend implements StateBackend {
  readonly currentKey: CurrentKey;
  private readonly current: HashMapKey;
  private readonly table: KeyTable<Slots>;
  private readonly slots = new Map<string, { readonly slot: number; readonly namespaced: boolean }>();

  /** @param copyKernel gives the table code of its own, so that its key type does not mix with that of others. */
  constructor(copyKernel: CopyKernel = (kernel) => kernel) {
    this.table = keyTable<Slots>(copyKernel);
    this.current = new HashMapKey(this.table);
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
    if (slot === undefined) return [];
    const entries = this.table.slots().filter((entry) => entry !== undefined && entry.value![slot] !== undefined) as KeyEntry<Slots>[];
    return entries.map((entry) => ({ key: this.table.originalKey(entry), primitive: entry.key }));
  }

  size(): number {
    let entries = 0;
    for (const entry of this.table.slots()) {
      if (entry === undefined) continue;
      for (const { slot, namespaced } of this.slots.values()) {
        const held = entry.value![slot];
        if (held !== undefined) entries += namespaced ? (held as Map<PrimitiveKey, unknown>).size : 1;
      }
    }
    return entries;
  }

  private slotOf(name: string, namespaced: boolean): number {
    const known = this.slots.get(name);
    if (known) return known.slot;
    const slot = this.slots.size;
    this.slots.set(name, { slot, namespaced });
    return slot;
  }
}

function noCurrentKey(): FlinkError {
  return new FlinkError('STATE_ACCESS', 'keyed state was used where there is no current key: no record has been handled yet', {
    hint: 'Get the handle in open(), but read and write it only while a record or a timer is being handled.',
  });
}
