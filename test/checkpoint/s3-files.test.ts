/**
 * Checkpoints in S3, in whole and file by file, against the strict server; and with trouble on the way.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { S3AttemptsMaximum, S3SecretKey } from '../../src/core/options.js';
import { DirectoryStorage } from '../../src/checkpoint/directory-storage.js';
import { findLatestCheckpoint, sweepIncomplete } from '../../src/checkpoint/latest-checkpoint.js';
import { S3Files } from '../../src/checkpoint/s3-files.js';
import { openSnapshotStreams } from '../../src/checkpoint/snapshot-output.js';
import { absoluteFolder, readSnapshot, verifySnapshot } from '../../src/checkpoint/snapshot-path.js';
import { storedFiles } from '../../src/checkpoint/stored-files.js';
import { FaultProxy } from '../s3/fault-proxy.js';
import { bytesOf, configurationOf, surroundings } from '../s3/s3-fixture.js';
import { S3Server } from '../s3/s3-server.js';
import { checkpointStorageConformance } from './checkpoint-storage-conformance.js';
import { fileStoreConformance } from './file-store-conformance.js';
import { JOB_ID, keyed, operatorOf, snapshotOf } from './snapshot-fixture.js';
import { eventually } from '../eventually.js';

const MIB = 1024 * 1024;
let server: S3Server;
let proxy: FaultProxy;
let files: S3Files;
beforeAll(async () => {
  server = await S3Server.start();
  proxy = await FaultProxy.before(server);
});
beforeEach(() => {
  server.buckets.set('test', { objects: new Map(), uploads: new Map() });
  files = new S3Files(configurationOf(proxy.endpoint), surroundings);
});
afterEach(() => {
  proxy.trouble = () => 'pass';
  server.log.length = 0;
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const root = 's3://test/some/where';
const storage = (directory = root): DirectoryStorage =>
  new DirectoryStorage({ files, jobId: JOB_ID, random: seededRandom(1), inlineBytesMax: 4, directory, savepointDirectory: 's3://test/saves' });

fileStoreConformance('S3', () => ({ files, folder: root }));
fileStoreConformance('S3, by the address', () => ({ files: storedFiles(configurationOf(server.endpoint), surroundings), folder: 's3a://test' }));
checkpointStorageConformance('S3', () => ({ storage: storage(), files }), 's3://test');

async function checkpoint(id: number, state: Buffer): ReturnType<DirectoryStorage['complete']> {
  const pending = await storage().beginCheckpoint(id);
  const output = openSnapshotStreams(pending.location, () => `state-${id}`, files).open('shared');
  output.write(state);
  return storage().complete(pending, snapshotOf([operatorOf({ subtasks: [{ index: 0, state: keyed(0, 1, await output.finish()) }] })], { checkpointId: id, completedAt: id }));
}

describe('checkpoints in S3', () => {
  it('lie as in folders', async () => {
    await checkpoint(3, Buffer.from('some state'));
    const job = `some/where/${JOB_ID}`;
    expect(server.keys()).toEqual([`${job}/chk-3/`, `${job}/chk-3/_metadata`, `${job}/shared/`, `${job}/shared/state-3`, `${job}/taskowned/`]);
  });

  it.each(['s3', 's3a', 's3p', 'S3'])('are read by folder and file, with the scheme %s', async (scheme) => {
    const { path } = await checkpoint(3, Buffer.from('some state'));
    const given = path!.replace('s3', scheme);
    for (const name of [given, `${given}/`, `${given}/_metadata`]) expect(await readSnapshot(name, files)).toMatchObject({ path, metadata: { checkpointId: 3 } });
  });

  it('are missing with what is there instead', async () => {
    await checkpoint(3, Buffer.from('x'));
    await expect(readSnapshot(`${root}/${JOB_ID}`, files)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING', hint: expect.stringContaining('chk-3') });
    await expect(readSnapshot('s3://test/nowhere', files)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING' });
    await expect(readSnapshot('s3://other/nowhere', files)).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE', hint: expect.stringContaining('bucket') });
    expect(() => absoluteFolder('s3://x')).toThrow('is not an address in S3');
  });

  it('are verified to the last byte, large files in few requests', async () => {
    const completed = await checkpoint(3, bytesOf(12 * MIB));
    await verifySnapshot(completed, files);
    expect(server.log.filter((line) => line.startsWith('GET') && line.includes('state-3')).length).toBeLessThanOrEqual(5);
    const key = `some/where/${JOB_ID}/shared/state-3`;
    const changed = Buffer.from(server.buckets.get('test')!.objects.get(key)!.bytes);
    changed[11 * MIB]! ^= 1;
    server.put(key, changed);
    await expect(verifySnapshot(completed, new S3Files(configurationOf(server.endpoint), surroundings))).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
  });

  it('are found again by the name of their job, and what was left half-written is deleted, uploads too', async () => {
    await checkpoint(3, Buffer.from('three'));
    await checkpoint(4, Buffer.from('four'));
    const half = await storage().beginCheckpoint(5);
    for (const folder of [half.folder!, `${root}/${JOB_ID}/shared`]) await (await files.create(`${folder}/half`)).append(bytesOf(6 * MIB));
    await eventually(() => expect(server.underWay().length).toBe(2));
    const latest = await findLatestCheckpoint(root, snapshotOf().jobName, files);
    expect(latest?.path).toBe(`${root}/${JOB_ID}/chk-4`);
    await sweepIncomplete(latest!, files);
    expect([server.keys().filter((key) => key.includes('chk-5')), server.underWay()]).toEqual([[], []]);
  });

  it('leave no uploads behind when they are given up', async () => {
    const pending = await storage().beginCheckpoint(3);
    const output = openSnapshotStreams(pending.location, () => 'state', files).open('exclusive');
    output.write(bytesOf(11 * MIB));
    await output.discard();
    expect(server.underWay()).toEqual([]);
    await (await files.create(`${pending.folder!}/killed`)).append(bytesOf(6 * MIB));
    await eventually(() => expect(server.underWay().length).toBe(1));
    await storage().discard(pending);
    expect([server.underWay(), server.keys().filter((key) => key.includes('chk-3'))]).toEqual([[], []]);
  });

  it('are whole whatever happens to requests and answers', async () => {
    const list = [500, 503, 'lost', 'cut', 'refused', 429] as const;
    let requests = 0;
    proxy.trouble = () => (++requests % 2 === 0 ? list[(requests / 2) % list.length]! : 'pass');
    const state = bytesOf(13 * MIB);
    const completed = await checkpoint(3, state);
    await verifySnapshot(completed, files);
    expect(Buffer.compare(server.buckets.get('test')!.objects.get(`some/where/${JOB_ID}/shared/state-3`)!.bytes, state)).toBe(0);
    expect(server.underWay()).toEqual([]);
    await storage().discard(completed);
    await storage().discardShared([`${root}/${JOB_ID}/shared/state-3`]);
    await storage().close();
    expect(server.keys()).toEqual([]);
  });

  it('that cannot be kept say so before the job starts: where, what was tried, and what to check', async () => {
    files = new S3Files(configurationOf(server.endpoint).set(S3SecretKey, 'wrong'), surroundings);
    await expect(storage().prepare()).rejects.toMatchObject({
      code: 'CHECKPOINT_STORAGE', hint: expect.stringContaining('s3.secret-key'),
      message: expect.stringMatching(/^checkpoint storage could not write into s3:\/\/test\/.*\/shared: PutObject of s3:\/\/test\/.* failed: 403 SignatureDoesNotMatch/),
    });
  });

  it('are not complete when `_metadata` could not be written', async () => {
    files = new S3Files(configurationOf(proxy.endpoint).set(S3AttemptsMaximum, 2), surroundings);
    const pending = await storage().beginCheckpoint(3);
    proxy.trouble = (request) => (request.url!.includes('_metadata') ? 503 : 'pass');
    await expect(storage().complete(pending, snapshotOf())).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE' });
    proxy.trouble = () => 'pass';
    expect(await files.list(`${root}/${JOB_ID}/chk-3`)).toEqual([]);
  });
});
