/**
 * What a bucket promises, against the strict server and with a proxy that makes trouble in between.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { S3AttemptsMaximum, S3ConnectionTimeout, S3Endpoint, S3EndpointRegion, S3SecretKey } from '../../src/core/options.js';
import type { S3Bucket } from '../../src/s3/s3-bucket.js';
import { FaultProxy, type Trouble } from './fault-proxy.js';
import { bucketAt, bytesOf, configurationOf, PATIENCE_MS } from './s3-fixture.js';
import { S3Server } from './s3-server.js';

const MIB = 1024 * 1024;
let server: S3Server;
let proxy: FaultProxy;
let bucket: S3Bucket;
beforeAll(async () => {
  server = await S3Server.start();
  proxy = await FaultProxy.before(server);
});
beforeEach(async () => {
  server.buckets.set('test', { objects: new Map(), uploads: new Map() });
  bucket = await bucketAt(server.endpoint);
});
afterEach(() => {
  server.pageSize = 1_000;
  server.region = 'us-east-1';
  server.log.length = 0;
  proxy.trouble = () => 'pass';
  proxy.made.clear();
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

/** These troubles, one a request, then none. */
function troubles(...list: Trouble[]): void {
  proxy.trouble = () => list.shift() ?? 'pass';
}

describe('a bucket', () => {
  it.each(['plain', 'deep/er/one', 'with space+plus', `ünï=&?#%25`, `quotes'()*!`])('gives back what was put: %s', async (key) => {
    expect(await bucket.put(key, Buffer.from('to be or not'))).toBe('written');
    expect([String(await bucket.get(key, 0, 100)), String(await bucket.get(key, 3, 2)), String(await bucket.get(key, 12, 5)), String(await bucket.get(key, 0, 0))]).toEqual(['to be or not', 'be', '', '']);
    expect(await bucket.head(key)).toEqual({ key, size: 12, modified: 0 });
    expect(await bucket.list('')).toEqual({ objects: [{ key, size: 12, modified: 0 }], folders: [] });
    await bucket.delete(key);
    await bucket.delete(key);
    expect([await bucket.get(key, 0, 10), await bucket.get(key, 0, 0), await bucket.head(key)]).toEqual([undefined, undefined, undefined]);
  });

  it('lists page by page, with folders where they are asked for', async () => {
    server.pageSize = 2;
    for (const key of ['a/1', 'a/2', 'a/3', 'a/b/4', 'a/c/5', 'd']) server.put(key, key);
    expect((await bucket.list('a/')).objects.map(({ key }) => key)).toEqual(['a/1', 'a/2', 'a/3', 'a/b/4', 'a/c/5']);
    expect(await bucket.list('a/', { delimiter: '/' })).toEqual({ objects: ['a/1', 'a/2', 'a/3'].map((key) => ({ key, size: 3, modified: 0 })), folders: ['a/b/', 'a/c/'] });
  });

  it('puts only what is not there when asked to', async () => {
    expect(await bucket.put('once', Buffer.from('first'), { ifNoneMatch: true })).toBe('written');
    expect(await bucket.put('once', Buffer.from('second'), { ifNoneMatch: true })).toBe('exists');
    expect(server.text('once')).toBe('first');
  });

  it('puts over the object that was read, and over no other', async () => {
    const first = await bucket.putIf('lease', Buffer.from('first'), undefined);
    const second = await bucket.putIf('lease', Buffer.from('second'), first);
    expect(await bucket.getTagged('lease')).toEqual({ etag: second, body: Buffer.from('second') });
    expect([await bucket.putIf('lease', Buffer.from('third'), undefined), await bucket.putIf('lease', Buffer.from('third'), first), await bucket.putIf('gone', Buffer.from('third'), first)]).toEqual([undefined, undefined, undefined]);
    expect([server.text('lease'), await bucket.getTagged('gone')]).toEqual(['second', undefined]);
  });

  it('has put what it put although the answer was lost', async () => {
    const through = await bucketAt(proxy.endpoint);
    troubles('lost');
    const first = await through.putIf('lease', Buffer.from('first'), undefined);
    troubles('lost');
    const second = await through.putIf('lease', Buffer.from('second'), first);
    expect([first, second]).toEqual([expect.stringMatching(/^"/), (await bucket.getTagged('lease'))!.etag]);
  });

  it('uploads in parts, which are seen when the upload is completed', async () => {
    const bytes = bytesOf(6 * MIB);
    const upload = await bucket.beginUpload('big one');
    // A part that is sent again takes the place of the first.
    await bucket.uploadPart(upload, 2, Buffer.from('wrong'));
    const parts = [await bucket.uploadPart(upload, 2, bytes.subarray(5 * MIB)), await bucket.uploadPart(upload, 1, bytes.subarray(0, 5 * MIB))];
    expect([await bucket.head('big one'), await bucket.listUploads('big')]).toEqual([undefined, [upload]]);
    server.pageSize = 1;
    expect(await bucket.listParts(upload)).toEqual([...parts].reverse());
    await bucket.completeUpload(upload, parts);
    expect(Buffer.compare((await bucket.get('big one', 0, 7 * MIB))!, bytes)).toBe(0);
    expect([await bucket.listUploads(''), await bucket.listParts(upload)]).toEqual([[], undefined]);
    await expect(bucket.completeUpload(upload, parts)).rejects.toMatchObject({ code: 'NoSuchUpload', status: 404 });
  });

  it('lists uploads page by page and aborts them, any number of times', async () => {
    server.pageSize = 1;
    const uploads = [await bucket.beginUpload('x/1'), await bucket.beginUpload('x/1'), await bucket.beginUpload('x/2'), await bucket.beginUpload('y')];
    expect(await bucket.listUploads('x/')).toEqual(uploads.slice(0, 3));
    for (const upload of [...uploads, ...uploads]) await bucket.abortUpload(upload);
    expect(server.underWay()).toEqual([]);
  });

  it('finds the region of the bucket when another was configured', async () => {
    server.region = 'eu-central-1';
    await bucket.put('there', Buffer.from('x'));
    expect(server.keys()).toEqual(['there']);
  });
});

describe('a request that is refused', () => {
  it.each([
    { why: 'a wrong secret', code: 'SignatureDoesNotMatch', hint: /s3\.secret-key/, configuration: () => configurationOf(server.endpoint).set(S3SecretKey, 'wrong') },
    { why: 'a bucket that is not there', code: 'NoSuchBucket', hint: /bucket’s name/, name: 'nowhere' },
  ])('for $why is sent once and says what to check', async ({ code, hint, configuration, name = 'test' }) => {
    const refused = await bucketAt(server.endpoint, name, configuration?.());
    await expect(refused.put('some/key', Buffer.from('x'))).rejects.toMatchObject({ code, attempts: 1, hint: expect.stringMatching(hint), message: expect.stringContaining(`PutObject of s3://${name}/some/key failed: `) });
  });

  it('for parts that are too small says so', async () => {
    const upload = await bucket.beginUpload('x');
    const parts = [await bucket.uploadPart(upload, 1, Buffer.from('a')), await bucket.uploadPart(upload, 2, Buffer.from('b'))];
    await expect(bucket.completeUpload(upload, parts)).rejects.toMatchObject({ code: 'EntityTooSmall' });
  });
});

describe('a request in trouble', () => {
  const through = () => bucketAt(proxy.endpoint);

  it.each<Trouble>([500, 503, 429, 'refused', 'cut', 'lost'])('is sent again until it is answered: %s', async (trouble) => {
    bucket = await through();
    troubles(trouble, trouble, trouble);
    await bucket.put('a', Buffer.from('bytes'));
    troubles(trouble, trouble);
    expect(String(await bucket.get('a', 0, 10))).toBe('bytes');
    troubles(trouble);
    expect((await bucket.list('')).objects).toEqual([{ key: 'a', size: 5, modified: 0 }]);
    expect(proxy.made.get(trouble)).toBe(6);
  });

  it('that takes long is waited for', async () => {
    bucket = await through();
    troubles('slow');
    expect(await bucket.put('a', Buffer.from('x'))).toBe('written');
    expect(proxy.made.get('pass')).toBeUndefined();
  });

  it('that makes no progress is given up and sent again', async () => {
    bucket = await bucketAt(proxy.endpoint, 'test', configurationOf(proxy.endpoint).set(S3ConnectionTimeout, PATIENCE_MS));
    troubles('silent');
    await bucket.put('a', Buffer.from('x'));
    expect([proxy.made.get('silent'), proxy.made.get('pass')]).toEqual([1, 1]);
  });

  it('fails after so many attempts, with the last reason', async () => {
    bucket = await bucketAt(proxy.endpoint, 'test', configurationOf(proxy.endpoint).set(S3AttemptsMaximum, 3));
    proxy.trouble = () => 503;
    await expect(bucket.put('a', Buffer.from('x'))).rejects.toMatchObject({ message: 'PutObject of s3://test/a failed, 3 times over: 503 SlowDown (made by the proxy)' });
    expect(proxy.made.get(503)).toBe(3);
  });

  it('that nobody listens to says so', async () => {
    bucket = await bucketAt('http://127.0.0.1:1');
    await expect(bucket.head('a')).rejects.toMatchObject({ code: 'ECONNREFUSED', status: 0, hint: expect.stringContaining('s3.endpoint') });
  });

  it('and that puts only what is not there knows its own object when the answer to the first attempt was lost', async () => {
    bucket = await through();
    troubles('lost');
    expect(await bucket.put('mine', Buffer.from('mine'), { ifNoneMatch: true })).toBe('written');
    server.put('yours', 'yours');
    troubles('lost');
    expect(await bucket.put('yours', Buffer.from('mine'), { ifNoneMatch: true })).toBe('exists');
  });

  it('of a part, sent again, is one part', async () => {
    bucket = await through();
    const bytes = bytesOf(6 * MIB);
    const upload = await bucket.beginUpload('big');
    troubles('lost', 'cut');
    const parts = [await bucket.uploadPart(upload, 1, bytes.subarray(0, 5 * MIB)), await bucket.uploadPart(upload, 2, bytes.subarray(5 * MIB))];
    await bucket.completeUpload(upload, parts);
    expect(Buffer.compare(server.buckets.get('test')!.objects.get('big')!.bytes, bytes)).toBe(0);
  });
});

describe('the address of a bucket', () => {
  it('is a name below the endpoint’s, or in its path', async () => {
    const { S3Requests } = await import('../../src/s3/s3-requests.js');
    const addressOf = (endpoint: string | undefined, name: string, pathStyle = false): string => {
      const requests = new S3Requests({ bucket: name, endpoint, pathStyle, region: 'eu-west-1' } as never);
      return (requests as unknown as { addressOf(key: string, query?: Record<string, string>): string }).addressOf('a b/c', { x: '1/2' });
    };
    expect([
      addressOf(undefined, 'mine'), addressOf(undefined, 'my.bucket'), addressOf(undefined, 'mine', true),
      addressOf('https://s3.example.org', 'mine'), addressOf('http://127.0.0.1:9000', 'mine'), addressOf('http://localhost:9000/s3', 'mine'),
    ]).toEqual([
      'https://mine.s3.eu-west-1.amazonaws.com/a%20b/c?x=1%2F2', 'https://s3.eu-west-1.amazonaws.com/my.bucket/a%20b/c?x=1%2F2', 'https://s3.eu-west-1.amazonaws.com/mine/a%20b/c?x=1%2F2',
      'https://mine.s3.example.org/a%20b/c?x=1%2F2', 'http://127.0.0.1:9000/mine/a%20b/c?x=1%2F2', 'http://localhost:9000/s3/mine/a%20b/c?x=1%2F2',
    ]);
  });

  it('that is none is refused with the key that gives it', async () => {
    await expect(bucketAt('', 'test', configurationOf('').set(S3Endpoint, 'ftp://x').set(S3EndpointRegion, 'r'))).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringContaining('s3.endpoint is "ftp://x"') });
  });
});
