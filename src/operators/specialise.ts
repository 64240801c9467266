/**
 * Machine code of its own for each operator of a chain, and, from the same mechanism, which operator an error came
 * from.
 *
 * V8 keeps one set of type feedback for each place in the source. Ten maps that share one kernel make its calls
 * megamorphic and cost two thirds of the speed; a copy of the kernel for each chain position gets its own feedback.
 * The copy is made from the kernel's source text, so a kernel must refer to nothing but its parameters.
 *
 * Invariants:
 * - No two copies have equal text: V8 would hand back the code it compiled for the first.
 * - The copy's sourceURL carries the operator's label, so stack traces tell operators apart at no cost.
 * - Where copying is impossible or switched off everything works, slower, with errors labelled by other means.
 */
import type { Specialise } from './operator.js';

let copies = 0;

/** The label of the operator that a `Specialise` was made for. */
const labels = new WeakMap<Specialise, number>();
/** Those that hand back the kernel itself: user functions called from it need a guard to be found. */
const sharing = new WeakSet<Specialise>();
/** Errors whose stack does not tell. */
const labelled = new WeakMap<object, number>();

/** Names that coverage and bundling tools weave into function bodies; they mean nothing in a copy. */
const WOVEN_IN = /\bcov_\w+\(|\b__name\(|\b__vite_|\b__cov_|\bstryMutAct/;

/**
 * Copies kernels for one operator.
 * @param label Found again by `operatorLabelOf` in errors that come through the copies; a StreamGraph node id.
 */
export function specialiser(label: number): Specialise {
  copying ??= copyOf(sample, label) !== undefined;
  if (!copying) return sharedSpecialiser(label);
  const specialise: Specialise = (kernel) => copyOf(kernel, label) ?? kernel;
  labels.set(specialise, label);
  return specialise;
}

/** For one operator as `specialiser` is, but hands back the kernels themselves. */
export function sharedSpecialiser(label: number): Specialise {
  const specialise: Specialise = (kernel) => kernel;
  labels.set(specialise, label);
  sharing.add(specialise);
  return specialise;
}

/** Hands back the kernel itself, for operators outside a job: their errors carry no label. */
export const sharedKernels: Specialise = (kernel) => kernel;

/** Whether kernels can be copied in this process, tried once on the sample. */
let copying: boolean | undefined;

function sample(): void {}

function copyOf<F extends (...args: never[]) => unknown>(kernel: F, label: number): F | undefined {
  const source = Function.prototype.toString.call(kernel);
  if (WOVEN_IN.test(source)) return undefined;
  copies += 1;
  try {
    return new Function(`'use strict';\nreturn (${source}\n);\n//# sourceURL=flink-operator-${label}-${copies}`)() as F;
  } catch {
    // Code generation may be forbidden in this process, or the text is not an expression (a method).
    return undefined;
  }
}

/**
 * Makes errors of a user function findable where the stack cannot tell, that is when kernels are shared. Elsewhere
 * it hands back the function itself, for a guard in every operator costs a fifth of the speed.
 */
export function guardedUserFunction<F extends (...args: never[]) => unknown>(specialise: Specialise, call: F): F {
  if (!sharing.has(specialise)) return call;
  const guarded = (a: never, b: never, c: never, d: never): unknown => {
    try {
      return call(a, b, c, d);
    } catch (error) {
      attributeError(specialise, error);
      throw error;
    }
  };
  return guarded as F;
}

/** Records that an error came from the operator that this `Specialise` belongs to, unless an inner one claimed it. */
export function attributeError(specialise: Specialise, error: unknown): void {
  const label = labels.get(specialise);
  if (label === undefined || typeof error !== 'object' || error === null || labelled.has(error)) return;
  if (operatorLabelOf(error) === undefined) labelled.set(error, label);
}

/** The label of the operator that an error came from, if that can be known. */
export function operatorLabelOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return labelled.get(error) ?? operatorLabelFromStack((error as Error).stack);
}

/**
 * The label of the innermost operator in a stack trace: a user function's frame stands above the frame of the
 * kernel that called it.
 */
export function operatorLabelFromStack(stack: string | undefined): number | undefined {
  const frame = typeof stack === 'string' ? /^\s+at .*\bflink-operator-(\d+)-\d+:/m.exec(stack) : null;
  return frame ? Number(frame[1]) : undefined;
}
