/**
 * Many seeds in a row: what went wrong, and that enough went on for it to mean something.
 */
import { expect } from 'vitest';
import { reportRecovery, simulateRecovery } from './recovery-simulation.js';

/** How often each kind of thing happened over all runs. */
export interface Happened {
  faults: number;
  restarts: number;
  lostTaskManagers: number;
  kills: number;
  rescales: number;
  fromCheckpoint: number;
  fromSavepoint: number;
  drained: number;
}

const SIGNS: Readonly<Record<keyof Happened, RegExp>> = {
  faults: / fault: /, restarts: / restart$/, lostTaskManagers: / act: lose$/, kills: / act: kill$/, fromCheckpoint: / goes on from \/checkpoints/, fromSavepoint: / goes on from \/savepoints/,
  drained: / act: drain$/, rescales: / rescaled: /,
};

/** Enough of everything; drains are rare, for only jobs that pass records on are drained. */
export function expectVariety({ drained, ...others }: Happened, runs: number): void {
  for (const [what, often] of Object.entries(others)) expect(often, what).toBeGreaterThan(runs / 100);
  expect(drained, 'drained').toBeGreaterThan(runs / 500);
}

/** Throws with the seeds and traces of the first runs that broke a promise. */
export async function runMany(runs: number, first: number): Promise<Happened> {
  const happened: Happened = { faults: 0, restarts: 0, lostTaskManagers: 0, kills: 0, rescales: 0, fromCheckpoint: 0, fromSavepoint: 0, drained: 0 };
  const failed: string[] = [];
  for (let seed = first; seed < first + runs && failed.length < 3; seed++) {
    const run = await simulateRecovery(seed);
    if (run.violations.length > 0) failed.push(reportRecovery(run));
    for (const line of run.trace) {
      for (const [what, sign] of Object.entries(SIGNS) as [keyof Happened, RegExp][]) if (sign.test(line)) happened[what] += 1;
    }
  }
  if (failed.length > 0) throw new Error(failed.join('\n\n'));
  return happened;
}
