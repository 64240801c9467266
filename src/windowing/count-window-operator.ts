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
import { VOID_NAMESPACE, voidNamespaceKey, type KeyedContext } from '../state/keyed-context.js';
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import type { ValueState } from '../state/state.js';
import { listing } from './window-aggregation.js';
import type { WindowSettings } from './window-operator.js';
import { GlobalWindow } from './window.js';

export interface CountSettings<T> extends WindowSettings<T, GlobalWindow> {
  /** Elements in a window. */
  readonly size: number;
}

/** The window of a key that is being filled. */
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
  const aggregate = aggregation?.inSubtask(facts) ?? listing<T>(specialise);
  const last = emission({ context: facts, keyed, merging: false, currentWatermark: () => keyed.currentWatermark() });
  const window = GlobalWindow.get();
  const fire = (accumulator: unknown): void => {
    const result = aggregate.getResult(accumulator);
    if (result !== null && result !== undefined) last.emit(keyed.getCurrentKey(), window, aggregation ? [result] : (result as readonly unknown[]));
  };
  const { input, hashedInput } = specialise(countKernel<T>)(guarded(keyOf), guarded((key: unknown, hash?: number) => keyed.setCurrentKey(key, hash)), fillingState(keyed), size, aggregate.createAccumulator, guarded(aggregate.add), guarded(fire));
  return {
    inputs: [input],
    hashedInputs: [hashedInput],
    watermark(timestamp) {
      keyed.advanceWatermark(timestamp);
      output.watermark(timestamp);
    },
    open: () => last.open?.(),
    close: () => last.close?.(),
  };
}

function fillingState(keyed: KeyedContext): ValueState<Filling> {
  const store = keyed.namespaced<string>('window-contents', voidNamespaceKey);
  store.setCurrentNamespace(VOID_NAMESPACE);
  return store.getState(new ValueStateDescriptor<Filling>('count-window'));
}

function countKernel<T>(
  keyOf: (value: T) => unknown,
  setCurrentKey: (key: unknown, hash?: number) => void,
  state: ValueState<Filling>,
  size: number,
  createAccumulator: () => unknown,
  add: (value: T, accumulator: unknown) => unknown,
  fire: (accumulator: unknown) => void,
): { readonly input: Emit<T>; readonly hashedInput: HashedEmit<T> } {
  function gather(value: T): void {
    const before = state.value();
    const accumulator = add(value, before === null ? createAccumulator() : before.accumulator);
    const count = before === null ? 1 : before.count + 1;
    if (count >= size) {
      if (before !== null) state.clear();
      fire(accumulator);
    } else {
      state.update({ count, accumulator });
    }
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
