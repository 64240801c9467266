/**
 * A hash table from keys to entries, for keyed state.
 *
 * Open addressing with linear probing: a typed array of hashes that the probe runs over, beside an array of
 * entries that it looks into only when a hash matches. It takes the key's hash from outside, because an exchange has
 * computed it already, and knows each entry's key group from it for free. From 100 k keys up it is 15-35 % cheaper
 * than a Map plus a hash, it has no limit of 2^24 entries, and it does not stop the thread for a rehash as long.
 *
 * Invariants:
 * - At most half of the slots are taken, so every probe ends at an empty one.
 * - No empty slot lies between an entry's home slot and its own (deletion moves entries back).
 * - Keys are compared with `===`, except that NaN equals itself.
 */
import type { PrimitiveKey } from '../core/key.js';
import { ownString, ownStrings } from './own-strings.js';

export interface KeyEntry<V> {
  readonly key: PrimitiveKey;
  /** `hashKey` of the key. */
  readonly hash: number;
  /** See `EntryEpochs`. */
  epoch: number;
  /** Undefined in a new entry. */
  value: V | undefined;
}

/** Hot methods are plain functions, so that an operator's kernel can call them directly. */
export interface KeyTable<V> {
  readonly find: (key: PrimitiveKey, hash: number) => KeyEntry<V> | undefined;
  /**
   * The entry of a key, made when it is missing.
   * @param original the key as the user gave it; kept when it is not the primitive itself.
   */
  readonly enter: (key: PrimitiveKey, hash: number, original: unknown) => KeyEntry<V>;
  /** Whether the key was there. */
  readonly delete: (key: PrimitiveKey, hash: number) => boolean;
  readonly size: () => number;
  /** The key of an entry as the user gave it. */
  readonly originalKey: (entry: KeyEntry<V>) => unknown;
  /** The slots as they are: for walking over all entries. Not to be kept beyond the next insertion or deletion. */
  readonly slots: () => readonly (KeyEntry<V> | undefined)[];
}

/** How the kernel that makes a table is copied, where the caller has such means. */
type CopyKernel = <F extends (...args: never[]) => unknown>(kernel: F) => F;

/** An empty table. `copyKernel` gives it code of its own, so that its key type does not mix with that of others. */
export function keyTable<V>(copyKernel: CopyKernel = (kernel) => kernel): KeyTable<V> {
  return copyKernel(keyTableKernel<V>)(copyKernel(entryKernel<V>)(), rehash, vacate, ownString, ownStrings);
}

/** Every entry whose key group is in the range (both ends inclusive), in order of key group. */
export function* entriesByKeyGroup<V>(table: KeyTable<V>, groupOf: (hash: number) => number, start: number, end: number): Generator<{ group: number; entry: KeyEntry<V> }> {
  const slots = table.slots();
  const count = end - start + 1;
  const ends = new Int32Array(count + 1);
  for (const entry of slots) {
    const group = entry === undefined ? -1 : groupOf(entry.hash) - start;
    if (group >= 0 && group < count) ends[group + 1]! += 1;
  }
  for (let group = 0; group < count; group++) ends[group + 1]! += ends[group]!;
  const order = new Int32Array(ends[count]!);
  for (let slot = 0; slot < slots.length; slot++) {
    const entry = slots[slot];
    const group = entry === undefined ? -1 : groupOf(entry.hash) - start;
    if (group >= 0 && group < count) order[ends[group]!++] = slot;
  }
  for (const slot of order) {
    const entry = slots[slot]!;
    yield { group: groupOf(entry.hash), entry };
  }
}

type Slots<V> = (KeyEntry<V> | undefined)[];
type MakeEntry<V> = new (key: PrimitiveKey, hash: number) => KeyEntry<V>;

/** A class of entries for one table: V8 then knows what the values of this table are. */
function entryKernel<V>(): MakeEntry<V> {
  const Entry = class {
    // Declared only: a class field would be written twice.
    declare readonly key: PrimitiveKey;
    declare readonly hash: number;
    declare epoch: number;
    declare value: V | undefined;
    constructor(key: PrimitiveKey, hash: number, value?: V) {
      this.key = key;
      this.hash = hash;
      this.epoch = 0;
      this.value = value;
    }
  };
  // Tells V8 that both fields hold anything: to learn it later would rebuild every entry, at 1 µs each.
  void [new Entry(0.5, 0, 0.5 as never), new Entry('', 0, '' as never)];
  return Entry;
}

