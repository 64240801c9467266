/**
 * Jobs that are made to fail, over many seeds; `npm run simulate -- --runs 100000 --seed 1` runs more of them.
 */
import { describe, expect, it } from 'vitest';
import { expectVariety, runMany } from './many-runs.js';
import { RECOVERY_DEFECTS } from './recovery-defects.js';
import { simulateRecovery } from './recovery-simulation.js';

const RUNS = 1000;
const PATIENCE_MS = 600_000;

describe('jobs under simulation that crash, lose TaskManagers, messages and files, are stopped, killed, and rescaled while they run', () => {
  it('make every record visible once, whatever failed when', async () => {
    const happened = await runMany(RUNS, 1);
    expectVariety(happened, RUNS);
  }, PATIENCE_MS);

  it.each([
    [5158, 'records in flight to an operator that is in the middle of a chain after the restore'],
    [6177, 'the same, with a committer'],
    [545, 'results that came behind the savepoint of a drain'],
    [15460, 'records in flight that were late behind watermarks in flight, at another parallelism'],
  ])('lost or doubled records once, with seed %i: %s', async (seed) => {
    expect((await simulateRecovery(seed, undefined, false)).violations).toEqual([]);
  });

  it('replay step by step', async () => {
    for (const seed of [3, 11, 42]) {
      const [first, second] = [await simulateRecovery(seed), await simulateRecovery(seed)];
      expect(second.trace).toEqual(first.trace);
    }
  });

  it.each(RECOVERY_DEFECTS)('are found out by an engine that has the defect "%s"', async (defect) => {
    let noticed = 0;
    for (let seed = 1; seed <= 150 && noticed < 3; seed++) noticed += (await simulateRecovery(seed, defect)).violations.length > 0 ? 1 : 0;
    expect(noticed).toBe(3);
  }, PATIENCE_MS);
});
