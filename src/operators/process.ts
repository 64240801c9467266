/**
 * `process`: user functions that see time, side outputs and the key, with one or two inputs (Flink:
 * `ProcessOperator`, `KeyedProcessOperator`, `CoProcessOperator`, `KeyedCoProcessOperator`).
 *
 * Invariants:
 * - On keyed inputs the current key of state and timers is the record's, or the timer's.
 * - Timers that a watermark makes due fire before the watermark goes on.
 */
import { NO_TIMESTAMP } from '../core/timestamp.js';
import { type KeyedContext, type TimerCallbacks, voidNamespaceKey } from '../state/keyed-context.js';
import type {
  Collector, CoProcessElements, CoProcessFunctionLike, KeyedCoProcessFunctionLike, KeyedProcessContext, KeyedProcessFunctionLike, OnTimerContext, ProcessElement, ProcessFunctionLike,
} from './functions.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit, HashedEmit } from './output.js';
import { KeyedCoProcessFunction, KeyedProcessFunction } from './process-functions.js';
import { RecordContext } from './record-context.js';
import { guardedUserFunction } from './specialise.js';
import { refuseWithoutKeys, userFunction } from './user-function.js';

/** Finds the key of a record; undefined for inputs without one. */
type KeyOf<IN, KEY> = ((value: IN) => KEY) | undefined;

export function processOperator<IN, OUT>(fn: ProcessFunctionLike<IN, OUT>): OperatorDefinition<OUT> {
  return keyedProcessOperator<never, IN, OUT>(fn, undefined);
}

export function keyedProcessOperator<KEY, IN, OUT>(fn: KeyedProcessFunctionLike<KEY, IN, OUT>, keyOf: KeyOf<IN, KEY>): OperatorDefinition<OUT> {
  if (!keyOf) refuseWithoutKeys(fn, KeyedProcessFunction, 'Call keyBy first: stream.keyBy(…).process(…), or extend ProcessFunction.');
  const make = userFunction<ProcessElement<IN, OUT, KeyedProcessContext<KEY>, KEY>>(fn, { operator: 'process', methods: ['processElement'], optional: ['onTimer'] });
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const process = new ProcessInputs<KEY, OUT>(context, keyOf !== undefined, call.onTimer);
      return process.operator([process.input(call.processElement, keyOf)], lifeCycle);
    },
  };
}

/** With key selectors the two inputs share one key space; give both or none. */
export function coProcessOperator<KEY, IN1, IN2, OUT>(
  fn: CoProcessFunctionLike<IN1, IN2, OUT> | KeyedCoProcessFunctionLike<KEY, IN1, IN2, OUT>,
  keyOf1?: KeyOf<IN1, KEY>,
  keyOf2?: KeyOf<IN2, KEY>,
): OperatorDefinition<OUT> {
  if (!keyOf1) refuseWithoutKeys(fn, KeyedCoProcessFunction, 'Call keyBy on both streams, or on the connected ones: first.connect(second).keyBy(…, …), or extend CoProcessFunction.');
  const make = userFunction<CoProcessElements<IN1, IN2, OUT, KeyedProcessContext<KEY>, KEY>>(fn, {
    operator: 'process of connected streams', methods: ['processElement1', 'processElement2'], optional: ['onTimer'],
  });
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const process = new ProcessInputs<KEY, OUT>(context, keyOf1 !== undefined, call.onTimer);
      return process.operator([process.input(call.processElement1, keyOf1), process.input(call.processElement2, keyOf2)], lifeCycle);
    },
  };
}

type Apply<IN, OUT, KEY> = (value: IN, context: KeyedProcessContext<KEY>, out: Collector<OUT>) => void;
type OnTimer<OUT, KEY> = (timestamp: number, context: OnTimerContext<KEY>, out: Collector<OUT>) => void;

interface InputPair<IN> {
  readonly input: Emit<IN>;
  readonly hashedInput: HashedEmit<IN> | undefined;
}

