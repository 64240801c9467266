/**
 * The life of an attempt in Flink's fields.
 */
import type { ExecutionState, StateTimes } from '../cluster/running-job.js';

/** The states that durations are told of; what follows ends the one before. */
const TIMED: readonly ExecutionState[] = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING'];

/** How long an attempt was in which state, in milliseconds; -1 for states it has not been in. */
export function statusDurations(times: StateTimes<ExecutionState>, now: number): Record<string, number> {
  return Object.fromEntries(TIMED.map((state) => {
    const entered = times[state];
    if (entered === undefined) return [state, -1];
    const later = Object.entries(times).filter(([other, time]) => other !== state && time >= entered && !earlier(other, state)).map(([, time]) => time);
    return [state, (later.length === 0 ? now : Math.min(...later)) - entered];
  }));
}

function earlier(state: string, than: ExecutionState): boolean {
  const at = TIMED.indexOf(state as ExecutionState);
  return at >= 0 && at < TIMED.indexOf(than);
}
