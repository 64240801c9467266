/**
 * Which checkpoint `flink run --recover` goes on from.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStorage } from '../../src/checkpoint/directory-storage.js';
import { findLatestCheckpoint, sweepIncomplete } from '../../src/checkpoint/latest-checkpoint.js';
import { seededRandom } from '../../src/core/random.js';
import { MemoryFiles } from './memory-files.js';
import { hexId, snapshotOf } from './snapshot-fixture.js';

let files: MemoryFiles;
beforeEach(() => void (files = new MemoryFiles()));

const storageOf = (jobId: string): DirectoryStorage =>
  new DirectoryStorage({ files, jobId, random: seededRandom(1), inlineBytesMax: 4, directory: '/checkpoints', savepointDirectory: undefined });

/** A checkpoint of a job in `/checkpoints`. */
async function taken(jobId: string, checkpointId: number, { jobName = 'Job', completedAt = checkpointId }: { jobName?: string; completedAt?: number } = {}): Promise<void> {
  const storage = storageOf(jobId);
  await storage.prepare();
  const pending = await storage.beginCheckpoint(checkpointId);
  await storage.complete(pending, snapshotOf([], { jobId, jobName, checkpointId, completedAt }));
}

/** One that was begun when its process was killed. */
async function begun(jobId: string, checkpointId: number): Promise<void> {
  const storage = storageOf(jobId);
  await storage.prepare();
  await storage.beginCheckpoint(checkpointId);
}

const found = async (jobName = 'Job'): Promise<string | undefined> => (await findLatestCheckpoint('/checkpoints', jobName, files))?.folders.exclusive;
const [ONE, TWO] = [hexId(1), hexId(2)];

describe('the latest checkpoint', () => {
  it('is none where nothing is', async () => expect(await found()).toBeUndefined());

  it('is the one with the highest number, not the last by name', async () => {
    for (const checkpointId of [2, 9, 10]) await taken(ONE, checkpointId);
    expect(await found()).toBe(`/checkpoints/${ONE}/chk-10`);
  });

  it('is the one that was completed last when several runs of the job have left some', async () => {
    await taken(ONE, 10, { completedAt: 100 });
    await taken(TWO, 3, { completedAt: 200 });
    expect(await found()).toBe(`/checkpoints/${TWO}/chk-3`);
  });

  it('of a job of another name is left alone', async () => {
    await taken(ONE, 1);
    await taken(TWO, 2, { jobName: 'Other' });
    expect([await found(), await found('Other'), await found('Third')]).toEqual([`/checkpoints/${ONE}/chk-1`, `/checkpoints/${TWO}/chk-2`, undefined]);
  });

  it.each([
    ['is damaged', 'SNAPSHOT_CORRUPT', () => void (files.files.get(`/checkpoints/${ONE}/chk-2/_metadata`)![40]! ^= 1)],
    ['cannot be reached', 'CHECKPOINT_STORAGE', () => void (files.fails = (operation, path) => operation === 'read' && path.includes('chk-2'))],
  ])('that %s is not passed over for an older one, nor for a fresh start', async (_, code, spoil) => {
    await taken(ONE, 2);
    spoil();
    await expect(found()).rejects.toMatchObject({ code, hint: expect.stringContaining('-s') });
    await taken(ONE, 1);
    await expect(found()).rejects.toMatchObject({ code });
  });

  it('of a job of another name may be damaged', async () => {
    await taken(ONE, 1, { jobName: 'Other' });
    await taken(ONE, 2, { jobName: 'Other' });
    files.files.get(`/checkpoints/${ONE}/chk-2/_metadata`)![40]! ^= 1;
    await taken(TWO, 1);
    expect(await found()).toBe(`/checkpoints/${TWO}/chk-1`);
  });

  it('is never one that was not completed', async () => {
    await taken(ONE, 1);
    await begun(ONE, 2);
    expect(await found()).toBe(`/checkpoints/${ONE}/chk-1`);
  });
});

it('what was not completed is swept from the folder of the job that goes on, and from no other', async () => {
  await taken(ONE, 1);
  await begun(ONE, 2);
  await begun(TWO, 2);
  await sweepIncomplete((await findLatestCheckpoint('/checkpoints', 'Job', files))!, files);
  expect(await files.list(`/checkpoints/${ONE}`)).not.toContain('chk-2');
  expect(await files.list(`/checkpoints/${ONE}`)).toContain('chk-1');
  expect(await files.list(`/checkpoints/${TWO}`)).toContain('chk-2');
});
