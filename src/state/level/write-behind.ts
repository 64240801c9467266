/**
 * Brings changed entries into the database, which writes asynchronously, a batch at a time.
 *
 * The database is opened with the first batch: state that stays small never touches the disk.
 * Invariants:
 * - Batches are written one after the other, in the order in which they were made.
 * - When more waits than can be written, the task takes no more input (`hold`) until it has been.
 * - After a failure nothing more is written; `failure` says why, and `fail` has been told.
 */
import { explainUnserializable } from '../../core/serialization/unserializable.js';
import { FlinkError } from '../../core/errors.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { NO_KEYS, SeenKeys } from '../key-type.js';
import { StateMap } from '../state-map.js';
import type { LevelEntries, LevelEntry } from './level-entries.js';
import { FACTS_KEY } from './level-keys.js';
import type { LevelStore, StoreBatch } from './level-store.js';
import type { LevelValues } from './level-values.js';

/** Changed entries that make a batch, and the bytes that do. */
const BATCH_ENTRIES = 1_000;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Most entries of one batch: encoding them is done in one go. */
const BATCH_ENTRIES_MAX = 1_000;
/** Changed entries with which the task takes no more input. */
const HOLD_ENTRIES = 4_000;
const HOLD_BYTES = 16 * 1024 * 1024;
/** The share of them with which it goes on: it stands still for about as long as one batch takes, not for many. */
const BREATHE_SHARE = 7 / 8;

/** What a database says of itself, as JSON. */
export interface StoreFacts {
  /** Names of states by their number; whether they have namespaces. */
  readonly states: readonly { readonly name: string; readonly namespaced: boolean }[];
  readonly keyType: string;
  readonly entries: number;
}

/** What is in a batch. */
interface Filled {
  readonly taken: readonly LevelEntry[];
  /** How many entries more there are after it, if the database had none of `unknown`. */
  readonly more: number;
  /** Of what memory does not know whether the database has it; it is asked when the batch is written, on another thread. */
  readonly unknown: readonly string[];
}

export interface WriteBehindOptions {
  /** Its name, for errors. */
  readonly operator: string;
  readonly maxParallelism: number;
  readonly classes: ClassRegistry;
  readonly entries: LevelEntries;
  readonly values: LevelValues;
  readonly open: () => Promise<LevelStore>;
  readonly hold: () => void;
  readonly release: () => void;
  /** What it cannot go on from. */
  readonly fail: (error: unknown) => void;
  /** Changed entries that make a batch; for tests. */
  readonly batchEntries?: number;
}

export class WriteBehind {
  /** Undefined until something is in the database. */
  store: LevelStore | undefined;
  failure: unknown;
  /** Those written so far. */
  private keys = new SeenKeys(NO_KEYS);
  /** Entries that the database has once the batch under way is written. */
  private entries = 0;
  /** Batches that wait for their turn, in order. */
  private readonly filled: Filled[] = [];
  private opening: Promise<LevelStore> | undefined;
  private readonly urgent: { readonly run: () => Promise<void>; readonly reject: (error: unknown) => void }[] = [];
  private running: Promise<void> | undefined;
  private held = false;
  /** About what the changed entries take. */
  private bytes = 0;
  /** Of the values written last: nobody knows what a new one takes. */
  private usualBytes = 64;
  private closed = false;

  private readonly batchEntries: number;

  constructor(private readonly options: WriteBehindOptions) {
    this.batchEntries = options.batchEntries ?? BATCH_ENTRIES;
  }

  /** An entry was changed that had not been. */
  changed(entry: LevelEntry): void {
    const { length } = this.options.entries.dirty;
    this.bytes += entry.bytes === 0 ? this.usualBytes : entry.bytes;
    if (length < this.batchEntries && this.bytes < BATCH_BYTES) return;
    if (this.running === undefined) this.start();
    if (this.held || (length < HOLD_ENTRIES && this.bytes < HOLD_BYTES)) return;
    this.held = true;
    this.options.hold();
  }

