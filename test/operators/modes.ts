// The two ways operators run: with code of their own, and sharing it. Every test of an operator runs both ways.
import type { Specialise } from '../../src/operators/operator.js';
import { sharedSpecialiser, specialiser } from '../../src/operators/specialise.js';

export interface Mode {
  readonly mode: string;
  readonly specialise: Specialise;
}

/** As rows for `describe.each`. A copy that is no copy is an error here: kernels must refer to their parameters only. */
export const MODES: readonly Mode[] = [
  { mode: 'specialised', specialise: checked(specialiser(7)) },
  { mode: 'shared', specialise: sharedSpecialiser(7) },
];

function checked(specialise: Specialise): Specialise {
  return (kernel) => {
    const copy = specialise(kernel);
    if (copy === kernel) throw new Error(`the kernel ${kernel.name} was not copied`);
    return copy;
  };
}
