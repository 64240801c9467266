/**
 * What files, checkpoints, uploads and a sink in S3 promise, against every server there is: the strict one of the tests, and
 * the one that `FLINK_TS_S3_ENDPOINT` names, in whose bucket `FLINK_TS_S3_BUCKET` everything goes below a new folder. Its
 * keys are those that AWS's tools would take.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { DirectoryStorage } from '../../src/checkpoint/directory-storage.js';
import { S3Files } from '../../src/checkpoint/s3-files.js';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { S3Endpoint, S3PathStyleAccess } from '../../src/core/options.js';
import { randomHex, systemRandom } from '../../src/core/random.js';
import { openBucket } from '../../src/s3/s3-bucket.js';
import { S3ObjectWriter } from '../../src/s3/s3-object-writer.js';
import { bytesOf, configurationOf } from '../s3/s3-fixture.js';
import { S3Server } from '../s3/s3-server.js';
import { checkpointStorageConformance } from './checkpoint-storage-conformance.js';
import { fileStoreConformance } from './file-store-conformance.js';
import { JOB_ID } from './snapshot-fixture.js';

const MIB = 1024 * 1024;
const strict = await S3Server.start();
afterAll(() => strict.close());

const { FLINK_TS_S3_ENDPOINT: named, FLINK_TS_S3_BUCKET: namedBucket = 'test' } = process.env;
const servers = [{ name: 'the strict server', bucket: 'test', configuration: configurationOf(strict.endpoint) }];
if (named) servers.push({ name: named, bucket: namedBucket, configuration: new Configuration().set(S3Endpoint, named).set(S3PathStyleAccess, true) });

for (const { name, bucket: bucketName, configuration } of servers) {
  const surroundings = { clock: systemClock, random: systemRandom };
  const freshKey = (): string => `flink-ts-test-${randomHex(systemRandom, 12)}`;
  const fresh = (): { files: S3Files; folder: string } => ({ files: new S3Files(configuration, surroundings), folder: `s3://${bucketName}/${freshKey()}` });
  fileStoreConformance(name, fresh);
  const { folder } = fresh();
  checkpointStorageConformance(name, () => {
    const { files } = fresh();
    return { files, storage: new DirectoryStorage({ files, jobId: JOB_ID, random: systemRandom, inlineBytesMax: 4, directory: folder, savepointDirectory: `${folder}/saves` }) };
  }, folder);

  it(`an object is written over the version that was read, and over no other (${name})`, async () => {
    const bucket = await openBucket(bucketName, configuration, surroundings);
    const key = `${freshKey()}/leader`;
    const first = await bucket.putIf(key, Buffer.from('first'), undefined);
    const second = await bucket.putIf(key, Buffer.from('second'), first);
    expect([await bucket.putIf(key, Buffer.from('third'), undefined), await bucket.putIf(key, Buffer.from('third'), first)]).toEqual([undefined, undefined]);
    expect(await bucket.getTagged(key)).toEqual({ etag: second, body: Buffer.from('second') });
    await bucket.delete(key);
  });

  describe(`uploads in parts (${name})`, () => {
    it('go on in another writer, appear when they are completed, and are completed once', async () => {
      const bucket = await openBucket(bucketName, configuration, surroundings);
      const key = `${freshKey()}/part-1`;
      const bytes = bytesOf(17 * MIB);
      const first = new S3ObjectWriter(bucket, key);
      first.write(bytes.subarray(0, 9 * MIB));
      const state = structuredClone(await first.state());
      await first.leave();
      const second = new S3ObjectWriter(bucket, key, state, 20);
      second.write(bytes.subarray(9 * MIB));
      const { uploadId, parts, size } = await second.finish();
      expect([await bucket.head(key), (await bucket.listUploads(key)).length, size]).toEqual([undefined, 1, 17 * MIB]);
      expect((await bucket.listParts({ key, uploadId }))?.map(({ number }) => number)).toEqual(parts.map(({ number }) => number).sort((a, b) => a - b));
      await bucket.completeUpload({ key, uploadId }, parts);
      expect(Buffer.compare((await bucket.get(key, 0, 18 * MIB))!, bytes)).toBe(0);
      expect(await bucket.listUploads(key)).toEqual([]);
      await bucket.delete(key);
    });

    it('leave nothing behind when they are aborted', async () => {
      const bucket = await openBucket(bucketName, configuration, surroundings);
      const key = `${freshKey()}/part-1`;
      const writer = new S3ObjectWriter(bucket, key);
      writer.write(bytesOf(11 * MIB));
      await writer.state();
      expect((await bucket.listUploads(key)).length).toBe(1);
      await writer.abort();
      expect([await bucket.listUploads(key), await bucket.head(key)]).toEqual([[], undefined]);
    });

    it('refuse parts that are too small, and an object that is there already', async () => {
      const bucket = await openBucket(bucketName, configuration, surroundings);
      const key = `${freshKey()}/part-1`;
      const upload = await bucket.beginUpload(key);
      const parts = [await bucket.uploadPart(upload, 1, Buffer.from('a')), await bucket.uploadPart(upload, 2, Buffer.from('b'))];
      await expect(bucket.completeUpload(upload, parts)).rejects.toMatchObject({ code: 'EntityTooSmall' });
      await bucket.abortUpload(upload);
      expect([await bucket.put(key, Buffer.from('1'), { ifNoneMatch: true }), await bucket.put(key, Buffer.from('2'), { ifNoneMatch: true })]).toEqual(['written', 'exists']);
      await bucket.delete(key);
    });
  });
}
