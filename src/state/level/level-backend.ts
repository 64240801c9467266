/**
 * State in LevelDB on the local disk, for more of it than the heap holds (Flink: `EmbeddedRocksDBStateBackend`).
 *
 * Reads are synchronous: first the entries in memory (changed ones, and the last that were used), then the database.
 * Writes are gathered in memory and written behind, in batches.
 * Invariants:
 * - What an entry is now is in memory, or memory has nothing of it and the database does.
 * - A value is encoded when its batch is made; a value changed in place is written again, so it gets into a later batch.
 * - The working folder belongs to this backend alone and is deleted when it closes.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import type { PrimitiveKey } from '../../core/key.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import type { KeyGroupRange, NativeKeyedState } from '../operator-snapshot.js';
import type { SnapshotReader } from '../snapshot-files.js';
import type { BackendSnapshot, BackendSnapshotRequest, CurrentKey, NamespacedCell, StateBackend, StateCell } from '../state-backend.js';
import { type EntryAccess, LevelCell, LevelKey } from './level-cells.js';
import { copyEntries, factsIn } from './copy-entries.js';
import { LevelEntries, LevelEntry, LevelState } from './level-entries.js';
import { fetchFiles, filesSnapshot } from './level-files.js';
import { entryOfText, spacedText, STATES_MAX, stateOfText } from './level-keys.js';
import { canonicalSnapshot } from './level-snapshot.js';
import { LevelStore } from './level-store.js';
import type { LocalCopies } from './local-copies.js';
import { sweepEntries } from './level-sweep.js';
import { LevelValues } from './level-values.js';
import { linkDatabase } from './link-database.js';
import { storedKeys } from './stored-keys.js';
import { UploadedTables } from './uploaded-tables.js';
import { makeWorkingFolder } from './working-folder.js';
import { type StoreFacts, WriteBehind } from './write-behind.js';

export interface LevelBackendOptions {
  /** Its name, for errors. */
  readonly operator: string;
  readonly keyGroups: { readonly range: KeyGroupRange; readonly maxParallelism: number };
  /** The classes that values may be instances of. */
  readonly classes: ClassRegistry;
  /** Where working folders are made; the system's folder for temporary files unless given. */
  readonly localDirectory?: string | undefined;
  /** Whether native checkpoints store only tables that earlier ones have not. Default: false. */
  readonly incremental?: boolean;
  /** Where copies of checkpoints stay for a restart in this process; none do unless given. */
  readonly localCopies?: LocalCopies | undefined;
  /** More waits to be written than should: the task is to take no more input until `release`. */
  readonly hold?: () => void;
  readonly release?: () => void;
  /** The database failed: the task cannot go on. */
  readonly fail?: (error: unknown) => void;
  /** How much is kept in memory; for tests. */
  readonly limits?: LevelLimits;
}

export interface LevelLimits {
  /** Changed entries that make a batch. */
  readonly batchEntries: number;
  /** Entries of one generation in memory. */
  readonly generationEntries: number;
  /** What the database gathers before it writes a table. */
  readonly writeBufferBytes?: number;
}

const nothing = (): void => {};

export class LevelBackend implements StateBackend, EntryAccess {
  readonly name = 'level';
  readonly onDisk = true;
  readonly current = new LevelKey();
  readonly currentKey: CurrentKey = this.current;
  readonly entries: LevelEntries;
  readonly values: LevelValues;
  private behind: WriteBehind;
  private folder: Promise<string> | undefined;
  private databases = 0;
  /** Of the database that there is. */
  private uploaded = new UploadedTables();
  /** Databases that were given up and close by themselves. */
  private readonly closing: Promise<void>[] = [];

  constructor(private readonly options: LevelBackendOptions) {
    this.entries = new LevelEntries(options.limits?.generationEntries);
    this.values = new LevelValues(options.classes);
    this.behind = this.writeBehind();
  }

  cell<V>(name: string): StateCell<V> {
    return new LevelCell<V>(this, this.stateOf(name, false));
  }

  namespacedCell<V>(name: string): NamespacedCell<V> {
    return new LevelCell<V>(this, this.stateOf(name, true));
  }

  get dropped(): number {
    return this.entries.dropped;
  }

  find(state: LevelState, id: PrimitiveKey): LevelEntry | undefined {
    return this.entries.find(state, id);
  }

  load(entry: LevelEntry): void {
    const { store, failure } = this.behind;
    if (failure !== undefined) throw failure;
    const bytes = store?.get(entry.text(this.options.keyGroups.maxParallelism));
    entry.stored = bytes === undefined ? 'no' : 'yes';
    if (bytes !== undefined) {
      entry.value = this.values.decode(bytes).value;
      entry.bytes = bytes.length;
    }
    this.entries.add(entry);
  }

  enter(entry: LevelEntry): void {
    if (this.behind.store === undefined) entry.stored = 'no';
    this.entries.add(entry);
  }

  change(entry: LevelEntry, value: unknown): void {
    if (this.entries.change(entry, value)) this.behind.changed(entry);
  }

  keysOf(name: string): { readonly key: unknown; readonly primitive: PrimitiveKey }[] {
    const state = this.entries.states.get(name);
    if (!state) return [];
    const found = new Map<PrimitiveKey, unknown>();
    for (const generation of [state.young, state.old]) {
      for (const { value, primitive, key } of generation.values()) if (value !== undefined) found.set(primitive, key);
    }
    const { store } = this.behind;
    if (store) {
      for (const [text, bytes] of storedKeys(store.folder)) {
        if (stateOfText(text) !== state.number) continue;
        const { key: primitive } = entryOfText(text, state.namespaced);
        if (found.has(primitive) || this.entries.peek(state, this.idOf(state, text, primitive)) !== undefined) continue;
        const { key } = this.values.decode(bytes);
        found.set(primitive, key === undefined ? primitive : key);
      }
    }
    return [...found].map(([primitive, key]) => ({ key, primitive }));
  }

