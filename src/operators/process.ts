/**
 * `process`: user functions that see time, side outputs and the key, with one or two inputs (Flink:
 * `ProcessOperator`, `KeyedProcessOperator`, `CoProcessOperator`, `KeyedCoProcessOperator`).
 */
import { toPrimitiveKey } from '../core/key.js';
import type { Collector, CoProcessElements, CoProcessFunctionLike, KeyedCoProcessFunctionLike, KeyedProcessContext, KeyedProcessFunctionLike, ProcessElement, ProcessFunctionLike } from './functions.js';
import type { OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { RecordContext } from './record-context.js';
import { guardedUserFunction } from './specialise.js';
import { userFunction } from './user-function.js';

/** Finds the key of a record; undefined for inputs without one. */
type KeyOf<IN, KEY> = ((value: IN) => KEY) | undefined;

export function processOperator<IN, OUT>(fn: ProcessFunctionLike<IN, OUT>): OperatorDefinition<OUT> {
  return keyedProcessOperator<never, IN, OUT>(fn, undefined);
}

export function keyedProcessOperator<KEY, IN, OUT>(fn: KeyedProcessFunctionLike<KEY, IN, OUT>, keyOf: KeyOf<IN, KEY>): OperatorDefinition<OUT> {
  const make = userFunction<ProcessElement<IN, OUT, KeyedProcessContext<KEY>>>(fn, { operator: 'process', methods: ['processElement'] });
  return {
    instantiate(context) {
      const { call, open, close } = make(context);
      const record = new RecordContext<KEY>(context);
      return { inputs: [input(context, record, call.processElement, keyOf)], watermark: eventTime(context, record), open, close };
    },
  };
}

/** With key selectors the two inputs share one key space; give both or none. */
export function coProcessOperator<KEY, IN1, IN2, OUT>(
  fn: CoProcessFunctionLike<IN1, IN2, OUT> | KeyedCoProcessFunctionLike<KEY, IN1, IN2, OUT>,
  keyOf1?: KeyOf<IN1, KEY>,
  keyOf2?: KeyOf<IN2, KEY>,
): OperatorDefinition<OUT> {
  const make = userFunction<CoProcessElements<IN1, IN2, OUT, KeyedProcessContext<KEY>>>(fn, {
    operator: 'process of connected streams', methods: ['processElement1', 'processElement2'],
  });
  return {
    instantiate(context) {
      const { call, open, close } = make(context);
      const record = new RecordContext<KEY>(context);
      return {
        inputs: [input(context, record, call.processElement1, keyOf1), input(context, record, call.processElement2, keyOf2)],
        watermark: eventTime(context, record),
        open,
        close,
      };
    },
  };
}

type Apply<IN, OUT, KEY> = (value: IN, context: KeyedProcessContext<KEY>, out: Collector<OUT>) => void;

function input<IN, OUT, KEY>(context: OperatorContext<OUT>, record: RecordContext<KEY>, apply: Apply<IN, OUT, KEY>, keyOf: KeyOf<IN, KEY>): Emit<IN> {
  const { specialise, output } = context;
  if (!keyOf) return specialise(processKernel<IN, OUT, KEY>)(apply, record, output.emit);
  return specialise(keyedProcessKernel<IN, OUT, KEY>)(apply, guardedUserFunction(specialise, keyOf), guardedUserFunction(specialise, toPrimitiveKey), record, output.emit);
}

function eventTime<OUT, KEY>(context: OperatorContext<OUT>, record: RecordContext<KEY>): (timestamp: number) => void {
  return (timestamp) => {
    record.eventTime = timestamp;
    context.output.watermark(timestamp);
  };
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
  apply: Apply<IN, OUT, KEY>, keyOf: (value: IN) => KEY, checkKey: (key: unknown) => unknown, record: RecordContext<KEY>, emit: Emit<OUT>,
): Emit<IN> {
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, record.time);
    },
  };
  return function keyedProcess(value, timestamp) {
    const key = keyOf(value);
    if (typeof key !== 'string' && typeof key !== 'number') checkKey(key);
    record.time = timestamp;
    record.key = key;
    apply(value, record, out);
  };
}
