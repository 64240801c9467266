/**
 * The keyed context of one operator in one subtask: a state backend, handles over it, and timers.
 */
import type { Clock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import { checkKeyType } from './key-type.js';
import type { KeyedContents } from './keyed-contents.js';
import { counted, type KeyedFigures } from './keyed-figures.js';
import type { InternalTimerService, KeyedContext, KeyedStateStore, NamespacedStore, NamespaceKey, TimerCallbacks, TimerOptions, WindowKind } from './keyed-context.js';
import { KeyedParts } from './keyed-parts.js';
import { CellStore, NamespacedCellStore, type StoreBase } from './keyed-store.js';
import type { CurrentKey, StateBackend } from './state-backend.js';
import type { StateDescriptor } from './state-descriptor.js';
import { TimerService } from './timer-service.js';
import { WindowKinds } from './window-kinds.js';

export interface KeyedContextOptions {
  /** Its name, for errors; default "operator". */
  readonly operator?: string;
  readonly uid?: string | undefined;
  readonly backend: StateBackend;
  readonly clock: Clock;
  /** Runs a call between two records. */
  readonly mailbox: { execute(call: () => void): void };
}

export class OperatorKeyedContext implements KeyedContext {
  readonly store: KeyedStateStore;
  /** What snapshots take and give back. */
  readonly parts: KeyedParts;
  readonly windowKinds: WindowKinds;
  private readonly operator: string;
  private readonly base: StoreBase;
  private readonly backend: StateBackend;
  private readonly currentKey: CurrentKey;
  private readonly stores = new Map<string, NamespacedStore<never>>();
  private readonly services = new Map<string, TimerService<never>>();
  private readonly transient: TimerService<never>[] = [];
  /** What state wants to do with each record. */
  private everyRecord: (() => void)[] = [];
  private watermark = MIN_TIMESTAMP;
  private batch = false;

  constructor(private readonly options: KeyedContextOptions) {
    this.backend = options.backend;
    this.currentKey = options.backend.currentKey;
    this.operator = options.operator ?? 'operator';
    this.windowKinds = new WindowKinds(this.operator);
    this.parts = new KeyedParts(this.operator, options.backend);
    this.base = { backend: options.backend, clock: options.clock, registry: this.parts.registry, onEveryRecord: (call) => void this.everyRecord.push(call) };
    this.store = new CellStore(this.base);
  }

  /** The first key to come must be of the type that the keys of the snapshot are; `fitting` is called when it is. */
  expectKeys(keyType: string, fitting?: () => void): void {
    const check = (): void => {
      this.everyRecord = this.everyRecord.filter((call) => call !== check);
      checkKeyType({ operator: this.operator, uid: this.options.uid, states: this.parts.registry.restoredNames() }, keyType, this.currentKey.key);
      fitting?.();
    };
    this.everyRecord.push(check);
  }

  setCurrentKey(key: unknown, hash?: number): void {
    this.currentKey.set(key, hash);
    const { everyRecord } = this;
    for (let i = 0; i < everyRecord.length; i++) everyRecord[i]!();
  }

  clearCurrentKey(): void {
    this.currentKey.clear();
  }

  getCurrentKey(): unknown {
    return this.currentKey.key;
  }

  namespaced<N>(name: string, namespaceKey: NamespaceKey<N>): NamespacedStore<N> {
    const known = this.stores.get(name);
    if (known) return known as NamespacedStore<N>;
    const store = new NamespacedCellStore<N>(this.base, name, namespaceKey);
    this.stores.set(name, store as NamespacedStore<never>);
    return store;
  }

  timers<N>(name: string, callbacks: TimerCallbacks<N>, namespaceKey: NamespaceKey<N>, options: TimerOptions<N> = {}): InternalTimerService<N> {
    if (this.services.has(name)) throw new FlinkError('INTERNAL', `the operator has a timer service "${name}" already`);
    const { clock, mailbox } = this.options;
    const service = new TimerService<N>({ currentKey: this.currentKey, callbacks, namespaceKey, clock, mailbox, batch: this.batch, derived: options.derived });
    this.services.set(name, service as unknown as TimerService<never>);
    if (options.transient) this.transient.push(service as unknown as TimerService<never>);
    else this.parts.addTimers(name, service as unknown as TimerService<never>);
    return service;
  }

  keep(contents: KeyedContents): void {
    this.parts.keep(contents);
  }

  keepsWindows(kind: WindowKind): void {
    this.windowKinds.keep(kind);
  }

  advanceWatermark(timestamp: number): void {
    this.watermark = timestamp;
    for (const service of this.services.values()) service.advanceWatermark(timestamp);
  }

  currentWatermark(): number {
    return this.watermark;
  }

  advanceProcessingTime(time: number): void {
    for (const service of this.services.values()) service.advanceProcessingTime(time);
  }

  applyToAllKeys(descriptor: StateDescriptor, call: (key: unknown) => void): void {
    const { key, primitive, present } = this.currentKey;
    try {
      for (const found of this.backend.keysOf(descriptor.name)) {
        this.currentKey.restore(found.key, found.primitive);
        call(found.key);
      }
    } finally {
      if (present) this.currentKey.restore(key, primitive);
      else this.currentKey.clear();
    }
  }

  numKeyedStateEntries(): number {
    return this.backend.size();
  }

  numEventTimeTimers(): number {
    return this.total((service) => service.numEventTimeTimers());
  }

  numProcessingTimeTimers(): number {
    return this.total((service) => service.numProcessingTimeTimers());
  }

  /** All that is kept, counted as if it were kept by handles and timers. Takes as long as a snapshot of it. */
  figures(): KeyedFigures {
    const contents = counted((sink) => this.parts.snapshotContents(sink));
    // A transient timer stands for those that each key would have.
    const standIns = this.transient.reduce((sum, service) => sum + service.numProcessingTimeTimers(), 0);
    return {
      entries: this.numKeyedStateEntries() + contents.entries,
      eventTimeTimers: this.numEventTimeTimers() + contents.eventTimeTimers,
      processingTimeTimers: this.numProcessingTimeTimers() - standIns + (standIns > 0 ? contents.processingTimeTimers : 0),
    };
  }

  beginBatch(): void {
    this.batch = true;
  }

  endKey(): void {
    this.watermark = MAX_TIMESTAMP;
    for (const service of this.services.values()) service.fireAllEventTimers();
    for (const service of this.services.values()) service.fireAllProcessingTimers();
    this.watermark = MIN_TIMESTAMP;
    this.backend.clear();
  }

  quiesce(): void {
    for (const service of this.services.values()) service.quiesce();
  }

  private total(of: (service: TimerService<never>) => number): number {
    return [...this.services.values()].reduce((sum, service) => sum + of(service), 0);
  }
}
