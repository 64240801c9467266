/** What else can be wrong with a machine: folders nobody may write to, a disk that takes its time, a clock that goes back. */
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeIn, expectedLines, steeredRuns } from './steered-run.js';

const make = steeredRuns();
/** Permissions bind also where the tests run as root. */
const BOUND = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
const TOLERANT = ['-D', 'execution.checkpointing.tolerable-failed-checkpoints=100000'];

describe('a folder that may not be written to', () => {
  it('for checkpoints: the job does not start, and says which folder it is', async () => {
    const run = make();
    chmodSync(run.small, 0o555);
    const { code, stderr } = await run.job({ before: BOUND }, { checkpoints: join(run.small, 'checkpoints') }).end;
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`CHECKPOINT_STORAGE.*${run.small}/checkpoints[^]*Give this user the right to write there`));
    expect(run.lines()).toEqual([]);
  });

  it('for checkpoints, from some moment on: the job runs on without, and takes them again when it may', async () => {
    const run = make();
    const job = run.job({ before: BOUND, options: TOLERANT });
    await job.untilCheckpointed(run.checkpoints);
    const [id] = readdirSync(run.checkpoints);
    const folder = join(run.checkpoints, id!);
    chmodSync(folder, 0o555);
    await job.untilSaid('The job runs on without a checkpoint: ');
    expect(job.said).toMatch(new RegExp(`${folder}/chk-.*EACCES.*Give this user the right to write there`));
    chmodSync(folder, 0o755);
    await job.untilSaid('Checkpoints are complete again');
    run.release();
    expect((await job.end).code).toBe(0);
    expect(run.lines()).toEqual(expectedLines());
  });

  it('for a savepoint: it is refused, and the job has not noticed', async () => {
    const run = make();
    chmodSync(run.small, 0o555);
    const job = run.job({ before: BOUND });
    await job.untilCheckpointed(run.checkpoints);
    const { code, stderr } = await run.flink('stop', '-p', join(run.small, 'savepoints'), await run.jobId());
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`${run.small}/savepoints[^]*Give this user the right to write there`));
    run.release();
    const ended = await job.end;
    expect([ended.code, ended.stderr.includes('Restarts')]).toEqual([0, false]);
    expect(run.lines()).toEqual(expectedLines());
  });
});

describe('a disk that takes its time for whatever is brought to it', () => {
  it('lets checkpoints run out of time, and the job runs on until it is fast again', async () => {
    const run = make();
    const job = run.job({ options: [...TOLERANT, '-D', 'execution.checkpointing.timeout=500 ms'] });
    await job.untilCheckpointed(run.checkpoints);
    run.fault('slow-sync', true);
    await job.untilSaid(/The job runs on without a checkpoint: .*execution\.checkpointing\.timeout/);
    run.fault('slow-sync', false);
    await job.untilSaid('Checkpoints are complete again');
    run.release();
    expect((await job.end).code).toBe(0);
    expect(run.lines()).toEqual(expectedLines());
  });

  it('makes checkpoints slow and nothing else where they have the time', async () => {
    const run = make();
    run.fault('slow-sync', true);
    const job = run.job({});
    await job.untilCheckpointed(run.checkpoints);
    run.release();
    const { code, stderr } = await job.end;
    expect([code, stderr.includes('without a checkpoint')]).toEqual([0, false]);
    expect(run.lines()).toEqual(expectedLines());
  });
});

describe('a clock that goes back by an hour', () => {
  it('stops neither checkpoints nor timers, and what is recovered is the newest checkpoint', async () => {
    const run = make();
    const job = run.job({ options: ['-D', 'execution.checkpointing.timeout=30 s'] });
    await job.untilCheckpointed(run.checkpoints);
    await job.until(() => job.rang > 0);
    run.fault('clock-back', true);
    const [rang, before] = [job.rang, numberOf(completeIn(run.checkpoints))];
    await job.until(() => job.rang > rang + 3 && numberOf(completeIn(run.checkpoints)) > before + 3);
    job.kill();
    await job.end;
    const newest = numberOf(completeIn(run.checkpoints));
    const again = run.job({ options: ['--recover'] });
    run.release();
    const { code, stderr } = await again.end;
    expect(code).toBe(0);
    expect(stderr).toContain(`It goes on from checkpoint ${newest}: `);
    expect(run.lines()).toEqual(expectedLines());
  });
});

/** Of the newest checkpoint. */
function numberOf(folders: readonly string[]): number {
  return Math.max(0, ...folders.map((path) => Number(path.slice(path.lastIndexOf('-') + 1))));
}
