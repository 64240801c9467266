/**
 * The whole embedded cluster under simulation, over many seeds.
 *
 * FLINK_SIMULATION_SEEDS=5000 runs more of them; FLINK_SIMULATION_SEED=17 runs that one alone and shows its trace.
 */
import { describe, expect, it } from 'vitest';
import { report, type Run, simulate } from './simulation.js';
import type { Defect } from './simulated-cluster.js';

const SEEDS = Number(process.env['FLINK_SIMULATION_SEEDS'] ?? 300);
const ONLY = process.env['FLINK_SIMULATION_SEED'];
const PATIENCE_MS = 60_000 + SEEDS * 200;

describe('the embedded cluster under simulation', () => {
  it('keeps its promises whatever the job, the interleaving and the fault', async () => {
    const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, at) => at + 1) : [Number(ONLY)];
    const failed: Run[] = [];
    let [restarted, inPart, resumed] = [0, 0, 0];
    for (const seed of seeds) {
      const run = await simulate(seed);
      if (run.restarts > 0) restarted++;
      if (run.inPart) inPart++;
      if (run.restarts > 0 && run.completed > 0) resumed++;
      if (run.violations.length > 0) failed.push(run);
      if (failed.length === 3) break;
    }
    if (failed.length > 0) throw new Error(failed.map(report).join('\n\n'));
    // What never happens would not be tested.
    if (seeds.length >= 100) expect([restarted > seeds.length / 20, inPart > 0, resumed > seeds.length / 50]).toEqual([true, true, true]);
  }, PATIENCE_MS);

  it('replays a seed step by step', async () => {
    for (const seed of [3, 11, 42]) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.trace).toEqual(first.trace);
    }
  });

  it.each<Defect>(['lost wake-up', 'lost event', 'lost record', 'doubled batch'])('notices a %s', async (defect) => {
    let noticed = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const run = await simulate(seed, defect);
      if (run.violations.length > 0) noticed += 1;
    }
    expect(noticed).toBeGreaterThan(3);
  }, PATIENCE_MS);
});
