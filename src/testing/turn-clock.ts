/**
 * Ends the turns of tasks where time stands still: a clock that moves by one step each time it is asked, so that turns
 * are equally long in every run.
 */
import type { Clock } from '../core/clock.js';

/** A quarter of a millisecond: some calls to a turn. */
const STEP_MS = 0.25;

export function turnClock(): Pick<Clock, 'monotonic'> {
  let time = 0;
  return { monotonic: () => (time += STEP_MS) };
}
