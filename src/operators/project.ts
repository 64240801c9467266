/**
 * `project`: keeps some fields of a tuple, in the order given (Flink: `StreamProject`).
 */
import { FlinkError } from '../core/errors.js';
import type { OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';

/** @param fields indexes into the tuple; at least one. Throws `INVALID_ARGUMENT` for anything else. */
export function projectOperator<OUT extends readonly unknown[]>(fields: readonly number[]): OperatorDefinition<OUT> {
  const wrong = fields.find((field) => !Number.isInteger(field) || field < 0);
  if (fields.length === 0 || wrong !== undefined) {
    throw new FlinkError('INVALID_ARGUMENT', `project takes the indexes of tuple fields, from 0; ${fields.length === 0 ? 'none' : JSON.stringify(wrong)} came`, { hint: 'Write project(0, 2).' });
  }
  const kept = [...fields];
  return {
    oneForOne: true,
    instantiate: (context) => ({ inputs: [context.specialise(projectKernel<OUT>)(kept, context.output.emit)] }),
  };
}

function projectKernel<OUT extends readonly unknown[]>(fields: readonly number[], emit: Emit<OUT>): Emit<readonly unknown[]> {
  return function project(tuple, timestamp) {
    const kept = [];
    for (let i = 0; i < fields.length; i++) kept.push(tuple[fields[i]!]);
    emit(kept as unknown as OUT, timestamp);
  };
}
