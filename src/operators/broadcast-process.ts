/**
 * `process` of a stream connected with a broadcast one (Flink: `CoBroadcastWithNonKeyedOperator`,
 * `CoBroadcastWithKeyedOperator`). Input 0 is the stream, input 1 the broadcast side.
 *
 * Invariants:
 * - The stream's side gets read-only views, which have no methods that write.
 * - While a broadcast record is handled there is no current key.
 */
import { FlinkError } from '../core/errors.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import { voidNamespaceKey, type KeyedContext, type TimerCallbacks } from '../state/keyed-context.js';
import type { BroadcastState, ReadOnlyBroadcastState } from '../state/operator-state.js';
import type { MapStateDescriptor, StateDescriptor } from '../state/state-descriptor.js';
import { type StateOf, stateOf } from '../state/state-of.js';
import {
  BroadcastProcessFunction, type KeyedBroadcastContext, type KeyedBroadcastOnTimerContext, type KeyedBroadcastProcessElements, KeyedBroadcastProcessFunction,
  type KeyedBroadcastProcessFunctionLike,
} from './broadcast-functions.js';
import { broadcastFirst } from './batch-broadcast-first.js';
import type { Collector } from './collector.js';
import type { OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit, HashedEmit } from './output.js';
import { RecordContext } from './record-context.js';
import { guardedUserFunction } from './specialise.js';
import { isOfClass, refuseWithoutKeys, userFunction } from './user-function.js';

type AnyDescriptor = MapStateDescriptor<unknown, unknown>;

/**
 * @param fn objects for streams without keys are welcome too: they see less of the same contexts. Of Flink's two classes each is for one kind of stream.
 * @param keyOf undefined when the stream is not keyed.
 */
export function broadcastProcessOperator<KEY, IN, B, OUT>(
  fn: KeyedBroadcastProcessFunctionLike<KEY, IN, B, OUT>,
  descriptors: readonly AnyDescriptor[],
  keyOf: ((value: IN) => KEY) | undefined,
): OperatorDefinition<OUT> {
  if (!keyOf) refuseWithoutKeys(fn, KeyedBroadcastProcessFunction, 'Call keyBy on the stream before connect, or extend BroadcastProcessFunction.');
  else if (isOfClass(fn, BroadcastProcessFunction)) {
    throw new FlinkError('INVALID_ARGUMENT', 'a BroadcastProcessFunction can only be used on a stream without keys', { hint: 'Extend KeyedBroadcastProcessFunction.' });
  }
  const make = userFunction<KeyedBroadcastProcessElements<KEY, IN, B, OUT>>(fn, {
    operator: 'process of a stream and a broadcast stream', methods: ['processElement', 'processBroadcastElement'], optional: ['onTimer'],
  });
  const definition: OperatorDefinition<OUT> = {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const { specialise, output } = context;
      const keyed = keyOf ? context.keyed : undefined;
      const states = new BroadcastStates(context, descriptors);
      const [reading, writing] = [new ReadingContext<KEY>(context, states), new WritingContext<KEY>(context, states, keyed)];
      const onTimer = specialise(broadcastTimerKernel<OUT, KEY>)(call.onTimer ?? (() => {}), reading, output.emit, NO_TIMESTAMP);
      reading.timers = keyed?.timers('user-timers', onTimer, voidNamespaceKey);
      const setKey = guardedUserFunction(specialise, (key: KEY, hash?: number) => keyed?.setCurrentKey(key, hash));
      const element = specialise(elementKernel<IN, OUT, KEY>)(call.processElement, keyOf && guardedUserFunction(specialise, keyOf), setKey, reading, output.emit);
      return {
        inputs: [element.input, specialise(broadcastElementKernel<B, OUT, KEY>)(call.processBroadcastElement, () => keyed?.clearCurrentKey(), writing, output.emit)],
        hashedInputs: [keyOf && element.hashedInput, undefined],
        ...lifeCycle,
        watermark(timestamp) {
          reading.eventTime = timestamp;
          writing.eventTime = timestamp;
          keyed?.advanceWatermark(timestamp);
          output.watermark(timestamp);
        },
      };
    },
  };
  // With keys, all of the stream's side waits for the end of its input anyway.
  return keyOf ? definition : { ...definition, inBatch: broadcastFirst(definition) };
}

/** The broadcast states of the operator, by the name of their descriptor. */
class BroadcastStates {
  private readonly writable = new Map<string, BroadcastState<unknown, unknown>>();
  private readonly readOnly = new Map<string, ReadOnlyBroadcastState<unknown, unknown>>();

