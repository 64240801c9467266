/** Several processes that keep their checkpoints in one directory. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectedLines, steeredRuns } from './steered-run.js';

const make = steeredRuns();

it('two jobs side by side, of one name or of two, do not disturb each other', async () => {
  const run = make();
  const outputs = ['one', 'another', 'namesake'].map((name) => join(run.folder, name));
  const jobs = outputs.map((output, at) => run.job({ name: at === 2 ? 'one' : `job ${at}` }, { output }));
  for (const job of jobs) await job.untilCheckpointed(run.checkpoints);
  run.release();
  for (const job of jobs) expect((await job.end).code).toBe(0);
  for (const output of outputs) expect(run.lines(output)).toEqual(expectedLines());
});

it('a job that still runs is not recovered by another process, and goes on undisturbed', async () => {
  const run = make();
  const job = run.job({});
  await job.untilCheckpointed(run.checkpoints);
  const { code, stderr } = await run.job({ options: ['--recover'] }).end;
  expect(code).toBe(2);
  expect(stderr).toMatch(/SNAPSHOT_IN_USE.*"Steered".*which still runs[^]*flink stop/);
  run.release();
  expect((await job.end).code).toBe(0);
  expect(run.lines()).toEqual(expectedLines());
});