/** What the inputs of one process operator share: the context its function sees, the current key, the timers. */
class ProcessInputs<KEY, OUT> {
  private readonly record: RecordContext<KEY>;
  private readonly keyed: KeyedContext | undefined;
  private readonly setKey: (key: KEY, hash?: number) => void;

  constructor(private readonly context: OperatorContext<OUT>, isKeyed: boolean, onTimer: OnTimer<OUT, KEY> | undefined) {
    const { specialise, output } = context;
    const record = new RecordContext<KEY>(context);
    const keyed = isKeyed ? context.keyed : undefined;
    this.record = record;
    this.keyed = keyed;
    this.setKey = guardedUserFunction(specialise, (key: KEY, hash?: number) => keyed?.setCurrentKey(key, hash));
    record.timers = keyed?.timers('user-timers', specialise(timerKernel<OUT, KEY>)(onTimer ?? (() => {}), record, output.emit, NO_TIMESTAMP), voidNamespaceKey);
  }

  input<IN>(apply: Apply<IN, OUT, KEY>, keyOf: KeyOf<IN, KEY>): InputPair<IN> {
    const { specialise, output } = this.context;
    if (!keyOf) return { input: specialise(processKernel<IN, OUT, KEY>)(apply, this.record, output.emit), hashedInput: undefined };
    return specialise(keyedProcessKernel<IN, OUT, KEY>)(apply, guardedUserFunction(specialise, keyOf), this.setKey, this.record, output.emit);
  }

  operator(inputs: readonly InputPair<never>[], lifeCycle: Pick<Operator, 'open' | 'close'>): Operator {
    return {
      ...lifeCycle,
      inputs: inputs.map(({ input }) => input),
      hashedInputs: inputs.map(({ hashedInput }) => hashedInput),
      watermark: (timestamp) => {
        this.record.eventTime = timestamp;
        this.keyed?.advanceWatermark(timestamp);
        this.context.output.watermark(timestamp);
      },
    };
  }
}

function processKernel<IN, OUT, KEY>(apply: Apply<IN, OUT, KEY>, record: RecordContext<KEY>, emit: Emit<OUT>): Emit<IN> {
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, record.time);
    },
  };
  return function process(value, timestamp) {
    record.time = timestamp;
    apply(value, record, out);
  };
}

function keyedProcessKernel<IN, OUT, KEY>(
  apply: Apply<IN, OUT, KEY>, keyOf: (value: IN) => KEY, setKey: (key: KEY, hash?: number) => void, record: RecordContext<KEY>, emit: Emit<OUT>,
): { input: Emit<IN>; hashedInput: HashedEmit<IN> } {
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, record.time);
    },
  };
  return {
    input: function keyedProcess(value, timestamp) {
      const key = keyOf(value);
      setKey(key);
      record.time = timestamp;
      record.key = key;
      apply(value, record, out);
    },
    hashedInput: function keyedProcess(value, timestamp, hash) {
      const key = keyOf(value);
      setKey(key, hash);
      record.time = timestamp;
      record.key = key;
      apply(value, record, out);
    },
  };
}

/** A processing time says nothing about event time: what such a timer collects has no timestamp. */
function timerKernel<OUT, KEY>(onTimer: OnTimer<OUT, KEY>, record: RecordContext<KEY>, emit: Emit<OUT>, noTimestamp: number): TimerCallbacks<string> {
  const atTime: Collector<OUT> = {
    collect(value) {
      emit(value, record.time);
    },
  };
  const atNoTime: Collector<OUT> = {
    collect(value) {
      emit(value, noTimestamp);
    },
  };
  return {
    onEventTime(timer) {
      record.time = timer.timestamp;
      record.key = timer.key as KEY;
      record.domain = 'EVENT_TIME';
      onTimer(timer.timestamp, record, atTime);
    },
    onProcessingTime(timer) {
      record.time = timer.timestamp;
      record.key = timer.key as KEY;
      record.domain = 'PROCESSING_TIME';
      onTimer(timer.timestamp, record, atNoTime);
    },
  };
}
