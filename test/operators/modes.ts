// The two ways operators run: with code of their own, and sharing it. Every test of an operator runs both ways.
import type { Specialise } from '../../src/operators/operator.js';
import { sharedSpecialiser, specialiser } from '../../src/operators/specialise.js';

export interface Mode {
  readonly mode: string;
  readonly specialise: Specialise;
}

/** The label of the operators below, as errors show it. */
export const LABEL = 7;

/** As rows for `describe.each`. */
export const MODES: readonly Mode[] = [
  { mode: 'specialised', specialise: specialiser(LABEL) },
  { mode: 'shared', specialise: sharedSpecialiser(LABEL) },
];
