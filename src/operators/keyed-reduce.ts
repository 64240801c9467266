/**
 * `reduce` and `fold` on a keyed stream: a running result for each key, one output for each record (Flink:
 * `StreamGroupedReduceOperator`, `StreamGroupedFold`), or, in batch mode, one output for each key at the end of the
 * input (Flink: `BatchGroupedReduceOperator`).
 *
 * Invariants:
 * - Final results come in no promised order, carry the largest timestamp, and come before the largest watermark. A key's
 *   records are taken in the order of their times.
 * - The first record of a key is emitted as it is (reduce) or folded into a fresh copy of the initial value.
 * - An output carries the timestamp of the record that caused it.
 * - Undefined is no result: the next record of the key counts as its first again.
 */
import { copier } from '../core/copies.js';
import { FlinkError } from '../core/errors.js';
import type { PrimitiveKey } from '../core/key.js';
import { hashKey, toPrimitiveKey } from '../core/key.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import { EntryEpochs } from '../state/entry-epochs.js';
import { keyTable } from '../state/key-table.js';
import type { KeyEntry, KeyTable } from '../state/key-table.js';
import { ownStrings } from '../state/own-strings.js';
import type { FoldFunction, FoldFunctionLike, ReduceFunction, ReduceFunctionLike } from './functions.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit, HashedEmit } from './output.js';
import { keepResults } from './reduction-state.js';
import { guardedUserFunction } from './specialise.js';
import { userFunction } from './user-function.js';

/** What happens to the running result of a key. */
export interface Reduction<IN, ACC> {
  /** What state keeps of the first record; the record itself is emitted. Undefined when `combine` starts from nothing. */
  readonly first: ((value: IN, entry: KeyEntry<ACC>) => ACC) | undefined;
  readonly combine: (before: ACC, value: IN) => ACC;
  /**
   * Makes what is emitted from what is kept, where `combine` changes that in place. A key's record then stays where it
   * is in memory and only the emitted one is garbage, young and cheap: a quarter faster from 100 k keys up.
   */
  readonly emitted?: (kept: ACC) => ACC;
  /** What state keeps of a result that a snapshot has; default: the result. */
  readonly adopt?: (result: ACC) => ACC;
  /** The final results, where they are not what is kept. */
  readonly finals?: () => Iterable<unknown>;
}

/** Which results of a key are emitted: one for each record, or the last one when the input has ended. */
export type EmittedResults = 'running' | 'final';

export function keyedReduceOperator<T>(fn: ReduceFunctionLike<T>, keyOf: (value: T) => unknown, results: EmittedResults = 'running'): OperatorDefinition<T> {
  const make = userFunction<ReduceFunction<T>>(fn, { operator: 'reduce', methods: ['reduce'] });
  return {
    ...sorting(results, 'by time'),
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      return { ...keyedReduction<T, T>(context, keyOf, { first: ownStrings, combine: call.reduce }, results), ...lifeCycle };
    },
  };
}

/** Each key starts from a copy of `initial`. */
export function foldOperator<IN, ACC>(initial: ACC, fn: FoldFunctionLike<IN, ACC>, keyOf: (value: IN) => unknown, results: EmittedResults = 'running'): OperatorDefinition<ACC> {
  const make = userFunction<FoldFunction<IN, ACC>>(fn, { operator: 'fold', methods: ['fold'] });
  const fresh = initialValues(initial);
  return {
    ...sorting(results, 'by time'),
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const combine = context.specialise(foldKernel<IN, ACC>)(call.fold, fresh);
      return { ...keyedReduction<IN, ACC>(context, keyOf, { first: undefined, combine }, results), ...lifeCycle };
    },
  };
}

/** Final results need one value for each key; to sort the records first takes memory for all of them. */
export function sorting(results: EmittedResults, sortsBatch: 'by time' | 'never'): Pick<OperatorDefinition, 'sortsBatch'> {
  return results === 'final' ? { sortsBatch } : {};
}

