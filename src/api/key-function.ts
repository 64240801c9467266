/**
 * Turns the key selectors of the API (lambda, object, class, field names) into functions.
 */
import type { KeySelectorLike, PartitionerLike } from '../operators/functions.js';
import { badArgument } from './arguments.js';
import { fieldArgument, fieldSelector, fieldsSelector } from './field.js';
import type { Transformation } from './transformation.js';

/** The function behind `keyBy`'s arguments: one selector, one or more fields, or a list of fields. */
export function keyFunction<T>(call: string, keys: readonly unknown[]): (value: T) => unknown {
  const [first] = keys;
  if (keys.length === 1 && Array.isArray(first)) return keyFunction<T>(call, fieldList(call, first));
  if (keys.length === 0) throw badArgument(call, 'a key selector or the name of a field', undefined);
  if (keys.length > 1) return fieldsSelector(keys.map((field) => fieldArgument(call, field)), call) as (value: T) => unknown;
  if (typeof first === 'string' || typeof first === 'number') return fieldSelector(fieldArgument(call, first), call) as (value: T) => unknown;
  return selectorFunction(call, first as KeySelectorLike<T, unknown>);
}

function fieldList(call: string, fields: readonly unknown[]): readonly unknown[] {
  for (const field of fields) if (typeof field !== 'string' && typeof field !== 'number') throw badArgument(call, 'a list of fields', field);
  return fields;
}

function selectorFunction<T>(call: string, selector: KeySelectorLike<T, unknown>): (value: T) => unknown {
  return methodOf(call, selector, 'getKey', 'a key selector or the name of a field') as (value: T) => unknown;
}

/** The function behind a `Partitioner`. */
export function partitionFunction<K>(call: string, partitioner: PartitionerLike<K>): (key: K, partitions: number) => number {
  return methodOf(call, partitioner, 'partition', 'a partitioner') as (key: K, partitions: number) => number;
}

/** The key function of a keyed stream's transformation. */
export function keyFunctionOf(transformation: Transformation): ((value: never) => unknown) | undefined {
  return transformation.kind === 'partition' && transformation.edgeFunction?.kind === 'key' ? transformation.edgeFunction.keyOf : undefined;
}

type Methods = Readonly<Record<string, ((...args: never[]) => unknown) | undefined>>;

function methodOf(call: string, given: unknown, method: string, expected: string): (...args: never[]) => unknown {
  if (typeof given === 'function') {
    const { prototype } = given as { prototype?: Methods };
    return typeof prototype?.[method] === 'function' ? boundMethod(new (given as new () => Methods)(), method) : (given as (...args: never[]) => unknown);
  }
  if (typeof given !== 'object' || given === null || typeof (given as Methods)[method] !== 'function') throw badArgument(call, expected, given);
  return boundMethod(given as Methods, method);
}

function boundMethod(target: Methods, method: string): (...args: never[]) => unknown {
  return target[method]!.bind(target);
}
