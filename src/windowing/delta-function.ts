/**
 * How far apart two elements are (Flink: `DeltaFunction`).
 */
import { FlinkError } from '../core/errors.js';

export interface DeltaFunction<T> {
  getDelta(before: T, after: T): number;
}
export type DeltaLambda<T> = (before: T, after: T) => number;

/** The function behind either way to give one; `call` is what the author wrote. */
export function deltaLambda<T>(call: string, given: DeltaFunction<T> | DeltaLambda<T>): DeltaLambda<T> {
  if (typeof given === 'function') return given;
  if (typeof given?.getDelta !== 'function') throw new FlinkError('INVALID_ARGUMENT', `${call} takes a function or an object with getDelta(); ${typeof given} came`);
  return (before, after) => given.getDelta(before, after);
}

export function thresholdArgument(call: string, threshold: number): number {
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) throw new FlinkError('INVALID_ARGUMENT', `${call} takes a number as its threshold; ${String(threshold)} came`);
  return threshold;
}