  constructor(context: OperatorContext<never>, descriptors: readonly AnyDescriptor[]) {
    for (const descriptor of descriptors) {
      const state = context.operatorState.getBroadcastState(descriptor);
      this.writable.set(descriptor.name, state);
      this.readOnly.set(descriptor.name, { get: (key) => state.get(key), contains: (key) => state.contains(key), immutableEntries: () => state.immutableEntries() });
    }
  }

  write<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return found(this.writable, descriptor) as BroadcastState<K, V>;
  }

  read<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return found(this.readOnly, descriptor) as ReadOnlyBroadcastState<K, V>;
  }
}

function found<S>(states: ReadonlyMap<string, S>, descriptor: StateDescriptor | undefined): S {
  const state = states.get(descriptor?.name ?? '');
  if (state !== undefined) return state;
  const known = [...states.keys()].map((name) => `"${name}"`).join(', ');
  throw new FlinkError('STATE_ACCESS', `the broadcast stream was made with ${known}; it has no state "${descriptor?.name ?? String(descriptor)}"`, {
    hint: 'Check the name for typing errors, or give its descriptor to broadcast(…) too.',
  });
}

class ReadingContext<KEY> extends RecordContext<KEY> implements KeyedBroadcastOnTimerContext<KEY> {
  constructor(operator: OperatorContext<never>, private readonly states: BroadcastStates) {
    super(operator);
  }

  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.states.read(descriptor);
  }
}

class WritingContext<KEY> extends RecordContext<KEY> implements KeyedBroadcastContext<KEY> {
  constructor(operator: OperatorContext<never>, private readonly states: BroadcastStates, private readonly keyed: KeyedContext | undefined) {
    super(operator);
  }

  getBroadcastState<K, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return this.states.write(descriptor);
  }

  protected override noTimers(): FlinkError {
    if (!this.keyed) return super.noTimers();
    return new FlinkError('STATE_ACCESS', 'no timers can be set while a broadcast record is handled: a timer belongs to a key, and there is none', { hint: 'Set them in processElement or onTimer.' });
  }

  applyToKeyedState<D extends StateDescriptor>(descriptor: D, call: (key: KEY, state: StateOf<D>) => void): void {
    if (!this.keyed) {
      throw new FlinkError('STATE_ACCESS', 'applyToKeyedState: the stream that the broadcast one is connected with is not keyed', { hint: 'Call keyBy on it: stream.keyBy(…).connect(broadcast).' });
    }
    const state = stateOf(this.keyed.store, descriptor);
    this.keyed.applyToAllKeys(descriptor, (key) => call(key as KEY, state));
  }
}

type Apply<T, OUT, CTX> = (value: T, context: CTX, out: Collector<OUT>) => void;

function elementKernel<IN, OUT, KEY>(
  apply: Apply<IN, OUT, ReadingContext<KEY>>, keyOf: ((value: IN) => KEY) | undefined, setKey: (key: KEY, hash?: number) => void, context: ReadingContext<KEY>, emit: Emit<OUT>,
): { input: Emit<IN>; hashedInput: HashedEmit<IN> } {
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, context.time);
    },
  };
  function process(value: IN, timestamp: number, hash?: number): void {
    context.time = timestamp;
    if (keyOf !== undefined) {
      const key = keyOf(value);
      setKey(key, hash);
      context.key = key;
    }
    apply(value, context, out);
  }
  return {
    input: (value, timestamp) => process(value, timestamp),
    hashedInput: (value, timestamp, hash) => process(value, timestamp, hash),
  };
}

function broadcastElementKernel<B, OUT, KEY>(apply: Apply<B, OUT, WritingContext<KEY>>, clearKey: () => void, context: WritingContext<KEY>, emit: Emit<OUT>): Emit<B> {
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, context.time);
    },
  };
  return function processBroadcast(value, timestamp) {
    clearKey();
    context.time = timestamp;
    apply(value, context, out);
  };
}

/** A processing time says nothing about event time: what such a timer collects has no timestamp. */
function broadcastTimerKernel<OUT, KEY>(
  onTimer: (timestamp: number, context: ReadingContext<KEY>, out: Collector<OUT>) => void, context: ReadingContext<KEY>, emit: Emit<OUT>, noTimestamp: number,
): TimerCallbacks<string> {
  let outputTime = noTimestamp;
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, outputTime);
    },
  };
  function fire(timestamp: number, key: unknown, domain: 'EVENT_TIME' | 'PROCESSING_TIME'): void {
    context.time = timestamp;
    context.key = key as KEY;
    context.domain = domain;
    outputTime = domain === 'EVENT_TIME' ? timestamp : noTimestamp;
    onTimer(timestamp, context, out);
  }
  return {
    onEventTime: ({ timestamp, key }) => fire(timestamp, key, 'EVENT_TIME'),
    onProcessingTime: ({ timestamp, key }) => fire(timestamp, key, 'PROCESSING_TIME'),
  };
}
