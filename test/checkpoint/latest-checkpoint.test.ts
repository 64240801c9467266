/**
 * Which checkpoint `flink run --recover` goes on from.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStorage, writeMetadata } from '../../src/checkpoint/directory-storage.js';
import { findLatestCheckpoint, olderThan, sweepIncomplete } from '../../src/checkpoint/latest-checkpoint.js';
import type { SnapshotMetadata } from '../../src/checkpoint/snapshot-metadata.js';
import { seededRandom } from '../../src/core/random.js';
import { MemoryFiles } from './memory-files.js';
import { hexId, snapshotOf } from './snapshot-fixture.js';

let files: MemoryFiles;
beforeEach(() => void (files = new MemoryFiles()));

const storageOf = (jobId: string): DirectoryStorage =>
  new DirectoryStorage({ files, jobId, random: seededRandom(1), inlineBytesMax: 4, directory: '/checkpoints', savepointDirectory: undefined });

/** A checkpoint of a job in `/checkpoints`. */
async function taken(jobId: string, checkpointId: number, { jobName = 'Job', completedAt = checkpointId, ...more }: Partial<SnapshotMetadata> = {}): Promise<void> {
  const storage = storageOf(jobId);
  await storage.prepare();
  const pending = await storage.beginCheckpoint(checkpointId);
  await storage.complete(pending, snapshotOf([], { jobId, jobName, checkpointId, completedAt, ...more }));
}

/** A savepoint below `/saves` that a job ended with. */
async function referredTo(jobId: string, checkpointId: number): Promise<void> {
  const metadata = snapshotOf([], { jobId, checkpointId, completedAt: checkpointId, kind: 'savepoint', stop: 'suspend' });
  const folder = `/saves/${checkpointId}`;
  await storageOf(jobId).refer(checkpointId, await writeMetadata(files, { folder, location: { storage: 'directory', exclusive: folder, inlineBytesMax: 4 } }, metadata));
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

  it.each(['while they were listed', 'while it was read'])('of a job that still runs is found, also when the one before it went %s', async (when) => {
    await taken(ONE, 1);
    const next = async (): Promise<void> => {
      await files.remove(`/checkpoints/${ONE}/chk-1`);
      await taken(ONE, 2);
    };
    const [list, read] = [files.list.bind(files), files.read.bind(files)];
    let went = false;
    const goes = async (): Promise<void> => {
      if (went) return;
      went = true;
      await next();
    };
    if (when === 'while it was read') files.read = (...range) => goes().then(() => read(...range));
    else files.list = async (folder) => {
      const names = await list(folder);
      if (folder.endsWith(ONE)) await goes();
      return names;
    };
    expect(await found()).toBe(`/checkpoints/${ONE}/chk-2`);
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

  it('is a savepoint where word of one was left, as long as there is no later checkpoint', async () => {
    await taken(ONE, 1);
    await referredTo(ONE, 2);
    expect(await findLatestCheckpoint('/checkpoints', 'Job', files)).toMatchObject({ path: '/saves/2', reference: `/checkpoints/${ONE}/chk-2` });
    await taken(ONE, 3);
    expect(await found()).toBe(`/checkpoints/${ONE}/chk-3`);
  });

  it('is not one before a savepoint that is not there any more; a job of another name does not mind', async () => {
    await taken(ONE, 1);
    await taken(TWO, 1, { jobName: 'Other' });
    await referredTo(ONE, 2);
    await files.remove('/saves');
    await expect(found()).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING', message: expect.stringContaining('/saves/2'), hint: expect.stringContaining('-s') });
    expect(await found('Other')).toBe(`/checkpoints/${TWO}/chk-1`);
  });

  it('is not one before a reference that is not as it was written', async () => {
    await taken(ONE, 1);
    await referredTo(ONE, 2);
    files.files.set(`/checkpoints/${ONE}/chk-2/_reference`, Buffer.from('{"path":'));
    await expect(found()).rejects.toMatchObject({ code: 'SNAPSHOT_FOREIGN' });
  });

  it('is never one that was not completed', async () => {
    await taken(ONE, 1);
    await begun(ONE, 2);
    expect(await found()).toBe(`/checkpoints/${ONE}/chk-1`);
  });
});

describe('what is older than the latest checkpoint', () => {
  const older = async (): Promise<(string | undefined)[]> => (await olderThan((await findLatestCheckpoint('/checkpoints', 'Job', files))!, files)).map(({ path }) => path);

  it('is what lies beside it, and what its job had taken over: later it would be taken for the newest', async () => {
    await taken(ONE, 1);
    await taken(ONE, 2);
    await taken(TWO, 3);
    await taken(TWO, 4, { predecessors: [{ jobId: ONE, checkpointId: 2 }, { jobId: ONE, checkpointId: 9 }] });
    expect(await older()).toEqual([`/checkpoints/${ONE}/chk-2`, `/checkpoints/${TWO}/chk-3`]);
  });

  it('is not what cannot be read for good, but is not passed over while storage does not answer', async () => {
    for (const id of [1, 2, 3]) await taken(ONE, id);
    files.files.get(`/checkpoints/${ONE}/chk-1/_metadata`)![40]! ^= 1;
    expect(await older()).toEqual([`/checkpoints/${ONE}/chk-2`]);
    files.fails = (operation, path) => operation === 'read' && path.includes('chk-2');
    await expect(older()).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE' });
  });
});

it('what was not completed is swept from the folder of the job that goes on, and from no other', async () => {
  await referredTo(ONE, 1);
  await begun(ONE, 2);
  await begun(TWO, 2);
  await sweepIncomplete((await findLatestCheckpoint('/checkpoints', 'Job', files))!, files);
  expect(await files.list(`/checkpoints/${ONE}`)).not.toContain('chk-2');
  expect(await files.list(`/checkpoints/${ONE}`)).toContain('chk-1');
  expect(await files.list(`/checkpoints/${TWO}`)).toContain('chk-2');
});
