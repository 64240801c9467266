import { beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import type { CheckpointStorage } from '../../src/checkpoint/checkpoint-storage.js';
import { DirectoryStorage } from '../../src/checkpoint/directory-storage.js';
import { MemoryStorage } from '../../src/checkpoint/memory-storage.js';
import { openSnapshotStreams } from '../../src/checkpoint/snapshot-output.js';
import { readSnapshot, verifySnapshot } from '../../src/checkpoint/snapshot-path.js';
import { checkpointStorageConformance } from './checkpoint-storage-conformance.js';
import { MemoryFiles } from './memory-files.js';
import { JOB_ID, keyed, operatorOf, snapshotOf } from './snapshot-fixture.js';

let files: MemoryFiles;
const common = () => ({ files, jobId: JOB_ID, random: seededRandom(1), inlineBytesMax: 4, savepointDirectory: '/saves' });
const directory = (): CheckpointStorage => new DirectoryStorage({ ...common(), directory: 'file:///check' });
const memory = (): CheckpointStorage => new MemoryStorage({ ...common(), maxStateBytes: 100 });
beforeEach(() => void (files = new MemoryFiles()));

checkpointStorageConformance('directory', () => ({ storage: directory(), files }));
checkpointStorageConformance('memory', () => ({ storage: memory(), files }));

describe('checkpoints in a directory', () => {
  it('lie as in Flink', async () => {
    const storage = directory();
    const pending = await storage.beginCheckpoint(3);
    expect(pending.location).toEqual({ storage: 'directory', exclusive: `/check/${JOB_ID}/chk-3`, shared: `/check/${JOB_ID}/shared`, taskOwned: `/check/${JOB_ID}/taskowned`, inlineBytesMax: 4 });
    const completed = await storage.complete(pending, snapshotOf());
    expect([completed.path, [...files.files.keys()]]).toEqual([`/check/${JOB_ID}/chk-3`, [`/check/${JOB_ID}/chk-3/_metadata`]]);
  });

  it('are read by their folder, by their file and by a URL', async () => {
    const storage = directory();
    const { path } = await storage.complete(await storage.beginCheckpoint(3), snapshotOf());
    for (const given of [path!, `${path}/`, `${path}/_metadata`, `file://${path}`]) {
      expect(await readSnapshot(given, files)).toMatchObject({ path, metadata: { checkpointId: 7 }, folders: { exclusive: path, shared: `/check/${JOB_ID}/shared` } });
    }
  });

  it('forget what an earlier run left under the same number', async () => {
    files.files.set(`/check/${JOB_ID}/chk-3/half`, new Uint8Array(1));
    await directory().beginCheckpoint(3);
    expect(files.files.size).toBe(0);
  });

  it('stay when the job has ended, those that were never completed do not', async () => {
    const storage = directory();
    await storage.complete(await storage.beginCheckpoint(3), snapshotOf());
    await storage.beginCheckpoint(4);
    await storage.close();
    expect(await files.list(`/check/${JOB_ID}`)).toEqual(['chk-3', 'shared', 'taskowned']);
  });

  it('take the folder of the job with them when none is complete', async () => {
    const storage = directory();
    await storage.discard(await storage.complete(await storage.beginCheckpoint(3), snapshotOf()));
    await storage.close();
    expect(await files.list('/check')).toEqual([]);
  });

  it('lose their metadata first', async () => {
    const storage = directory();
    const completed = await storage.complete(await storage.beginCheckpoint(3), snapshotOf());
    files.log.length = 0;
    await storage.discard(completed);
    expect(files.log).toEqual([`remove /check/${JOB_ID}/chk-3/_metadata`, `remove /check/${JOB_ID}/chk-3`]);
  });
});

describe('a snapshot that a person names', () => {
  it('and that is not there is said to be missing', async () => {
    await expect(readSnapshot('/nowhere', files)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING', message: 'there is no snapshot at /nowhere: there is no such folder, or it is empty' });
  });

  it('and that is another file is said to be one', async () => {
    files.files.set('/words.txt', new Uint8Array(1));
    await expect(readSnapshot('/words.txt', files)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING', message: 'there is no snapshot at /words.txt: it is a file' });
  });

  it('by the folder of a job lists the checkpoints in it', async () => {
    const storage = directory();
    await storage.complete(await storage.beginCheckpoint(3), snapshotOf());
    await expect(readSnapshot(`/check/${JOB_ID}`, files)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING', hint: expect.stringContaining('chk-3') });
  });

  it('and that was not completed is said not to have been', async () => {
    files.files.set('/check/j/chk-9/state', new Uint8Array(1));
    await expect(readSnapshot('/check/j/chk-9', files)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING', hint: 'The checkpoint was not completed; name another one.' });
  });

  it('on another kind of storage is refused', async () => {
    await expect(readSnapshot('hdfs://host/x', files)).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringContaining('hdfs') });
  });

  it('is verified file by file before anything starts', async () => {
    const storage = directory();
    const pending = await storage.beginCheckpoint(3);
    const output = openSnapshotStreams(pending.location, () => 'state', files).open('exclusive');
    output.write(new Uint8Array(2_500_000));
    const completed = await storage.complete(pending, snapshotOf([operatorOf({ subtasks: [{ index: 0, state: keyed(0, 1, await output.finish()) }] })]));
    await verifySnapshot(completed, files);
    files.files.get(`/check/${JOB_ID}/chk-3/state`)![2_400_000]! ^= 4;
    await expect(verifySnapshot(completed, files)).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT', message: expect.stringContaining('chk-3/state') });
  });
});
