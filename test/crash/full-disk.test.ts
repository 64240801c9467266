/** Disks that are full: what cannot be written is told with its path, and nothing is lost or doubled. */
import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { completeIn, expectedLines, steeredRuns } from './steered-run.js';

const MEGABYTES = 4;
const make = steeredRuns();

describe('a full disk', () => {
  it('for checkpoints: the job runs on without them as often as is tolerable, says why, and takes them again when there is room', async () => {
    const run = make();
    const [checkpoints, savepoints] = [join(run.small, 'checkpoints'), join(run.small, 'savepoints')];
    const job = run.job({ smallDisk: MEGABYTES, options: ['-D', 'execution.checkpointing.tolerable-failed-checkpoints=100000'] }, { checkpoints });
    await job.untilCheckpointed(job.inside(checkpoints));
    job.fill(run.small);
    await job.untilSaid('The job runs on without a checkpoint: ');
    expect(job.said).toMatch(new RegExp(`checkpoint storage could not write ${checkpoints}/\\S+: ENOSPC.*The disk is full: free some space`));

    const id = await run.jobId();
    const savepoint = await run.flink('savepoint', id, savepoints);
    expect(savepoint.code).toBe(1);
    expect(savepoint.stderr).toMatch(new RegExp(`CHECKPOINT_FAILED.*${savepoints}/.*ENOSPC[^]*The disk is full: free some space`));

    job.free(run.small);
    await job.untilSaid('Checkpoints are complete again');
    run.release();
    const { code, stderr } = await job.end;
    expect([code, stderr.includes('Restarts')]).toEqual([0, false]);
    expect(run.lines()).toEqual(expectedLines());
  });

  it('for checkpoints: a failure that is not tolerable starts the job again, which goes back to a complete checkpoint', async () => {
    const run = make();
    const checkpoints = join(run.small, 'checkpoints');
    const job = run.job({ smallDisk: MEGABYTES }, { checkpoints });
    await job.untilCheckpointed(job.inside(checkpoints));
    job.fill(run.small);
    await job.untilSaid(/will start again in .*ENOSPC.*The disk is full: free some space/);
    expect(completeIn(job.inside(checkpoints))).toHaveLength(1);
    job.free(run.small);
    run.release();
    expect((await job.end).code).toBe(0);
    expect(run.lines()).toEqual(expectedLines());
  });

  it('for a savepoint to stop with: the job goes on as if nobody had asked', async () => {
    const run = make();
    const job = run.job({ smallDisk: MEGABYTES });
    await job.untilCheckpointed(run.checkpoints);
    job.fill(run.small);
    const stopped = await run.flink('stop', '-p', join(run.small, 'savepoints'), await run.jobId());
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(new RegExp(`${run.small}/savepoints/.*ENOSPC[^]*The disk is full: free some space`));
    run.release();
    expect((await job.end).code).toBe(0);
    expect(run.lines()).toEqual(expectedLines());
  });

  it('for the files of a sink: the job starts again until there is room, and every record is there once', async () => {
    const run = make();
    const output = join(run.small, 'out');
    const job = run.job({ smallDisk: MEGABYTES }, { output });
    await job.untilCheckpointed(run.checkpoints);
    job.fill(run.small);
    run.release();
    await job.untilSaid(new RegExp(`will start again in .*Cannot write ${output}/\\S+: no space is left on the device. Free some space`));
    job.free(run.small);
    expect((await job.end).code).toBe(0);
    expect(run.lines(join(run.folder, 'kept', 'out'))).toEqual(expectedLines());
  });
});