  /** Resolves when few entries wait to be written. */
  async drained(): Promise<void> {
    while (this.due && this.failure === undefined) {
      if (this.running === undefined) this.start();
      await this.running;
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /**
   * Has everything of this moment written, and then `call` run before anything later is; it is told what the database has
   * then. Only once there is a database.
   */
  barrier<R>(call: (facts: StoreFacts) => R | Promise<R>): Promise<R> {
    const batch = this.store!.batch();
    const filled = this.fill(batch, this.options.entries.dirty.length);
    const known = { states: this.states(), keyType: this.keys.type };
    return new Promise<R>((resolve, reject) => {
      this.urgent.push({
        run: async () => {
          try {
            await this.count(filled);
            const facts = { ...known, entries: this.entries };
            batch.put(FACTS_KEY, Buffer.from(JSON.stringify(facts)));
            await this.land(batch, filled);
            await Promise.resolve(facts).then(call).then(resolve, reject);
          } catch (error) {
            reject(error);
            throw error;
          }
        },
        reject,
      });
      if (this.failure !== undefined) reject(this.failure);
      else if (this.running === undefined) this.start();
    });
  }

  private states(): StoreFacts['states'] {
    return [...this.options.entries.states.values()].sort((a, b) => a.number - b.number).map(({ name, namespaced }) => ({ name, namespaced }));
  }

  /** Goes on with a database that is there. */
  adopt(store: LevelStore, facts: StoreFacts): void {
    this.store = store;
    this.opening = Promise.resolve(store);
    this.keys = new SeenKeys(facts.keyType);
    this.entries = facts.entries;
  }

  opened(): Promise<LevelStore> {
    return (this.opening ??= this.options.open());
  }

  /** Entries that there are, those that are not written yet included. */
  size(): number {
    const { store } = this;
    let size = this.entries;
    for (const { more, unknown } of this.filled) size += more - unknown.filter((text) => store?.get(text) !== undefined).length;
    for (const entry of this.options.entries.dirty) {
      if (entry.stored === 'unknown') entry.stored = store?.get(entry.text(this.options.maxParallelism)) === undefined ? 'no' : 'yes';
      size += (entry.value === undefined ? 0 : 1) - (entry.stored === 'yes' ? 1 : 0);
    }
    return size;
  }

  /** Waits for the batch under way and closes the database; what has not been written is forgotten. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
    const store = await this.opening?.catch(() => undefined);
    await store?.close();
  }

  private get due(): boolean {
    return !this.closed && (this.options.entries.dirty.length >= this.batchEntries || this.bytes >= BATCH_BYTES);
  }

  private start(): void {
    if (this.failure !== undefined || this.closed) return;
    this.running = this.run().catch((error: unknown) => {
      this.failure = error;
      for (const { reject } of this.urgent.splice(0)) reject(error);
      this.options.fail(error);
    }).finally(() => {
      this.running = undefined;
      this.breathe(this.failure !== undefined);
      if (this.failure === undefined && (this.urgent.length > 0 || this.due)) this.start();
    });
  }

  private async run(): Promise<void> {
    for (;;) {
      const first = this.urgent.shift();
      if (first) await first.run();
      else if (this.due) await this.writeSome();
      else return;
    }
  }

  private async writeSome(): Promise<void> {
    const store = await this.opened();
    // What was made to be written before the rest may have come while the database was opened.
    if (this.urgent.length > 0 || this.closed) return;
    const batch = store.batch();
    const filled = this.fill(batch, BATCH_ENTRIES_MAX);
    this.store = store;
    this.breathe(false);
    await this.count(filled);
    await this.land(batch, filled);
  }

  /** The batch is next: the database is as it was made for. */
  private async count(filled: Filled): Promise<void> {
    const had = filled.unknown.length === 0 ? 0 : await this.store!.count(filled.unknown);
    this.entries += filled.more - had;
    this.filled.splice(this.filled.indexOf(filled), 1);
  }

  private async land(batch: StoreBatch, { taken }: Filled): Promise<void> {
    await this.store!.write(batch);
    for (const entry of taken) entry.flying -= 1;
    this.options.entries.flying.delete(taken);
    this.breathe(false);
  }

  private breathe(anyway: boolean): void {
    if (!this.held || (!anyway && (this.options.entries.dirty.length >= HOLD_ENTRIES * BREATHE_SHARE || this.bytes >= HOLD_BYTES * BREATHE_SHARE))) return;
    this.held = false;
    this.options.release();
  }

  /** Puts the entries that have waited longest into a batch. */
  private fill(batch: StoreBatch, most: number): Filled {
    const { entries, maxParallelism } = this.options;
    const taken = entries.dirty.length <= most ? entries.dirty : entries.dirty.slice(0, most);
    entries.dirty = taken === entries.dirty ? [] : entries.dirty.slice(most);
    this.bytes *= entries.dirty.length / Math.max(1, taken.length + entries.dirty.length);
    const unknown: string[] = [];
    let [written, more] = [0, 0];
    entries.flying.add(taken);
    for (const entry of taken) {
      entry.dirty = false;
      entry.flying += 1;
      const { value, stored } = entry;
      const text = entry.text(maxParallelism);
      if (stored === 'unknown') unknown.push(text);
      if (value !== undefined) {
        const bytes = this.encode(entry);
        entries.weigh(entry, bytes.length);
        written += bytes.length;
        batch.put(text, bytes);
        this.keys.note(entry.key);
      } else if (stored !== 'no') {
        batch.del(text);
      }
      more += (value === undefined ? 0 : 1) - (stored === 'yes' ? 1 : 0);
      entry.stored = value === undefined ? 'no' : 'yes';
    }
    if (taken.length > 0) this.usualBytes = Math.max(64, written / taken.length);
    const filled = { taken, more, unknown };
    this.filled.push(filled);
    return filled;
  }

  private encode({ value, key, primitive, state }: LevelEntry): Buffer {
    const { values, operator, classes } = this.options;
    try {
      return values.encode(value, Object.is(key, primitive) ? undefined : key);
    } catch (error) {
      const { problem, hint } = explainUnserializable(value instanceof StateMap ? [...value.entries()] : value, error, 'value', classes);
      throw new FlinkError('STATE_NOT_SERIALIZABLE', `the state "${state.name}" of the operator "${operator}" cannot be stored: ${problem}`, {
        ...(hint !== undefined && { hint }), place: { operator },
      });
    }
  }
}
