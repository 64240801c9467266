/**
 * The server of the tests is one that a foreign client takes for S3: the AWS SDK, by whose makers S3 is.
 */
import * as sdk from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf } from './s3-fixture.js';
import { S3Server } from './s3-server.js';

const Bucket = 'test';
const MIB = 1024 * 1024;
let server: S3Server;
let client: sdk.S3Client;
beforeAll(async () => {
  server = await S3Server.start();
  client = clientWith({ accessKeyId: 'test-key', secretAccessKey: 'test/secret+key' });
});
beforeEach(() => {
  server.buckets.set('test', { objects: new Map(), uploads: new Map() });
  server.pageSize = 1_000;
  server.credentials.length = 1;
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

function clientWith(credentials: sdk.S3ClientConfig['credentials'] & {}): sdk.S3Client {
  return new sdk.S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials });
}

describe('the S3 server of the tests, to the AWS SDK', () => {
  it.each(['plain', 'with space+plus', 'deep/er/ünï=&code', `quotes'()*!`])('keeps objects: %s', async (Key) => {
    await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: 'to be or not' }));
    const whole = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
    const range = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range: 'bytes=3-4' }));
    expect([await whole.Body?.transformToString(), await range.Body?.transformToString(), range.ContentRange]).toEqual(['to be or not', 'be', 'bytes 3-4/12']);
    expect((await client.send(new sdk.HeadObjectCommand({ Bucket, Key }))).ContentLength).toBe(12);
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
    await expect(client.send(new sdk.GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('lists keys page by page, with and without folders', async () => {
    for (const key of ['a/1', 'a/2', 'a/b/3', 'c']) server.put(key, 'x');
    server.pageSize = 2;
    const keys: (string | undefined)[] = [];
    for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket })) keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    expect(keys).toEqual(['a/1', 'a/2', 'a/b/3', 'c']);
    server.pageSize = 10;
    const top = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: 'a/', Delimiter: '/' }));
    expect([top.Contents?.map(({ Key }) => Key), top.CommonPrefixes]).toEqual([['a/1', 'a/2'], [{ Prefix: 'a/b/' }]]);
  });

  it('completes an upload in parts, lists what is under way, and forgets what is aborted', async () => {
    const bytes = bytesOf(6 * MIB);
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
    const { UploadId: other } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'other' }));
    const part = (PartNumber: number, Body: Buffer) => client.send(new sdk.UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber, Body })).then(({ ETag }) => ({ PartNumber, ETag }));
    const Parts = [await part(1, bytes.subarray(0, 5 * MIB)), await part(2, bytes.subarray(5 * MIB))];
    expect((await client.send(new sdk.ListMultipartUploadsCommand({ Bucket }))).Uploads?.map(({ Key }) => Key)).toEqual(['big', 'other']);
    expect((await client.send(new sdk.ListPartsCommand({ Bucket, Key: 'big', UploadId }))).Parts?.map(({ Size }) => Size)).toEqual([5 * MIB, MIB]);
    await client.send(new sdk.CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } }));
    await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key: 'other', UploadId: other }));
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'big' }));
    expect(Buffer.compare(Buffer.from(await Body!.transformToByteArray()), bytes)).toBe(0);
    expect((await client.send(new sdk.ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
    await expect(client.send(new sdk.ListPartsCommand({ Bucket, Key: 'other', UploadId: other }))).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('refuses parts that are too small, parts that it does not have, and an object that is there already', async () => {
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'x' }));
    const part = (PartNumber: number) => client.send(new sdk.UploadPartCommand({ Bucket, Key: 'x', UploadId, PartNumber, Body: 'small' })).then(({ ETag }) => ({ PartNumber, ETag }));
    const complete = (Parts: sdk.CompletedPart[]) => client.send(new sdk.CompleteMultipartUploadCommand({ Bucket, Key: 'x', UploadId, MultipartUpload: { Parts } }));
    const Parts = [await part(1), await part(2)];
    await expect(complete(Parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([{ PartNumber: 1, ETag: '"0123"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([...Parts].reverse())).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    server.put('there', 'old');
    await expect(client.send(new sdk.PutObjectCommand({ Bucket, Key: 'there', Body: 'new', IfNoneMatch: '*' }))).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });

  it.each([
    { name: 'SignatureDoesNotMatch', status: 403, credentials: { accessKeyId: 'test-key', secretAccessKey: 'wrong' } },
    { name: 'InvalidAccessKeyId', status: 403, credentials: { accessKeyId: 'nobody', secretAccessKey: 'test/secret+key' } },
    { name: 'InvalidToken', status: 403, credentials: { accessKeyId: 'test-key', secretAccessKey: 'test/secret+key', sessionToken: 'made up' } },
    { name: 'ExpiredToken', status: 400, credentials: { accessKeyId: 'temporary', secretAccessKey: 'secret', sessionToken: 'token' } },
  ])('refuses those it does not know with $name', async ({ name, status, credentials }) => {
    server.credentials.push({ accessKeyId: 'temporary', secretAccessKey: 'secret', sessionToken: 'token', expired: true });
    const stranger = clientWith(credentials);
    await expect(stranger.send(new sdk.PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
    stranger.destroy();
    expect(server.keys()).toEqual([]);
  });
});
