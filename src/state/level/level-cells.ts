/**
 * The current key of a backend in LevelDB, and cells that read and write entries of it.
 *
 * Invariant: a cell remembers the entry it found last for as long as key, namespace and memory are the same.
 */
import { type PrimitiveKey, toPrimitiveKey } from '../../core/key.js';
import { noCurrentKey } from '../no-current-key.js';
import { ownString, ownStrings } from '../own-strings.js';
import type { CurrentKey, NamespacedCell } from '../state-backend.js';
import { LevelEntry, type LevelState } from './level-entries.js';
import { spacedText } from './level-keys.js';

export class LevelKey implements CurrentKey {
  key: unknown = undefined;
  primitive: PrimitiveKey = '';
  present = false;
  /** Another number for every key that is set. */
  turn = 0;

  set(key: unknown): void {
    this.restore(key, toPrimitiveKey(key));
  }

  restore(key: unknown, primitive: PrimitiveKey): void {
    this.primitive = primitive;
    this.key = key;
    this.present = true;
    this.turn += 1;
  }

  clear(): void {
    this.key = undefined;
    this.present = false;
    this.turn += 1;
  }
}

/** What cells read and write through. */
export interface EntryAccess {
  readonly current: LevelKey;
  /** Changes whenever entries that a cell remembers may not count any more. */
  readonly dropped: number;
  /** The entry, if memory has it. */
  find(state: LevelState, id: PrimitiveKey): LevelEntry | undefined;
  /** Takes in an entry that memory does not have, with what the database has of it. */
  load(entry: LevelEntry): void;
  /** Takes in an entry that is about to be written. */
  enter(entry: LevelEntry): void;
  change(entry: LevelEntry, value: unknown): void;
}

export class LevelCell<V> implements NamespacedCell<V> {
  namespace: PrimitiveKey = '';
  private entry: LevelEntry | undefined = undefined;
  private turn = -1;
  private dropped = -1;

  constructor(private readonly access: EntryAccess, private readonly state: LevelState) {}

  read(): V | undefined {
    return (this.remembered() ?? this.resolve(true)).value as V | undefined;
  }

  write(value: V | undefined): void {
    const entry = this.remembered() ?? this.resolve(false);
    if (value !== undefined || entry.value !== undefined || entry.stored === 'unknown') this.access.change(entry, value);
  }

  private remembered(): LevelEntry | undefined {
    const { entry, access } = this;
    return entry !== undefined && this.turn === access.current.turn && this.dropped === access.dropped && entry.namespace === this.namespace ? entry : undefined;
  }

  private resolve(load: boolean): LevelEntry {
    const { access, state, namespace } = this;
    const { current } = access;
    if (!current.present) throw noCurrentKey();
    const id = state.namespaced ? spacedText(current.primitive, namespace) : current.primitive;
    let entry = access.find(state, id);
    if (entry === undefined) {
      entry = newEntry(state, id, current, namespace);
      if (load) access.load(entry);
      else access.enter(entry);
    }
    this.entry = entry;
    this.turn = current.turn;
    this.dropped = access.dropped;
    return entry;
  }
}

function newEntry(state: LevelState, id: PrimitiveKey, { primitive, key }: LevelKey, namespace: PrimitiveKey): LevelEntry {
  const kept = typeof primitive === 'string' ? ownString(primitive) : primitive;
  // A primitive that says it all is the key; a number's -0 does not come back.
  const same = primitive === key || primitive !== primitive;
  return new LevelEntry(state, id === primitive ? kept : id, kept, same ? kept : ownStrings(key), typeof namespace === 'string' ? ownString(namespace) : namespace);
}
