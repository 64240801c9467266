/**
 * Everything that one operator keeps by key, as snapshots see it: the backend's states, timers, and contents in layouts
 * of the operator's own.
 *
 * Invariants:
 * - Entries of a snapshot go to the contents that claim their state, to the timer service of their name, or to the
 *   backend. Timers whose service is not there yet wait for it, and are in snapshots meanwhile.
 */
import type { PrimitiveKey } from '../core/key.js';
import { toPrimitiveKey } from '../core/key.js';
import type { KeyedContents } from './keyed-contents.js';
import { KeyedStateRegistry } from './keyed-state-registry.js';
import type { KeyedStateMeta } from './operator-snapshot.js';
import { fromPortable, portable } from './portable-values.js';
import { inTurn, type KeyedSnapshotSink, type SnapshotWalk } from './snapshot-walk.js';
import type { BackendSnapshot, BackendSnapshotRequest, StateBackend } from './state-backend.js';
import { type StoredTimer, timersMeta } from './stored-timer.js';
import type { TimerService } from './timer-service.js';

/** Takes one entry of a state from a snapshot. */
export type TakeEntry = (key: unknown, namespace: PrimitiveKey, value: unknown) => void;

interface WaitingTimer {
  readonly key: unknown;
  readonly namespace: PrimitiveKey;
  readonly stored: StoredTimer;
}

/** How entries of a state are written. */
interface WrittenState {
  readonly name: string;
  readonly number: number;
  readonly kind: KeyedStateMeta['kind'];
  /** What of a value is still to be kept, where values expire. */
  readonly keep: ((held: unknown) => unknown) | undefined;
}

export class KeyedParts {
  readonly registry: KeyedStateRegistry;
  private readonly contents: KeyedContents[] = [];
  private readonly services = new Map<string, TimerService<never>>();
  private readonly waiting = new Map<string, WaitingTimer[]>();

  /** @param operator its name, for errors. */
  constructor(operator: string, private readonly backend: StateBackend) {
    this.registry = new KeyedStateRegistry(operator);
  }

  keep(contents: KeyedContents): void {
    this.contents.push(contents);
    for (const meta of contents.states) this.registry.ask(meta);
  }

  /** The service has been made; it gets the timers that wait for it. */
  addTimers(name: string, service: TimerService<never>): void {
    this.registry.ask(timersMeta(name));
    this.services.set(name, service);
    const waiting = this.waiting.get(name);
    if (!waiting) return;
    this.waiting.delete(name);
    for (const { key, namespace, stored } of waiting) service.restore(key, namespace, stored);
    service.schedule();
  }

  /** Begins a snapshot of all of it. */
  snapshot(sink: KeyedSnapshotSink, request: Omit<BackendSnapshotRequest, 'entry'>): BackendSnapshot {
    const backend = this.backend.snapshot({ ...request, entry: this.entryWriter(sink) });
    const walks: SnapshotWalk[] = [...this.services].map(([name, service]) => service.snapshot(sink, name));
    walks.push(this.snapshotContents(sink));
    this.writeWaiting(sink);
    // The backend's own files do not say what is in them.
    if (request.format === 'native') for (const meta of this.registry.all()) sink.open(meta);
    const walk = inTurn([...walks, backend]);
    return { step: (entries) => walk.step(entries), abandon: () => walk.abandon(), finish: async () => backend.finish?.() };
  }

  /** Begins a snapshot of what the operator keeps in layouts of its own. */
  snapshotContents(sink: KeyedSnapshotSink): SnapshotWalk {
    return inTurn(this.contents.map((contents) => contents.snapshot(sink)));
  }

  /** Where the entries of a state of a snapshot go. */
  taker(meta: KeyedStateMeta): TakeEntry {
    this.registry.restore(meta);
    const owner = this.contents.find(({ states }) => states.some(({ name, kind }) => name === meta.name && kind === meta.kind));
    if (owner) return (key, namespace, value) => owner.restore(meta, key, namespace, fromPortable(meta.kind, value));
    if (meta.kind === 'timers') return this.timerTaker(meta.name);
    const { currentKey } = this.backend;
    if (!meta.namespaced) {
      const cell = this.backend.cell<unknown>(meta.name);
      return (key, _namespace, value) => {
        currentKey.set(key);
        cell.write(fromPortable(meta.kind, value));
      };
    }
    const cell = this.backend.namespacedCell<unknown>(meta.name);
    return (key, namespace, value) => {
      currentKey.set(key);
      cell.namespace = namespace;
      cell.write(fromPortable(meta.kind, value));
    };
  }

  /** Every entry has been taken. */
  restored(): void {
    this.backend.currentKey.clear();
    for (const contents of this.contents) contents.restored?.();
    for (const service of this.services.values()) service.schedule();
  }

  private timerTaker(name: string): TakeEntry {
    const service = this.services.get(name);
    if (service) return (key, namespace, value) => service.restore(key, namespace, value as StoredTimer);
    const waiting = this.waiting.get(name) ?? [];
    this.waiting.set(name, waiting);
    return (key, namespace, value) => void waiting.push({ key, namespace, stored: value as StoredTimer });
  }

  private entryWriter(sink: KeyedSnapshotSink): BackendSnapshotRequest['entry'] {
    const states = new Map<string, WrittenState>();
    let last: WrittenState | undefined;
    return (name, primitive, key, namespace, value) => {
      // Nearly always the same one again.
      const state = last !== undefined && last.name === name ? last : (last = this.writtenState(states, name, sink));
      const kept = state.keep === undefined ? value : state.keep(value);
      if (kept !== undefined) sink.write(state.number, primitive, key, namespace, portable(state.kind, kept));
    };
  }

  private writtenState(states: Map<string, WrittenState>, name: string, sink: KeyedSnapshotSink): WrittenState {
    let state = states.get(name);
    if (!state) {
      const { meta, keep } = this.registry.stateOf(name);
      states.set(name, (state = { name, number: sink.open(meta), kind: meta.kind, keep }));
    }
    return state;
  }

  private writeWaiting(sink: KeyedSnapshotSink): void {
    for (const [name, timers] of this.waiting) {
      const state = sink.open(timersMeta(name));
      for (const { key, namespace, stored } of timers) sink.write(state, toPrimitiveKey(key), key, namespace, stored);
    }
  }
}
