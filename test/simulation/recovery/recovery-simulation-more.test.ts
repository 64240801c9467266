/**
 * More seeds of the same simulation, in a file of its own so that another core may run them.
 */
import { it } from 'vitest';
import { expectVariety, runMany } from './many-runs.js';

const RUNS = 1000;

it('Jobs under simulation make every record visible once, whatever failed when', async () => {
  const happened = await runMany(RUNS, 1001);
  expectVariety(happened, RUNS);
}, 600_000);
