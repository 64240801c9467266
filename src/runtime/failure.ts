/**
 * Finds out which operator an error came from, without any cost while nothing fails.
 *
 * Every chained operator's hot functions are compiled under a label of their own, which shows up in stack traces.
 * The innermost label in an error's stack is the operator that called the user's function.
 */
import { FlinkError, type ErrorPlace } from '../core/errors.js';
import { operatorLabelOf } from '../operators/specialise.js';
import { preview } from '../core/preview.js';

/** Who stands behind a label. */
export interface LabelledOperator {
  readonly operator: string;
  readonly subtask: number;
  readonly parallelism: number;
}

const labelled = new Map<number, LabelledOperator>();
let nextLabel = 1;

/** A label for one operator of one subtask, unique in this thread. */
export function labelOperator(operator: LabelledOperator): number {
  const label = nextLabel++;
  labelled.set(label, operator);
  return label;
}

export function forgetLabels(labels: readonly number[]): void {
  for (const label of labels) labelled.delete(label);
}

/**
 * Turns what a chain threw into a `FlinkError` with its place. `fallback` is the operator at the chain's head;
 * `record` the record that entered the chain, if one did.
 */
export function locateFailure(thrown: unknown, fallback: LabelledOperator, record?: { readonly value: unknown }): FlinkError {
  const label = operatorLabelOf(thrown);
  const found = (label === undefined ? undefined : labelled.get(label)) ?? fallback;
  const shown = record && preview(record.value);
  const place: ErrorPlace = { ...found, ...(shown === undefined ? {} : { record: shown }) };
  if (thrown instanceof FlinkError) {
    if (thrown.place?.operator !== undefined) return thrown;
    return new FlinkError(thrown.code, thrown.message, { cause: thrown.cause ?? thrown, hint: thrown.hint, place: { ...place, ...thrown.place } });
  }
  if (thrown instanceof Error) return new FlinkError('USER_FUNCTION', `${thrown.name}: ${thrown.message}`, { cause: thrown, place });
  // Without a stack it may have been any operator of the chain; the place is its first.
  return new FlinkError('USER_FUNCTION', `threw ${preview(thrown)}, which is not an Error`, { cause: thrown, place, hint: 'Throw an Error: only that says which function and line it came from. The operator named is the first of its chain.' });
}