  sweep<V>(name: string, keep: (value: V) => V | undefined): Iterator<void> {
    const state = this.entries.states.get(name);
    return sweepEntries(this, state, keep as (value: unknown) => unknown);
  }

  clear(): void {
    this.entries.clear();
    this.current.clear();
    const before = this.behind;
    this.behind = this.writeBehind();
    this.uploaded = new UploadedTables();
    this.closing.push(before.close());
  }

  size(): number {
    return this.behind.size();
  }

  snapshot(request: BackendSnapshotRequest): BackendSnapshot {
    return request.format === 'native' && this.behind.store ? this.filesSnapshot(request, this.behind.store) : canonicalSnapshot(this, request);
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.uploaded.completed(checkpointId);
    void this.options.localCopies?.completed(checkpointId);
  }

  async restoreFiles(state: NativeKeyedState, keyGroups: KeyGroupRange, _maxParallelism: number, reader: SnapshotReader): Promise<void> {
    const folder = await this.newFolder();
    if (!(await this.options.localCopies?.restore(state, folder))) await fetchFiles(state, reader, folder);
    const store = await this.openStore(folder);
    const facts = factsIn(store);
    const same = state.keyGroups.start === keyGroups.start && state.keyGroups.end === keyGroups.end;
    if (same && this.behind.store === undefined && this.entries.empty) return this.adopt(store, facts);
    try {
      await copyEntries(this, store, facts, keyGroups);
    } finally {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  drained(): Promise<void> {
    return this.behind.drained();
  }

  async close(): Promise<void> {
    await Promise.all([this.behind.close(), ...this.closing]);
    const folder = await this.folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  /** Takes in an entry that neither memory nor database has. */
  insert(name: string, namespaced: boolean, primitive: PrimitiveKey, key: unknown, namespace: PrimitiveKey, value: unknown): void {
    const state = this.stateOf(name, namespaced);
    const entry = new LevelEntry(state, namespaced ? spacedText(primitive, namespace) : primitive, primitive, key, namespace);
    entry.stored = 'no';
    this.entries.add(entry);
    this.change(entry, value);
  }

  /** The database, once something is in it. */
  get store(): LevelStore | undefined {
    return this.behind.store;
  }

  get maxParallelism(): number {
    return this.options.keyGroups.maxParallelism;
  }

  /** The state that has this number in the database. */
  numbered(number: number): LevelState {
    for (const state of this.entries.states.values()) if (state.number === number) return state;
    throw new FlinkError('INTERNAL', `the database has a state ${number} that nobody knows`);
  }

  /** What memory knows an entry of the database by. */
  idOf({ namespaced }: LevelState, text: string, primitive: PrimitiveKey): PrimitiveKey {
    return namespaced ? text.slice(3) : primitive;
  }

  private stateOf(name: string, namespaced: boolean): LevelState {
    const { states } = this.entries;
    const known = states.get(name);
    if (known) return known;
    if (states.size === STATES_MAX) throw new FlinkError('STATE_CONFLICT', `expected at most ${STATES_MAX} states in one operator, got one more: "${name}"`);
    const state = new LevelState(name, namespaced, states.size);
    states.set(name, state);
    return state;
  }

  private filesSnapshot({ checkpointId, kind, streams }: BackendSnapshotRequest, store: LevelStore): BackendSnapshot {
    const { uploaded } = this;
    const { localCopies } = this.options;
    const shares = this.options.incremental === true && kind === 'checkpoint';
    const linked = this.behind.barrier(async (facts) => ({ ...(await linkDatabase(store.folder, await this.newFolder(), store.manifest)), facts }));
    return filesSnapshot({
      backend: this.name, linked, streams, scope: shares ? 'shared' : 'exclusive',
      reusable: (table) => uploaded.reusable(table),
      stored: (tables) => {
        if (shares) uploaded.stored(checkpointId, tables);
      },
      keep: kind === 'checkpoint' && localCopies ? (folder) => localCopies.keep(checkpointId, folder) : undefined,
    });
  }

  /** The database is this backend's from here on. */
  private adopt(store: LevelStore, facts: StoreFacts): void {
    const { states } = this.entries;
    const others = [...states.values()].filter(({ name }) => !facts.states.some((known) => known.name === name));
    for (const [number, { name, namespaced }] of facts.states.entries()) this.stateOf(name, namespaced).renumber(number);
    for (const [at, state] of others.entries()) state.renumber(facts.states.length + at);
    this.behind.adopt(store, facts);
  }

  private writeBehind(): WriteBehind {
    const { operator, classes, hold = nothing, release = nothing, fail = nothing } = this.options;
    return new WriteBehind({
      operator, classes, hold, release, fail, entries: this.entries, values: this.values, maxParallelism: this.options.keyGroups.maxParallelism,
      ...(this.options.limits && { batchEntries: this.options.limits.batchEntries }),
      open: async () => this.openStore(await this.newFolder()),
    });
  }

  private openStore(folder: string): Promise<LevelStore> {
    return LevelStore.open(folder, this.options.limits?.writeBufferBytes);
  }

  private async newFolder(): Promise<string> {
    this.folder ??= makeWorkingFolder(this.options.localDirectory);
    return join(await this.folder, String(this.databases++));
  }
}
