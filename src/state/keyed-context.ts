/**
 * Keyed state and timers as an operator sees them: one context for each operator with keyed inputs.
 *
 * Invariants:
 * - The operator sets the current key before it handles a record; the context sets it before it calls a timer back.
 *   Every handle and timer service of the context works on the current key.
 * - The context is used in one thread of control, between two records or during one.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { KeyedContents } from './keyed-contents.js';
import type { AggregatingState, FoldingState, ListState, MapState, ReducingState, ValueState } from './state.js';
import type {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, StateDescriptor, ValueStateDescriptor,
} from './state-descriptor.js';

/** State by descriptor (Flink: `KeyedStateStore`). Asking twice gives handles of the same state. */
export interface KeyedStateStore {
  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T>;
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  getMapState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V>;
  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T>;
  getAggregatingState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT>;
  getFoldingState<IN, ACC>(descriptor: FoldingStateDescriptor<IN, ACC>): FoldingState<IN, ACC>;
}

/**
 * State that is apart for each key and each namespace (a window, say). Names are apart from those of the
 * context's own `store`, and shared by all that ask with an equal name.
 */
export interface NamespacedStore<N> extends KeyedStateStore {
  /** Makes every handle got from this store mean the state of this namespace (and the current key). */
  setCurrentNamespace(namespace: N): void;
  /**
   * Moves what the current key has under `sources` in one list, reducing or aggregating state to `target`, combined with what is there
   * (lists: appended, in the order given). Throws `INVALID_ARGUMENT` for value, map and folding state.
   */
  mergeNamespaces(descriptor: StateDescriptor, target: N, sources: readonly N[]): void;
}

/** A pending call. */
export interface Timer<N = unknown> {
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** The key it was registered for, as the user gave it. */
  readonly key: unknown;
  readonly namespace: N;
}

/** Called with the current key set to the timer's. */
export interface TimerCallbacks<N> {
  onEventTime(timer: Timer<N>): void;
  onProcessingTime(timer: Timer<N>): void;
}

/**
 * Timers of one purpose (Flink: `InternalTimerService`). A timer is known by its kind of time, the key current when it
 * is registered, its namespace and its time; registering it again while it waits changes nothing.
 */
export interface InternalTimerService<N> {
  /** Epoch milliseconds. */
  currentProcessingTime(): number;
  /** -Infinity before the first watermark. In a callback: the watermark that fired it, not the timer's own time. */
  currentWatermark(): number;
  /** Fires at the first watermark at or beyond `time` that arrives after this call. */
  registerEventTimeTimer(namespace: N, time: number): void;
  /** No effect when there is none. */
  deleteEventTimeTimer(namespace: N, time: number): void;
  /** Fires once the clock has passed `time`. */
  registerProcessingTimeTimer(namespace: N, time: number): void;
  deleteProcessingTimeTimer(namespace: N, time: number): void;
  /** Every pending timer, of every key, in no order; the current key is not changed. */
  forEachEventTimeTimer(call: (timer: Timer<N>) => void): void;
  forEachProcessingTimeTimer(call: (timer: Timer<N>) => void): void;
  numEventTimeTimers(): number;
  numProcessingTimeTimers(): number;
}

/** Namespaces that can be made from what they compare by: snapshots then have no more of them. */
export interface DerivedNamespaces<N> {
  isDerived(namespace: N): boolean;
  derive(primitive: PrimitiveKey): N;
}

export interface TimerOptions<N> {
  /** Its timers are not in snapshots: the operator makes them anew. */
  readonly transient?: boolean;
  readonly derived?: DerivedNamespaces<N>;
}

/** Finds what a namespace compares by: equal namespaces, equal primitives. */
export type NamespaceKey<N> = (namespace: N) => PrimitiveKey;

/**
 * Windows whose state is of one form: `time`, `global` for the one of everything, `count` for those that are full after so many
 * elements, `class <name>` for those of an author's own.
 */
export type WindowKind = string;

export interface KeyedContext {
  /**
   * @param key as the user's selector returned it; not null.
   * @param hash its `hashKey`, if it is known already.
   */
  setCurrentKey(key: unknown, hash?: number): void;
  /** As the user gave it; undefined when there is none. */
  getCurrentKey(): unknown;
  /** From now on there is none: state and timers throw `STATE_ACCESS` until the next `setCurrentKey`. */
  clearCurrentKey(): void;
  /** State that is apart for each key only. */
  readonly store: KeyedStateStore;
  /** @param name tells the stores of one operator apart. */
  namespaced<N>(name: string, namespaceKey: NamespaceKey<N>): NamespacedStore<N>;
  /** @param name tells the timer services of one operator apart; asking twice is an error. */
  timers<N>(name: string, callbacks: TimerCallbacks<N>, namespaceKey: NamespaceKey<N>, options?: TimerOptions<N>): InternalTimerService<N>;
  /** Takes what the operator keeps by key in a layout of its own into snapshots. Called when the operator is made. */
  keep(contents: KeyedContents): void;
  /**
   * What kind of windows the operator keeps state for: with a snapshot of windows of another kind this throws
   * `STATE_INCOMPATIBLE`, or the restore does. Called as soon as it is known.
   */
  keepsWindows(kind: WindowKind): void;
  /**
   * Event time has advanced: fires every event-time timer that is due, in order of time, those registered meanwhile
   * included. The operator calls it first thing when a watermark comes, and forwards the watermark after.
   */
  advanceWatermark(timestamp: number): void;
  /** The last timestamp given to `advanceWatermark`. */
  currentWatermark(): number;
  /** Fires processing-time timers up to and including `time`. The context's own clock calls it; tests may. */
  advanceProcessingTime(time: number): void;
  /** Calls back with each key that has something in this state, set as the current key; the current key is put back after. */
  applyToAllKeys(descriptor: StateDescriptor, call: (key: unknown) => void): void;
  /** How many entries all states hold: one for each key that has something. */
  numKeyedStateEntries(): number;
  numEventTimeTimers(): number;
  numProcessingTimeTimers(): number;
  /** Keys come one after the other, each whole: timers wait for `endKey`. Called before any timer service is made. */
  beginBatch(): void;
  /**
   * All records of the current key have been handled: fires its event-time timers, then its processing-time timers,
   * each in order of time and under the largest watermark, and forgets the key. Timers registered meanwhile are ignored.
   */
  endKey(): void;
  /** Input has ended: processing-time timers that wait are not called any more, new ones are not taken. */
  quiesce(): void;
}

/** The namespace of state and timers that have none. */
export const VOID_NAMESPACE = '';
export const voidNamespaceKey = (): PrimitiveKey => VOID_NAMESPACE;
