/**
 * `npm run simulate -- --runs 100000 --seed 1`: many runs of jobs that are made to fail, or one of them with its trace.
 *
 *   --runs <n>     how many, 2000 by default, the seeds counted up from
 *   --seed <n>     1 by default
 *   --of <n>       every n-th seed only, so that several processes can share the work
 *   --keep-going   does not stop at the first failure
 *   --defect <d>   with a deliberate defect
 *   --trace        shows everything that happened, not only the end of it
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../../../src/core/clock.js';
import type { RecoveryDefect } from './recovery-defects.js';
import { reportRecovery, simulateRecovery } from './recovery-simulation.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' }, of: { type: 'string', default: '1' }, 'keep-going': { type: 'boolean' }, defect: { type: 'string' }, trace: { type: 'boolean' } },
});
const [runs, seed, of] = [Number(values.runs), Number(values.seed), Number(values.of)];
const began = systemClock.monotonic();
const failed: number[] = [];
let steps = 0;
for (let run = 0; run < runs; run++) {
  const outcome = await simulateRecovery(seed + run * of, values.defect as RecoveryDefect | undefined);
  steps += outcome.steps;
  if (outcome.violations.length > 0) {
    failed.push(outcome.seed);
    process.stdout.write(values['keep-going'] ? `seed ${outcome.seed}: ${outcome.violations[0]}\n` : `${reportRecovery(outcome, values.trace ? outcome.trace.length : undefined)}\n`);
    if (!values['keep-going']) break;
  }
  if ((run + 1) % 1000 === 0) process.stderr.write(`${run + 1} of ${runs} runs\n`);
}
const seconds = (systemClock.monotonic() - began) / 1000;
process.stdout.write(`${runs} runs from seed ${seed}, ${steps} steps, ${seconds.toFixed(1)} s: ${failed.length === 0 ? 'all kept their promises' : `${failed.length} did not: ${failed.slice(0, 20).join(' ')}`}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
