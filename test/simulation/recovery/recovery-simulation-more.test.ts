/**
 * More seeds of the same simulation, in a file of its own so that another core may run them.
 */
import { expect, it } from 'vitest';
import { runMany } from './many-runs.js';

const RUNS = 1000;

it('Jobs under simulation make every record visible once, whatever failed when', async () => {
  const happened = await runMany(RUNS, 1001);
  for (const often of Object.values(happened)) expect(often).toBeGreaterThan(RUNS / 50);
}, 600_000);