/**
 * `marks` holds the hash of the entry in the same slot and 0 where there is none; an entry whose hash is 0 has a 1
 * there. The home slot is the top bits of the hash times 2^32 / golden ratio, which spreads keys such as 0, 64, 128.
 */
function keyTableKernel<V>(
  Entry: MakeEntry<V>,
  refill: (from: Slots<V>, marks: Int32Array, to: Slots<V>, shift: number) => void,
  remove: (marks: Int32Array, entries: Slots<V>, shift: number, slot: number) => void,
  own: (text: string) => string,
  ownAll: (key: unknown) => unknown,
): KeyTable<V> {
  let shift = 28;
  let mask = 15;
  let marks = new Int32Array(16);
  let entries: Slots<V> = new Array<KeyEntry<V> | undefined>(16);
  let size = 0;
  let originals: Map<PrimitiveKey, unknown> | undefined;

  /** Where the key is or, as its complement, where it belongs. */
  function seek(key: PrimitiveKey, hash: number): number {
    const mark = hash === 0 ? 1 : hash;
    let slot = Math.imul(hash, -1640531527) >>> shift;
    for (let found = marks[slot]!; found !== 0; found = marks[slot]!) {
      if (found === mark) {
        const known = entries[slot]!.key;
        if (known === key || (known !== known && key !== key)) return slot;
      }
      slot = (slot + 1) & mask;
    }
    return ~slot;
  }

  function insert(slot: number, key: PrimitiveKey, hash: number, original: unknown): KeyEntry<V> {
    const entry = new Entry(typeof key === 'string' ? own(key) : key, hash);
    if (original !== key && original === original) (originals ??= new Map()).set(entry.key, ownAll(original));
    marks[slot] = hash === 0 ? 1 : hash;
    entries[slot] = entry;
    size += 1;
    if (size * 2 > mask + 1) grow();
    return entry;
  }

  function grow(): void {
    const before = entries;
    shift -= 1;
    mask = mask * 2 + 1;
    marks = new Int32Array(mask + 1);
    entries = new Array<KeyEntry<V> | undefined>(mask + 1);
    refill(before, marks, entries, shift);
  }

  return {
    find(key, hash) {
      const slot = seek(key, hash);
      return slot < 0 ? undefined : entries[slot];
    },
    enter(key, hash, original) {
      const slot = seek(key, hash);
      return slot < 0 ? insert(~slot, key, hash, original) : entries[slot]!;
    },
    delete(key, hash) {
      const slot = seek(key, hash);
      if (slot < 0) return false;
      originals?.delete(entries[slot]!.key);
      remove(marks, entries, shift, slot);
      size -= 1;
      return true;
    },
    size: () => size,
    originalKey: (entry) => (originals?.has(entry.key) ? originals.get(entry.key) : entry.key),
    slots: () => entries,
  };
}

const HOME_FACTOR = -1640531527;

/** Entries keep their order when a table doubles, so this walks both tables from front to back. */
function rehash<V>(from: Slots<V>, marks: Int32Array, to: Slots<V>, shift: number): void {
  const mask = marks.length - 1;
  for (let i = 0; i < from.length; i++) {
    const entry = from[i];
    if (entry === undefined) continue;
    let slot = Math.imul(entry.hash, HOME_FACTOR) >>> shift;
    while (marks[slot] !== 0) slot = (slot + 1) & mask;
    marks[slot] = entry.hash === 0 ? 1 : entry.hash;
    to[slot] = entry;
  }
}

/** Empties a slot, and moves back every entry of the run behind it that may move nearer to its home slot. */
function vacate<V>(marks: Int32Array, entries: Slots<V>, shift: number, hole: number): void {
  const mask = marks.length - 1;
  let empty = hole;
  for (let slot = (hole + 1) & mask; marks[slot] !== 0; slot = (slot + 1) & mask) {
    const home = Math.imul(entries[slot]!.hash, HOME_FACTOR) >>> shift;
    if (((slot - home) & mask) < ((slot - empty) & mask)) continue;
    marks[empty] = marks[slot]!;
    entries[empty] = entries[slot];
    empty = slot;
  }
  marks[empty] = 0;
  entries[empty] = undefined;
}
