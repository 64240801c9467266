/**
 * Makes one function out of all the functions a record goes to from one output.
 *
 * Invariant: kernels are self-contained (see `operators/specialise.ts`).
 */
import type { Specialise } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';



/** Records that nobody takes. */
const drop: Emit = () => {};

function twoKernel(first: Emit, second: Emit): Emit {
  return (value, timestamp) => {
    first(value, timestamp);
    second(value, timestamp);
  };
}

function manyKernel(targets: readonly Emit[]): Emit {
  return (value, timestamp) => {
    for (let at = 0; at < targets.length; at++) targets[at]!(value, timestamp);
  };
}

function frozenKernel(freeze: (value: unknown) => void, next: Emit): Emit {
  return (value, timestamp) => {
    freeze(value);
    next(value, timestamp);
  };
}

/** One target is called directly; several in order; with `frozen`, values are made immutable on the way. */
export function combineTargets(targets: readonly Emit[], specialise: Specialise, frozen: boolean): Emit {
  const all = combineUnfrozen(targets, specialise);
  return frozen && targets.length > 0 ? specialise(frozenKernel)(deepFreeze, all) : all;
}

function combineUnfrozen(targets: readonly Emit[], specialise: Specialise): Emit {
  if (targets.length === 0) return drop;
  if (targets.length === 1) return targets[0]!;
  if (targets.length === 2) return specialise(twoKernel)(targets[0]!, targets[1]!);
  return specialise(manyKernel)(targets);
}

/** Makes a value and everything in it immutable; views of bytes cannot be and are left alone. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
