/**
 * The window operator for `countWindow(size)`: so many elements of a key, one window after the other. A key has one
 * entry of state, which holds its count beside what it has gathered.
 *
 * Invariants:
 * - Results are those of the general operator.
 * - A window that the end of the input finds unfilled gives no result.
 */
import { FlinkError } from '../core/errors.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operators/operator.js';
import type { Emit, HashedEmit } from '../operators/output.js';
import { guardedUserFunction } from '../operators/specialise.js';
import type { KeyedContext } from '../state/keyed-context.js';
import { AggregatingStateDescriptor } from '../state/state-descriptor.js';
import type { AggregateFunction } from '../state/state-functions.js';
import type { AggregatingState } from '../state/state.js';
import { listing } from './window-aggregation.js';
import type { WindowSettings } from './window-operator.js';
import { GlobalWindow } from './window.js';

export interface CountSettings<T> extends WindowSettings<T, GlobalWindow> {
  /** Elements in a window. */
  readonly size: number;
}

/** The window of a key that is being filled. Changed in place, by `add` of its state alone. */
interface Filling {
  count: number;
  accumulator: unknown;
}

export function countWindowOperator<T>(settings: CountSettings<T>): OperatorDefinition {
  return {
    instantiate(context) {
      if (!context.keyed) throw new FlinkError('INTERNAL', 'a window operator needs a keyed input');
      return operator(settings, context, context.keyed);
    },
  };
}

function operator<T>({ keyOf, size, aggregation, emission }: CountSettings<T>, context: OperatorContext, keyed: KeyedContext): Operator {
  const facts = context as OperatorContext<never>;
  const { specialise, output } = context;
  const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
  keyed.keepsWindows('count');
  const aggregate = aggregation?.inSubtask(facts) ?? listing<T>(specialise);
  const last = emission({ context: facts, keyed, merging: false, currentWatermark: () => keyed.currentWatermark() });
  // A key has something exactly while its window is being filled.
  context.runtime.getMetricGroup().gauge('numOpenWindows', () => keyed.numKeyedStateEntries());
  const window = GlobalWindow.get();
  const fire = (accumulator: unknown): void => {
    const result = aggregate.getResult(accumulator);
    if (result !== null && result !== undefined) last.emit(keyed.getCurrentKey(), window, aggregation ? [result] : (result as readonly unknown[]));
  };
  const filling = specialise(fillingKernel<T>)(aggregate.createAccumulator, guarded(aggregate.add));
  const setKey = guarded((key: unknown, hash?: number) => keyed.setCurrentKey(key, hash));
  const { input, hashedInput } = specialise(countKernel<T>)(guarded(keyOf), setKey, keyed.store.getAggregatingState(new AggregatingStateDescriptor('window-contents', filling)), filling.latest, size, guarded(fire));
  return {
    inputs: [input],
    hashedInputs: [hashedInput],
    watermark(timestamp) {
      keyed.advanceWatermark(timestamp);
      output.watermark(timestamp);
    },
    ...last.lifeCycle,
  };
}

/** Adds to a window; `latest` answers the one that was added to last. */
function fillingKernel<T>(createAccumulator: () => unknown, add: (value: T, accumulator: unknown) => unknown): AggregateFunction<T, Filling, unknown> & { readonly latest: () => Filling } {
  let latest: Filling = { count: 0, accumulator: undefined };
  return {
    createAccumulator: () => ({ count: 0, accumulator: createAccumulator() }),
    add: function addToCountWindow(value, filling) {
      filling.accumulator = add(value, filling.accumulator);
      filling.count += 1;
      latest = filling;
      return filling;
    },
    getResult: (filling) => filling.accumulator,
    merge: (filling) => filling,
    latest: () => latest,
  };
}

function countKernel<T>(
  keyOf: (value: T) => unknown,
  setCurrentKey: (key: unknown, hash?: number) => void,
  state: AggregatingState<T, unknown>,
  latest: () => Filling,
  size: number,
  fire: (accumulator: unknown) => void,
): { readonly input: Emit<T>; readonly hashedInput: HashedEmit<T> } {
  function gather(value: T): void {
    state.add(value);
    const filling = latest();
    if (filling.count < size) return;
    state.clear();
    fire(filling.accumulator);
  }
  return {
    input: function countWindow(value) {
      setCurrentKey(keyOf(value));
      gather(value);
    },
    hashedInput: function countWindow(value, _timestamp, hash) {
      setCurrentKey(keyOf(value), hash);
      gather(value);
    },
  };
}
