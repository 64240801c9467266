/** Disks that are full while state is in LevelDB: what cannot be written is told with its path, and nothing is lost or doubled. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeIn, COUNT, steeredRuns } from './steered-run.js';

const MEGABYTES = 24;
const KEYS = 4_000;
const make = steeredRuns();

/** What the files of `level-job.ts` hold in the end, sorted. */
const expected = (): string[] => Array.from({ length: COUNT }, (_, n) => `${n % KEYS},${Math.floor(n / KEYS) + 1}`).sort();

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true }).map((name) => basename(String(name))) : []);

describe('a full disk', () => {
  it('for the databases of the backend level: the job starts again until there is room, and every record counts once', async () => {
    const run = make();
    const databases = join(run.small, 'databases');
    const job = run.job({ program: 'level-job.ts', smallDisk: MEGABYTES, options: ['-D', `state.backend.level.localdir=${databases}`] });
    await job.until(() => filesIn(job.inside(databases)).filter((name) => name === 'CURRENT').length >= 2);
    const before = completeIn(run.checkpoints);
    await job.until(() => completeIn(run.checkpoints).some((path) => !before.includes(path)));
    const failure = (what: string): RegExp => new RegExp(`will start again in .*database of the state backend in ${databases}/\\S+ could not be (${what}): .*[Nn]o space left on device.*The disk is full: free some space, or keep the databases elsewhere`);
    for (const what of ['copied for a checkpoint|written', 'made of the files of a snapshot|opened']) {
      await job.until(() => {
        // A task that starts again gives back what its database has taken.
        job.fill(run.small);
        return failure(what).test(job.said);
      });
    }
    job.free(run.small);
    run.release();
    expect((await job.end).code).toBe(0);
    expect(run.lines()).toEqual(expected());
    expect(filesIn(join(run.folder, 'kept', 'databases'))).toEqual([]);
  });

  it('for incremental checkpoints of the backend level: the job runs on without them, says why, and takes them again when there is room', async () => {
    const run = make();
    const checkpoints = join(run.small, 'checkpoints');
    const options = ['-D', 'execution.checkpointing.tolerable-failed-checkpoints=100000', '-D', 'execution.checkpointing.incremental=true'];
    const job = run.job({ program: 'level-job.ts', smallDisk: MEGABYTES, options }, { checkpoints });
    await job.until(() => filesIn(join(run.folder, 'temporary')).filter((name) => name === 'CURRENT').length >= 2);
    await job.untilCheckpointed(job.inside(checkpoints));
    job.fill(run.small);
    await job.untilSaid('The job runs on without a checkpoint: ');
    expect(job.said).toMatch(new RegExp(`checkpoint storage could not write ${checkpoints}/\\S+: ENOSPC.*The disk is full: free some space`));
    expect(completeIn(job.inside(checkpoints)).length).toBeGreaterThan(0);
    job.free(run.small);
    await job.untilSaid('Checkpoints are complete again');
    run.release();
    const { code, stderr } = await job.end;
    expect([code, stderr.includes('Restarts')]).toEqual([0, false]);
    expect(run.lines()).toEqual(expected());
  });
});
