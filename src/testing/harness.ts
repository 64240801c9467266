/**
 * Makes harnesses for the functions that a job's author writes. Each call puts the function into the operator that the
 * API would make for it.
 */
import type { BroadcastDescriptor, BroadcastStream } from '../api/broadcast-stream.js';
import type { DataStream } from '../api/data-stream.js';
import type {
  BroadcastProcessFunctionLike, CoProcessFunctionLike, KeyedBroadcastProcessFunctionLike, KeyedCoProcessFunctionLike, KeyedProcessFunctionLike, ProcessFunctionLike,
} from '../operators/functions.js';
import { capturedOperator } from './captured-operator.js';
import { type HarnessOptions, OneInputTestHarness, TwoInputTestHarness } from './operator-test-harness.js';

type Build = Parameters<typeof capturedOperator>[1];

async function oneInput<IN, OUT>(build: (input: DataStream<IN>) => DataStream<OUT>, options: HarnessOptions = {}): Promise<OneInputTestHarness<IN, OUT>> {
  return OneInputTestHarness.open<IN, OUT>(await capturedOperator(1, build as unknown as Build), options);
}

async function twoInputs<IN1, IN2, OUT>(build: (first: DataStream<IN1>, second: DataStream<IN2>) => DataStream<OUT>, options: HarnessOptions = {}): Promise<TwoInputTestHarness<IN1, IN2, OUT>> {
  return TwoInputTestHarness.open<IN1, IN2, OUT>(await capturedOperator(2, build as unknown as Build), options);
}

type BroadcastStates = readonly [BroadcastDescriptor, ...BroadcastDescriptor[]];

/** A broadcast function's operator has the states that the descriptors name. */
function broadcast<B>(stream: DataStream<B>, states: BroadcastStates): BroadcastStream<B> {
  return stream.broadcast(...states);
}

/**
 * A harness around one function, opened: `const h = await harness.keyed(new Deduplicate(), (click) => click.user)`.
 * Functions are objects, classes or lambdas, as in a job. Each call rejects with what `open` threw.
 */
export const harness = {
  /** Any operator of one input, as a job builds it: `harness.operator((words: DataStream<Word>) => words.keyBy('text').sum('count'))`. */
  operator: oneInput,

  /** Any operator of two inputs, as a job builds it: `harness.connected((a: DataStream<A>, b: DataStream<B>) => a.connect(b).map(…))`. */
  connected: twoInputs,

  /** A `ProcessFunction`. */
  process: <IN, OUT>(fn: ProcessFunctionLike<IN, OUT>, options?: HarnessOptions): Promise<OneInputTestHarness<IN, OUT>> =>
    oneInput<IN, OUT>((input) => input.process<OUT>(fn), options),

  /** A `KeyedProcessFunction`, on records grouped by `keyOf`. */
  keyed: <IN, KEY, OUT>(fn: KeyedProcessFunctionLike<KEY, IN, OUT>, keyOf: (value: IN) => KEY, options?: HarnessOptions): Promise<OneInputTestHarness<IN, OUT>> =>
    oneInput<IN, OUT>((input) => input.keyBy(keyOf as (value: IN) => string).process<OUT>(fn as KeyedProcessFunctionLike<string, IN, OUT>), options),

  /** A `CoProcessFunction`. */
  coProcess: <IN1, IN2, OUT>(fn: CoProcessFunctionLike<IN1, IN2, OUT>, options?: HarnessOptions): Promise<TwoInputTestHarness<IN1, IN2, OUT>> =>
    twoInputs<IN1, IN2, OUT>((first, second) => first.connect(second).process<OUT>(fn), options),

  /** A `KeyedCoProcessFunction`, on records grouped by a key function for each input. */
  keyedCoProcess: <IN1, IN2, KEY, OUT>(
    fn: KeyedCoProcessFunctionLike<KEY, IN1, IN2, OUT>, keyOf1: (value: IN1) => KEY, keyOf2: (value: IN2) => KEY, options?: HarnessOptions,
  ): Promise<TwoInputTestHarness<IN1, IN2, OUT>> =>
    twoInputs<IN1, IN2, OUT>((first, second) => first.connect(second).keyBy(keyOf1 as (value: IN1) => string, keyOf2 as (value: IN2) => string).process<OUT>(fn as KeyedCoProcessFunctionLike<string, IN1, IN2, OUT>), options),

  /** A `BroadcastProcessFunction` with the broadcast states that it uses; `second` is the broadcast side. */
  broadcast: <IN, B, OUT>(fn: BroadcastProcessFunctionLike<IN, B, OUT>, states: BroadcastStates, options?: HarnessOptions): Promise<TwoInputTestHarness<IN, B, OUT>> =>
    twoInputs<IN, B, OUT>((first, second) => first.connect(broadcast(second, states)).process<OUT>(fn), options),

  /** A `KeyedBroadcastProcessFunction`, on records grouped by `keyOf`; `second` is the broadcast side. */
  keyedBroadcast: <IN, B, KEY, OUT>(
    fn: KeyedBroadcastProcessFunctionLike<KEY, IN, B, OUT>, keyOf: (value: IN) => KEY, states: BroadcastStates, options?: HarnessOptions,
  ): Promise<TwoInputTestHarness<IN, B, OUT>> =>
    twoInputs<IN, B, OUT>((first, second) => first.keyBy(keyOf as (value: IN) => string).connect(broadcast(second, states)).process<OUT>(fn as KeyedBroadcastProcessFunctionLike<string, IN, B, OUT>), options),
};
