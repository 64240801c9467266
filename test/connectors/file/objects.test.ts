/**
 * Text files in S3, against the strict server: what is found, and that every line is read once, in whatever pieces and
 * whatever happens on the way.
 */
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileSource, TextLineInputFormat } from '../../../src/connectors/file/file-source.js';
import { TextFileSource, type TextFileOptions } from '../../../src/connectors/file/text-file-source.js';
import { S3AttemptsMaximum, S3SecretKey } from '../../../src/core/options.js';
import { FaultProxy } from '../../s3/fault-proxy.js';
import { configurationOf } from '../../s3/s3-fixture.js';
import { S3Server } from '../../s3/s3-server.js';
import { drive, readAll } from '../drive.js';

let server: S3Server;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await S3Server.start();
  proxy = await FaultProxy.before(server);
});
beforeEach(() => void server.buckets.set('test', { objects: new Map(), uploads: new Map() }));
afterEach(() => {
  proxy.trouble = () => 'pass';
  server.log.length = 0;
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const fileSystems = () => configurationOf(proxy.endpoint);

async function lines(path: string | readonly string[], options: TextFileOptions = {}, parallelism = 1): Promise<string[]> {
  return (await readAll(new TextFileSource(path, options), { parallelism, fileSystems: fileSystems() })).flat();
}

describe('text files in S3', () => {
  it('are read by their address, whichever scheme says so', async () => {
    server.put('a/ä b+c.txt', 'to be\nor not\r\n');
    for (const scheme of ['s3', 's3a', 's3p', 'S3']) expect(await lines(`${scheme}://test/a/ä b+c.txt`)).toEqual(['to be', 'or not']);
    server.put('empty', '');
    expect(await lines('s3://test/empty')).toEqual([]);
  });

  it('are unpacked', async () => {
    const text = Array.from({ length: 5_000 }, (_, at) => `line ${at}`);
    server.put('x.gz', gzipSync(text.join('\n')));
    server.put('x.deflate', deflateSync(text.join('\n')));
    expect([await lines('s3://test/x.gz'), await lines('s3://test/x.deflate')]).toEqual([text, text]);
    server.put('x.zst', 'zst');
    await expect(lines('s3://test/x.zst')).rejects.toMatchObject({ hint: expect.stringContaining('zstd') });
  });

  it('in a folder come in the order of their names, hidden ones never, deeper ones when asked for', async () => {
    for (const key of ['in/', 'in/b', 'in/a', 'in/.hidden', 'in/_SUCCESS', 'in/deep/c', 'in/deep/_x/d', 'inside', 'z']) server.put(key, key);
    expect(await lines('s3://test/in')).toEqual(['in/a', 'in/b']);
    expect(await lines('s3://test/in/', { recursive: true })).toEqual(['in/a', 'in/b', 'in/deep/c']);
    expect(await lines(['s3://test/z', 's3://test/in/b', 's3://test/z'])).toEqual(['z', 'in/b']);
    expect(await lines('s3://test')).toEqual(['inside', 'z']);
    const source = FileSource.forRecordStreamFormat(new TextLineInputFormat(), 's3://test/in').build();
    expect((await readAll(source, { fileSystems: fileSystems() })).flat()).toEqual(['in/a', 'in/b', 'in/deep/c']);
  });

  it('come in the order in which they were written where that is asked for, without what is to be passed over', async () => {
    for (const [key, seconds] of [['in/a', 30], ['in/b', 10], ['in/c', 20], ['in/no', 15]] as const) server.put(key, key, 'test', new Date(seconds * 1000));
    expect(await lines('s3://test/in', { order: 'modification', skip: (path) => path === 's3://test/in/no' })).toEqual(['in/b', 'in/c', 'in/a']);
    expect(await lines(['s3://test/in/a', 's3://test/in/b'], { order: 'modification' })).toEqual(['in/b', 'in/a']);
  });

  it.each([
    ['logs/*.txt', ['logs/a.txt', 'logs/b.txt']], ['logs/{a,c}.*', ['logs/a.txt', 'logs/c.csv']], ['logs/?.[tc]*', ['logs/a.txt', 'logs/b.txt', 'logs/c.csv']],
    ['**/a.txt', ['logs/2026/a.txt', 'logs/a.txt']], ['logs/**', ['logs/2026/a.txt', 'logs/a.txt', 'logs/b.txt', 'logs/c.csv']], ['l*', ['logs/a.txt', 'logs/b.txt', 'logs/c.csv']], ['logs/_*', ['logs/_h.txt']],
    ['logs/20[0-9]6/*', ['logs/2026/a.txt']],
  ])('that match a pattern: %s', async (pattern, found) => {
    for (const key of ['logs/a.txt', 'logs/b.txt', 'logs/c.csv', 'logs/_h.txt', 'logs/2026/a.txt', 'other/.a/a.txt']) server.put(key, key);
    expect(await lines(`s3://test/${pattern}`)).toEqual(found);
  });

  it('whose names look like a pattern are taken by their names', async () => {
    server.put('a[1].txt', 'this');
    server.put('a1.txt', 'not this');
    expect(await lines('s3://test/a[1].txt')).toEqual(['this']);
  });

  it('that cannot be read fail the job before anything is, naming address, reason and what to check', async () => {
    await expect(lines('s3://test/none')).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: 'Cannot read s3://test/none: it does not exist' });
    await expect(lines('s3://test/no*match')).rejects.toMatchObject({ message: expect.stringContaining('no object matches the pattern') });
    await expect(lines('s3://elsewhere/x')).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringContaining('NoSuchBucket'), hint: expect.stringContaining('bucket') });
    await expect(lines('s3://x/..')).rejects.toMatchObject({ message: expect.stringContaining('not an address in S3') });
    const stranger = { fileSystems: configurationOf(server.endpoint).set(S3SecretKey, 'wrong') };
    await expect(readAll(new TextFileSource('s3://test/x'), stranger)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringContaining('403'), hint: expect.stringContaining('s3.secret-key') });
  });

  it('are cut into pieces, and every line is read once', async () => {
    const all = Array.from({ length: 60_000 }, (_, at) => `${'x'.repeat(at % 50)}${at}`);
    server.put('big.txt', all.join('\n'));
    const read = await lines('s3://test/big.txt', { splitSize: 100_000 }, 3);
    expect(read.length).toBe(all.length);
    expect(new Set(read)).toEqual(new Set(all));
    expect(server.log.filter((line) => line.startsWith('GET big.txt')).length).toBeGreaterThan(10);
  });

  it('go on after a snapshot at the line where they were', async () => {
    const all = Array.from({ length: 3_000 }, (_, at) => `line ${at}`);
    server.put('big.txt', all.join('\n'));
    const first = await drive(new TextFileSource('s3://test/big.txt'), { turn: 100, fileSystems: fileSystems() });
    while (first.outputs[0]!.values.length < 500) if (first.poll(0) === 'NOTHING_AVAILABLE') await first.readers[0]!.isAvailable();
    const [checkpoint, restored] = [first.enumerator.snapshotState(1) ?? null, [first.readers[0]!.snapshotState(1)]];
    await first.close();
    const rest = await readAll(new TextFileSource('s3://test/big.txt'), { checkpoint, restored, fileSystems: fileSystems() });
    expect([...first.outputs[0]!.values, ...rest.flat()]).toEqual(all);
  });

  it('that appear are read while a folder is watched', async () => {
    server.put('in/a', 'a');
    const source = FileSource.forRecordStreamFormat(new TextLineInputFormat(), 's3://test/in').monitorContinuously('10 ms').build();
    const driven = await drive(source, { fileSystems: fileSystems() });
    const until = async (count: number): Promise<void> => {
      while (driven.outputs[0]!.values.length < count) {
        driven.poll(0);
        await new Promise((resolve) => void setTimeout(resolve, 5));
      }
    };
    await until(1);
    server.put('in/b', 'b');
    await until(2);
    await driven.close();
    expect(driven.outputs[0]!.values).toEqual(['a', 'b']);
  });

  it('are read whole when answers break off, are late or say that the server has trouble', async () => {
    const all = Array.from({ length: 700_000 }, (_, at) => `this is line ${at}`);
    server.put('big.txt', all.join('\n'));
    const list = ['cut', 503, 'lost', 500] as const;
    let requests = 0;
    proxy.trouble = () => (++requests % 2 === 0 ? list[(requests / 2) % list.length]! : 'pass');
    const read = await lines('s3://test/big.txt');
    expect(read.length).toBe(all.length);
    expect(read.every((line, at) => line === all[at])).toBe(true);
  });

  it('that vanish while they are read fail with their address', async () => {
    const configuration = configurationOf(proxy.endpoint).set(S3AttemptsMaximum, 1);
    server.put('big.txt', 'x'.repeat(9_000_000));
    proxy.trouble = (request) => {
      if (request.headers.range?.startsWith('bytes=4194304')) server.buckets.get('test')!.objects.clear();
      return 'pass';
    };
    await expect(readAll(new TextFileSource('s3://test/big.txt'), { fileSystems: configuration })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringMatching(/^Cannot read s3:\/\/test\/big\.txt: it does not exist any more/) });
  });
});
