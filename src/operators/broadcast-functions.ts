/**
 * Functions of a stream and a broadcast one: every subtask sees all of the broadcast side, and keeps what it learns
 * there in broadcast state (Flink: `BroadcastProcessFunction`, `KeyedBroadcastProcessFunction`).
 *
 * Invariants:
 * - Only the broadcast side writes broadcast state, so that all subtasks write the same.
 * - The broadcast side has neither a current key nor timers.
 */
import type { BroadcastState, ReadOnlyBroadcastState } from '../state/operator-state.js';
import type { MapStateDescriptor, StateDescriptor } from '../state/state-descriptor.js';
import type { StateOf } from '../state/state-of.js';
import type { Collector } from './collector.js';
import type { OutputTag } from './output-tag.js';
import type { TimeDomain, TimerService } from './process-functions.js';
import type { FunctionLifeCycle, FunctionLike } from './rich-function.js';
import { RichFunction } from './rich-function.js';

/** What both sides see of the record being processed. */
export interface BroadcastBaseContext {
  /** Event time of the record in epoch milliseconds, or null when it has none. */
  timestamp(): number | null;
  /** Wall-clock time in epoch milliseconds. */
  currentProcessingTime(): number;
  currentWatermark(): number;
  /** Emits to a side output, with the record's timestamp; dropped when nobody consumes that side output. */
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** What the side without broadcast sees (Flink: `ReadOnlyContext`). */
export interface BroadcastReadOnlyContext extends BroadcastBaseContext {
  /** The state of a descriptor that was given to `broadcast(…)`; any other throws `STATE_ACCESS`. */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
}

/** What the broadcast side sees (Flink: `BroadcastProcessFunction.Context`). */
export interface BroadcastContext extends BroadcastBaseContext {
  /** The state of a descriptor that was given to `broadcast(…)`; any other throws `STATE_ACCESS`. */
  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
}

/** `BroadcastReadOnlyContext` on a keyed stream. */
export interface KeyedBroadcastReadOnlyContext<KEY> extends BroadcastReadOnlyContext {
  timerService(): TimerService;
  /** The key of the record being processed, as the key selector returned it. */
  getCurrentKey(): KEY;
}

/** `BroadcastContext` beside a keyed stream. */
export interface KeyedBroadcastContext<KEY> extends BroadcastContext {
  /** Calls with every key of this subtask that has something in the state, in no order; the state is that key's. */
  applyToKeyedState<D extends StateDescriptor>(descriptor: D, call: (key: KEY, state: StateOf<D>) => void): void;
}

/** What `onTimer` sees. */
export interface KeyedBroadcastOnTimerContext<KEY> extends KeyedBroadcastReadOnlyContext<KEY> {
  /** The time that the timer was set for. */
  timestamp(): number;
  timeDomain(): TimeDomain;
}

/** The methods of a `BroadcastProcessFunction`, for functions given as objects. */
export interface BroadcastProcessElements<IN, B, OUT> extends FunctionLifeCycle {
  processElement(value: IN, context: BroadcastReadOnlyContext, out: Collector<OUT>): void;
  processBroadcastElement(value: B, context: BroadcastContext, out: Collector<OUT>): void;
}
/** A function of two methods has no lambda: give an object or a class. */
export type BroadcastProcessFunctionLike<IN, B, OUT> = FunctionLike<BroadcastProcessElements<IN, B, OUT>, never>;

/** A function of a stream without keys and a broadcast one. */
export abstract class BroadcastProcessFunction<IN, B, OUT> extends RichFunction implements BroadcastProcessElements<IN, B, OUT> {
  abstract processElement(value: IN, context: BroadcastReadOnlyContext, out: Collector<OUT>): void;
  abstract processBroadcastElement(value: B, context: BroadcastContext, out: Collector<OUT>): void;
}

/** The methods of a `KeyedBroadcastProcessFunction`, for functions given as objects. */
export interface KeyedBroadcastProcessElements<KEY, IN, B, OUT> extends FunctionLifeCycle {
  processElement(value: IN, context: KeyedBroadcastReadOnlyContext<KEY>, out: Collector<OUT>): void;
  processBroadcastElement(value: B, context: KeyedBroadcastContext<KEY>, out: Collector<OUT>): void;
  /** As in `KeyedProcessFunction`. */
  onTimer?(timestamp: number, context: KeyedBroadcastOnTimerContext<KEY>, out: Collector<OUT>): void;
}
/** A function of two methods has no lambda: give an object or a class. */
export type KeyedBroadcastProcessFunctionLike<KEY, IN, B, OUT> = FunctionLike<KeyedBroadcastProcessElements<KEY, IN, B, OUT>, never>;

/** A function of a keyed stream and a broadcast one. */
export abstract class KeyedBroadcastProcessFunction<KEY, IN, B, OUT> extends RichFunction implements KeyedBroadcastProcessElements<KEY, IN, B, OUT> {
  abstract processElement(value: IN, context: KeyedBroadcastReadOnlyContext<KEY>, out: Collector<OUT>): void;
  abstract processBroadcastElement(value: B, context: KeyedBroadcastContext<KEY>, out: Collector<OUT>): void;
  onTimer(_timestamp: number, _context: KeyedBroadcastOnTimerContext<KEY>, _out: Collector<OUT>): void {}
}
