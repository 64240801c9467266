/**
 * The entries of all keys, by key: a Map, and further Maps once it is full (a Map ends at 2^24 entries).
 */
import type { PrimitiveKey } from '../core/key.js';

/** What one key has: its first state in `value`, its further ones in `others`. */
export class StateEntry {
  // Declared only: a class field would be written twice.
  declare readonly primitive: PrimitiveKey;
  declare readonly key: unknown;
  /** See `EntryEpochs`. */
  declare epoch: number;
  declare value: unknown;
  /** What `value` was at a snapshot that has yet to write it; undefined when none has. */
  declare before: unknown;
  declare others: unknown[] | undefined;

  /** @param key as the user gave it. */
  constructor(primitive: PrimitiveKey, key: unknown, epoch: number, value?: unknown, before?: unknown) {
    this.primitive = primitive;
    this.key = key;
    this.epoch = epoch;
    this.value = value;
    this.before = before;
    this.others = undefined;
  }
}

// Tells V8 that these fields hold anything: to learn it later would rebuild every entry, at 1 µs each.
void [new StateEntry(0.5, 0.5, 0, 0.5, 0.5), new StateEntry('', '', 0, '', '')];

const MAP_ENTRIES_MAX = 2 ** 24 - 16;

export class EntryMap {
  private readonly first = new Map<PrimitiveKey, StateEntry>();
  private further: EntryMap | undefined;

  constructor(private readonly entriesMax = MAP_ENTRIES_MAX) {}

  get size(): number {
    return this.first.size + (this.further?.size ?? 0);
  }

  get(key: PrimitiveKey): StateEntry | undefined {
    const found = this.first.get(key);
    return found !== undefined || this.further === undefined ? found : this.further.get(key);
  }

  /** Adds an entry for a key that has none. */
  set(key: PrimitiveKey, entry: StateEntry): void {
    if (this.first.size < this.entriesMax) this.first.set(key, entry);
    else (this.further ??= new EntryMap(this.entriesMax)).set(key, entry);
  }

  delete(key: PrimitiveKey): void {
    if (!this.first.delete(key)) this.further?.delete(key);
  }

  clear(): void {
    this.first.clear();
    this.further = undefined;
  }

  /** Entries may come and go meanwhile. */
  values(): IterableIterator<StateEntry> {
    // The Map's own: a generator around it would cost half as much as writing an entry.
    return this.further === undefined ? this.first.values() : this.allValues();
  }

  private *allValues(): IterableIterator<StateEntry> {
    yield* this.first.values();
    if (this.further) yield* this.further.values();
  }

  forEach(call: (entry: StateEntry) => void): void {
    this.first.forEach(call);
    this.further?.forEach(call);
  }
}
