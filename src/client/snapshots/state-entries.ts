/**
 * Reads what is in a snapshot, entry by entry, without the program that wrote it.
 *
 * Invariant: a class that only the program knows does not keep anybody from reading: its instances come as objects with
 * their fields.
 */
import type { FileStore } from '../../checkpoint/file-store.js';
import type { CompletedSnapshot } from '../../checkpoint/checkpoint-storage.js';
import { openSnapshotReader } from '../../checkpoint/snapshot-input.js';
import { readSnapshot } from '../../checkpoint/snapshot-path.js';
import type { SnapshotOperator } from '../../checkpoint/snapshot-metadata.js';
import { FlinkError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import { ClassRegistry } from '../../core/serialization/class-registry.js';
import { readKeyedState } from '../../state/keyed-snapshot-reader.js';
import type { CanonicalKeyedState, KeyedStateHandle } from '../../state/operator-snapshot.js';
import { decodeItems } from '../../state/operator-state-items.js';
import type { SnapshotReader } from '../../state/snapshot-files.js';
import { snapshotFiles } from './snapshot-files.js';

/** One thing in a snapshot. */
export type StateEntry =
  | { readonly operator: SnapshotOperator; readonly state: string; readonly kind: string; readonly key: unknown; readonly namespace?: unknown; readonly value: unknown; readonly lastUsed?: number }
  | { readonly operator: SnapshotOperator; readonly state: string; readonly kind: string; readonly subtask: number; readonly value: unknown };

export interface EntryFilter {
  /** The operator's uid, name or id. */
  readonly operator?: string | undefined;
  readonly state?: string | undefined;
}

/** A snapshot, and where it is. */
export interface OpenSnapshot extends CompletedSnapshot {
  readonly files: FileStore;
}

/** The snapshot at a path as people write it. @param dynamic `-D` values as given. */
export async function openSnapshot(path: string, dynamic: readonly string[]): Promise<OpenSnapshot> {
  const files = await snapshotFiles([path], dynamic);
  return { ...(await readSnapshot(path, files)), files };
}

export function labelOf({ uid, name }: SnapshotOperator): string {
  return uid ?? name;
}

/** Calls with every entry that the filter lets through. Rejects with JOB_UNKNOWN-like errors of `USAGE` when it names what is not there. */
export async function forEachEntry(snapshot: OpenSnapshot, filter: EntryFilter, call: (entry: StateEntry) => void): Promise<void> {
  const reader = openSnapshotReader(snapshot.folders, snapshot.files);
  const classes = new ForeignClasses();
  for (const operator of chosenOperators(snapshot, filter.operator)) {
    for (const { index, state } of operator.subtasks) {
      for (const handle of state.keyed) await readKeyed(handle, operator, filter.state, reader, classes, call);
      for (const handle of state.operator) {
        for (const part of handle.states) {
          if (filter.state !== undefined && part.name !== filter.state) continue;
          const items = await decodeItems(part, handle.file, reader, classes);
          for (const value of items) call({ operator, state: part.name, kind: part.redistribution, subtask: index, value });
        }
      }
    }
  }
}

function chosenOperators(snapshot: CompletedSnapshot, given: string | undefined): readonly SnapshotOperator[] {
  const { operators } = snapshot.metadata;
  if (given === undefined) return operators;
  const chosen = operators.filter(({ uid, name, operatorId }) => [uid, name, operatorId].includes(given));
  if (chosen.length > 0) return chosen;
  const names = operators.map(labelOf);
  const [near] = nearest(given, names);
  throw new FlinkError('USAGE', `the snapshot has no operator "${given}"`, { hint: near === undefined ? `It has: ${names.join(', ')}.` : `Did you mean "${near}"?` });
}

async function readKeyed(
  handle: KeyedStateHandle, operator: SnapshotOperator, wanted: string | undefined, reader: SnapshotReader, classes: ClassRegistry, call: (entry: StateEntry) => void,
): Promise<void> {
  if (handle.format === 'native') {
    throw new FlinkError('STATE_INCOMPATIBLE', `the keyed state of "${labelOf(operator)}" is in the own format of the state backend ${handle.backend}, which only a job can read`, {
      hint: 'Take a savepoint in the canonical format: `flink savepoint -type canonical <job>`.',
    });
  }
  await readKeyedState(handle, handle.keyGroups, reader, classes, (at, key, namespace, value) => {
    const meta = handle.states[at]!;
    if (wanted === undefined || meta.name === wanted) call({ operator, state: meta.name, kind: meta.kind, key, ...stored(meta, namespace, value) });
  });
}

/** The value as the program saw it. */
function stored({ kind, namespaced, expiring }: CanonicalKeyedState['states'][number], namespace: unknown, value: unknown): { namespace?: unknown; value: unknown; lastUsed?: number } {
  const where = namespaced && namespace !== '' ? { namespace } : {};
  if (kind === 'timers') {
    const [isEvent, timestamp, own] = value as readonly [number, number, unknown?];
    return { ...(own === undefined ? where : { namespace: own }), value: { time: timestamp, domain: isEvent ? 'EVENT_TIME' : 'PROCESSING_TIME' } };
  }
  if (!expiring) return { ...where, value };
  if (kind === 'list') return { ...where, value: (value as Stamped[]).map((element) => element.value), lastUsed: Math.max(...(value as Stamped[]).map(({ at }) => at)) };
  if (kind === 'map') {
    const entries = value as [unknown, Stamped][];
    return { ...where, value: entries.map(([key, element]) => [key, element.value]), lastUsed: Math.max(...entries.map(([, { at }]) => at)) };
  }
  const { value: plain, at } = value as Stamped;
  return { ...where, value: plain, lastUsed: at };
}

interface Stamped {
  readonly value: unknown;
  readonly at: number;
}

/** Knows every class, by its name. */
class ForeignClasses extends ClassRegistry {
  private readonly made = new Map<string, object>();

  override prototypeOf(name: string): object {
    const known = super.prototypeOf(name) ?? this.made.get(name);
    if (known) return known;
    const prototype = {};
    this.made.set(name, prototype);
    return prototype;
  }
}