/** The inputs of an operator that keeps a running result for each key and, for final results, its finish. */
export function keyedReduction<IN, ACC>(
  context: OperatorContext<ACC>, keyOf: (value: IN) => unknown, reduction: Reduction<IN, ACC>, results: EmittedResults,
): Pick<Operator, 'inputs' | 'hashedInputs' | 'watermark' | 'finish'> {
  const { specialise, output } = context;
  const table = keyTable<ACC>(specialise);
  context.runtime.getMetricGroup().gauge('numKeyedStateEntries', () => table.size());
  const epochs = results === 'running' && context.keyed ? keepResults(context.keyed, table, reduction.adopt ?? ((result) => result)) : new EntryEpochs<KeyEntry<ACC>>();
  const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
  const { input, hashedInput } = specialise(keyedReductionKernel<IN, ACC>)(
    reduction.first && guarded(reduction.first), reduction.combine, guarded(keyOf), guarded(toPrimitiveKey), hashKey, table.enter, ownStrings,
    reduction.emitted, results === 'running' ? output.emit : undefined, epochs,
  );
  const inputs = { inputs: [input], hashedInputs: [hashedInput] };
  return results === 'running' ? inputs : { ...inputs, ...atTheEnd(() => emitAll(reduction.finals?.() ?? keptIn(table), context), context) };
}

function* keptIn<ACC>(table: KeyTable<ACC>): Iterable<ACC> {
  for (const entry of table.slots()) if (entry?.value !== undefined) yield entry.value;
}

/** What is emitted last, at the end of event time, comes before downstream hears of that. */
function atTheEnd<ACC>(emit: () => Promise<void>, { output }: OperatorContext<ACC>): Pick<Operator, 'watermark' | 'finish'> {
  let [isOver, isFinished] = [false, false];
  return {
    watermark(timestamp) {
      if (timestamp === MAX_TIMESTAMP && !isFinished) isOver = true;
      else output.watermark(timestamp);
    },
    async finish() {
      await emit();
      isFinished = true;
      if (isOver) output.watermark(MAX_TIMESTAMP);
    },
  };
}

/** How many final results leave before downstream is asked for room. */
const SLICE = 1024;

async function emitAll<ACC>(results: Iterable<unknown>, { output, gate }: OperatorContext<ACC>): Promise<void> {
  let emitted = 0;
  for (const result of results) {
    output.emit(result as ACC, MAX_TIMESTAMP);
    if (++emitted % SLICE === 0) await gate.released();
  }
}

function keyedReductionKernel<IN, ACC>(
  first: ((value: IN, entry: KeyEntry<ACC>) => ACC) | undefined,
  combine: (before: ACC, value: IN) => ACC,
  keyOf: (value: IN) => unknown,
  toPrimitive: (key: unknown) => PrimitiveKey,
  hashOf: (key: PrimitiveKey) => number,
  enter: KeyTable<ACC>['enter'],
  own: <T>(value: T) => T,
  emitted: ((kept: ACC) => ACC) | undefined,
  emit: Emit<ACC> | undefined,
  epochs: EntryEpochs<KeyEntry<ACC>>,
): { input: Emit<IN>; hashedInput: HashedEmit<IN> } {
  function update(entry: KeyEntry<ACC>, value: IN, timestamp: number): void {
    if (entry.epoch !== epochs.current) epochs.preserve(entry);
    const before = entry.value;
    if (before === undefined && first !== undefined) {
      entry.value = first(value, entry);
      if (emit !== undefined) emit(value as unknown as ACC, timestamp);
      return;
    }
    const after = combine(before as ACC, value);
    // A result that is the record itself would keep alive whatever text its strings were cut from.
    if (after !== before) entry.value = (after as unknown) === value ? own(after) : after;
    if (emit !== undefined) emit(emitted === undefined ? after : emitted(after), timestamp);
  }
  return {
    input: function keyedReduce(value, timestamp) {
      const key = keyOf(value);
      const primitive = toPrimitive(key);
      update(enter(primitive, hashOf(primitive), key), value, timestamp);
    },
    hashedInput: function keyedReduce(value, timestamp, hash) {
      const key = keyOf(value);
      update(enter(toPrimitive(key), hash, key), value, timestamp);
    },
  };
}

function foldKernel<IN, ACC>(fold: (accumulated: ACC, value: IN) => ACC, fresh: () => ACC): (before: ACC, value: IN) => ACC {
  return (before, value) => fold(before === undefined ? fresh() : before, value);
}

/** Makes equal values that share nothing with each other. */
export function initialValues<ACC>(initial: ACC): () => ACC {
  if (typeof initial === 'function') {
    throw new FlinkError('INVALID_ARGUMENT', 'fold takes an initial value first and a function second; a function came first', { hint: 'Write fold(0, (sum, value) => …).' });
  }
  return copier(initial, (cause) => new FlinkError('INVALID_ARGUMENT', 'the initial value of fold cannot be copied for each key', { cause, hint: 'Give plain data.' }));
}
