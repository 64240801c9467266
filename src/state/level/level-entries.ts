/**
 * What a backend in LevelDB has of its entries in memory: those that were changed and are not in the database yet, and
 * the last that were used.
 *
 * Entries are in two generations. One that is used moves into the younger; when that is full the older is dropped.
 * Invariants:
 * - An entry that is dirty, or in a batch that is not written yet, is never dropped: the database has not what it has.
 * - There is one entry object for an entry that memory has; `dropped` counts when objects may have gone.
 */
import type { PrimitiveKey } from '../../core/key.js';
import { hashKey } from '../../core/key.js';
import { keyGroupOf } from '../../core/key-group.js';
import { groupPrefix, keyText, statePrefix } from './level-keys.js';

/** Entries of one generation, and the bytes that they take in the database. */
const GENERATION_ENTRIES = 20_000;
const GENERATION_BYTES = 8 * 1024 * 1024;

/** What the database is known to have of an entry once all batches so far are written. */
export type Stored = 'yes' | 'no' | 'unknown';

type Generation = Map<PrimitiveKey, LevelEntry>;

/** One state. */
export class LevelState {
  young: Generation = new Map();
  old: Generation = new Map();
  prefix: string;

  constructor(readonly name: string, readonly namespaced: boolean, public number: number) {
    this.prefix = statePrefix(number);
  }

  renumber(number: number): void {
    this.number = number;
    this.prefix = statePrefix(number);
  }
}

export class LevelEntry {
  value: unknown = undefined;
  /** Changed since it was last put into a batch. */
  dirty = false;
  /** Batches under way that it is in. */
  flying = 0;
  stored: Stored = 'unknown';
  /** What its value takes in the database, as far as known. */
  bytes = 0;

  /**
   * @param id what the state's maps know it by: its primitive key, or `spacedText` in a state with namespaces.
   * @param key as the user gave it.
   */
  constructor(readonly state: LevelState, readonly id: PrimitiveKey, readonly primitive: PrimitiveKey, readonly key: unknown, readonly namespace: PrimitiveKey) {}

  /** Its key in the database. */
  text(maxParallelism: number): string {
    const { state, id, primitive } = this;
    return groupPrefix(keyGroupOf(hashKey(primitive), maxParallelism)) + state.prefix + (state.namespaced ? (id as string) : keyText(id));
  }
}

export class LevelEntries {
  readonly states = new Map<string, LevelState>();
  /** In the order in which they were changed. */
  dirty: LevelEntry[] = [];
  /** Batches that are not written yet. */
  readonly flying = new Set<readonly LevelEntry[]>();
  /** Changes whenever entries that somebody holds may have been dropped. */
  dropped = 0;
  private count = 0;
  private bytes = 0;

  constructor(private readonly generationEntries = GENERATION_ENTRIES) {}

  /** Whether memory has nothing at all. */
  get empty(): boolean {
    return this.dirty.length === 0 && this.flying.size === 0 && [...this.states.values()].every(({ young, old }) => young.size + old.size === 0);
  }

  /** The entry, if memory has it. */
  find(state: LevelState, id: PrimitiveKey): LevelEntry | undefined {
    const young = state.young.get(id);
    if (young !== undefined) return young;
    const old = state.old.get(id);
    if (old !== undefined) this.add(old);
    return old;
  }

  /** As `find`, without counting as use. */
  peek(state: LevelState, id: PrimitiveKey): LevelEntry | undefined {
    return state.young.get(id) ?? state.old.get(id);
  }

  add(entry: LevelEntry): void {
    const { state, id } = entry;
    state.old.delete(id);
    state.young.set(id, entry);
    this.count += 1;
    this.bytes += entry.bytes;
    if (this.count > this.generationEntries || this.bytes > GENERATION_BYTES) this.age();
  }

  /** The entry's value is another one. True when that was not known yet. */
  change(entry: LevelEntry, value: unknown): boolean {
    entry.value = value;
    if (entry.dirty) return false;
    entry.dirty = true;
    this.dirty.push(entry);
    return true;
  }

  /** A written value takes so many bytes. */
  weigh(entry: LevelEntry, bytes: number): void {
    this.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  /** Every entry that the database may not have as it is. */
  pending(): Set<LevelEntry> {
    const entries = new Set(this.dirty);
    for (const batch of this.flying) for (const entry of batch) entries.add(entry);
    return entries;
  }

  /** Forgets everything. */
  clear(): void {
    for (const state of this.states.values()) {
      state.young = new Map();
      state.old = new Map();
    }
    for (const entry of this.dirty) entry.dirty = false;
    this.dirty = [];
    this.flying.clear();
    this.count = 0;
    this.bytes = 0;
    this.dropped += 1;
  }

  private age(): void {
    this.count = 0;
    this.bytes = 0;
    for (const state of this.states.values()) {
      state.old = state.young;
      state.young = new Map();
    }
    for (const entry of this.pending()) {
      entry.state.old.delete(entry.id);
      entry.state.young.set(entry.id, entry);
    }
    this.dropped += 1;
  }
}
