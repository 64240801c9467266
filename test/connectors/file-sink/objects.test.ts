/**
 * A file sink in S3, against the strict server: nothing is seen before its checkpoint is complete, and every element is
 * seen once, whatever fails when.
 */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenPartState } from '../../../src/connectors/file-sink/bucket.js';
import { BasePathBucketAssigner } from '../../../src/connectors/file-sink/bucket-assigner.js';
import { FileSink, type FileSinkBuilder } from '../../../src/connectors/file-sink/file-sink.js';
import type { FileSinkWriter } from '../../../src/connectors/file-sink/file-sink-writer.js';
import type { PendingFile } from '../../../src/connectors/file-sink/part-files.js';
import { DefaultRollingPolicy, OnCheckpointRollingPolicy } from '../../../src/connectors/file-sink/rolling-policy.js';
import { S3SecretKey } from '../../../src/core/options.js';
import { seededRandom } from '../../../src/core/random.js';
import { SinkCommitting } from '../../../src/operators/sink-committing.js';
import { HeapOperatorState } from '../../../src/state/heap-operator-state.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { FaultProxy } from '../../s3/fault-proxy.js';
import { configurationOf } from '../../s3/s3-fixture.js';
import { S3Server } from '../../s3/s3-server.js';
import { fakeHost, noFacts } from '../drive.js';

const MIB = 1024 * 1024;
let server: S3Server;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await S3Server.start();
  proxy = await FaultProxy.before(server);
});
beforeEach(() => void server.buckets.set('test', { objects: new Map(), uploads: new Map() }));
afterEach(() => void (proxy.trouble = () => 'pass'));
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const fileSystems = () => configurationOf(proxy.endpoint);
const rows = (folder = 's3://test/out'): FileSinkBuilder<string> => FileSink.forRowFormat<string>(folder).withBucketAssigner(new BasePathBucketAssigner());
const visible = (): string[] => server.keys().flatMap((key) => server.text(key).split('\n').slice(0, -1));

function host(attempt = 0, clock = new ManualClock()): ReturnType<typeof fakeHost> {
  return fakeHost({ clock, random: seededRandom(attempt), fileSystems: fileSystems() });
}

async function commit(sink: FileSink<string>, files: readonly PendingFile[]): Promise<void> {
  const { context } = host();
  await new SinkCommitting(await sink.createCommitter(context), new HeapOperatorState(), { clock: new ManualClock(), sinkName: 'files', warn: () => undefined }).commit(structuredClone(files));
}

async function checkpoint(writer: FileSinkWriter<string>): Promise<{ pending: readonly PendingFile[]; parts: readonly OpenPartState[] }> {
  writer.flush(false);
  const pending = await writer.prepareCommit();
  return structuredClone({ pending, parts: await writer.snapshotState() });
}

describe('a file sink in S3', () => {
  it('shows a part when it is committed and not before, and committing again changes nothing', async () => {
    const sink = rows().build();
    const writer = await sink.createWriter(host().context);
    for (const element of ['to', 'be']) writer.write(element, noFacts);
    writer.flush(true);
    const pending = await writer.prepareCommit();
    expect([server.keys(), server.underWay()]).toEqual([[], pending.map(({ final }) => `out/${final}`)]);
    await commit(sink, pending);
    await commit(sink, pending);
    await writer.close();
    expect([server.keys(), visible(), server.underWay()]).toEqual([pending.map(({ final }) => `out/${final}`), ['to', 'be'], []]);
  });

  it('sends large parts while it writes, holds the task back when S3 is slow, and puts them together in order', async () => {
    const sink = rows('s3a://test').withRollingPolicy(new DefaultRollingPolicy({ rolloverInterval: '1 h' })).build();
    const writer = await sink.createWriter(host().context);
    proxy.trouble = (request) => (request.method === 'PUT' ? 'slow' : 'pass');
    const element = 'x'.repeat(1_000);
    const elements = Array.from({ length: 24 * 1_024 }, (_, at) => `${at} ${element}`);
    let held = 0;
    for (const each of elements) {
      const wait = writer.write(each, noFacts);
      if (wait) held += 1;
      await wait;
    }
    expect(held).toBeGreaterThan(0);
    writer.flush(true);
    const pending = await writer.prepareCommit();
    expect(pending[0]!.upload!.parts.length).toBe(5);
    await commit(sink, pending);
    expect(visible().every((line, at) => line === elements[at])).toBe(true);
    expect(visible().length).toBe(elements.length);
  });

  it('goes on with an upload after a failure: what came after the snapshot comes again, and once', async () => {
    const sink = rows().withRollingPolicy(new DefaultRollingPolicy({ rolloverInterval: '1 h', inactivityInterval: '1 h' })).build();
    const line = (at: number): string => `${at} ${'y'.repeat(1_000)}`;
    const first = await sink.createWriter(host().context);
    for (let at = 0; at < 7_000; at++) await first.write(line(at), noFacts);
    const { parts } = await checkpoint(first);
    expect([parts.length, parts[0]!.unfinished!.parts.length, parts[0]!.unfinished!.tail.length < 5 * MIB]).toEqual([1, 1, true]);
    for (let at = 7_000; at < 20_000; at++) await first.write(`lost ${line(at)}`, noFacts);
    await first.close();
    const second = await sink.restoreWriter(host(1).context, parts);
    for (let at = 7_000; at < 14_000; at++) await second.write(line(at), noFacts);
    second.flush(true);
    await commit(sink, await second.prepareCommit());
    expect(visible()).toEqual(Array.from({ length: 14_000 }, (_, at) => line(at)));
    expect(server.underWay()).toEqual([]);
  });

  it('aborts what no snapshot knows when it is closed, and nothing else', async () => {
    const sink = rows().withBucketAssigner({ getBucketId: (element) => element.slice(0, 1) }).build();
    const writer = await sink.createWriter(host().context);
    const large = 'z'.repeat(6 * MIB);
    await writer.write(`a${large}`, noFacts);
    const { parts } = await checkpoint(writer);
    await writer.write(`b${large}`, noFacts);
    await writer.close();
    expect([parts.map(({ bucketId }) => bucketId), server.underWay().map((key) => key.slice(0, 5))]).toEqual([['a'], ['out/a']]);
  });

  it('says so when the upload that a snapshot goes on with is gone', async () => {
    const sink = rows().build();
    const writer = await sink.createWriter(host().context);
    await writer.write('a'.repeat(6 * MIB), noFacts);
    const { parts } = await checkpoint(writer);
    server.buckets.get('test')!.uploads.clear();
    await expect(sink.restoreWriter(host(1).context, parts)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', message: expect.stringMatching(/^Cannot go on writing s3:\/\/test\/out\/part-.*: its upload is gone$/), hint: expect.stringContaining('lifecycle') });
  });

  it('fails the commit when neither the upload nor its object is there', async () => {
    const sink = rows().build();
    const writer = await sink.createWriter(host().context);
    writer.write('a', noFacts);
    writer.flush(true);
    const pending = await writer.prepareCommit();
    server.buckets.get('test')!.uploads.clear();
    await expect(commit(sink, pending)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', message: expect.stringContaining('neither it nor the upload') });
    server.put(`out/${pending[0]!.final}`, 'somebody else’s');
    await expect(commit(sink, pending)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });

  it('refuses state of a sink that wrote to files of a machine, and the other way round', async () => {
    const local = { bucketId: '', pending: '.a.inprogress', final: 'a', length: 1, creationTime: 0 };
    await expect(rows().build().restoreWriter(host().context, [local])).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE' });
    await expect(commit(rows().build(), [{ pending: '.a', final: 'a', size: 1 }])).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE' });
    const unfinished = { uploadId: undefined, parts: [], uploaded: 0, tail: Buffer.from('a') };
    await expect(rows('/tmp/nowhere').build().restoreWriter(host().context, [{ ...local, unfinished }])).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE' });
  });

  it('that may not write says which object, why and what to check', async () => {
    const stranger = fakeHost({ clock: new ManualClock(), fileSystems: configurationOf(server.endpoint).set(S3SecretKey, 'wrong') });
    const writer = await rows().build().createWriter(stranger.context);
    writer.write('a', noFacts);
    writer.flush(true);
    await expect(writer.prepareCommit()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', message: expect.stringMatching(/^Cannot write s3:\/\/test\/out\/part-.*SignatureDoesNotMatch/), hint: expect.stringContaining('s3.secret-key') });
    expect(() => rows('s3://..')).toThrow('it is not an address in S3');
  });

  it('shows each element exactly once, whatever fails when and whatever happens to requests', async () => {
    type Step = 'write' | 'checkpoint' | 'complete' | 'crash' | 'pass';
    const steps = fc.array(fc.constantFrom<Step>('write', 'write', 'write', 'checkpoint', 'complete', 'crash', 'pass'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), fc.integer({ min: 1, max: 40 }), async (script, onCheckpoint, maxPartSize) => {
        server.buckets.set('test', { objects: new Map(), uploads: new Map() });
        let requests = 0;
        proxy.trouble = () => (++requests % 11 === 0 ? 'lost' : 'pass');
        const policy = onCheckpoint ? new OnCheckpointRollingPolicy<string>() : new DefaultRollingPolicy<string>({ maxPartSize, inactivityInterval: 5 });
        const sink = rows().withRollingPolicy(policy).withBucketCheckInterval(2).build();
        let covered = { read: 0, parts: [] as readonly OpenPartState[], waiting: [] as readonly PendingFile[] };
        let pending: typeof covered | undefined;
        let [read, attempt] = [0, 0];
        let uncommitted: readonly PendingFile[] = [];
        let clock = new ManualClock();
        let world = host(attempt, clock);
        let writer = await sink.createWriter(world.context);
        for (const step of script) {
          if (step === 'write') await writer.write(String(read++), noFacts);
          else if (step === 'pass') {
            clock.advance(3);
            for (const call of world.mail.splice(0)) call();
          } else if (step === 'checkpoint') {
            const taken = await checkpoint(writer);
            uncommitted = [...uncommitted, ...taken.pending];
            pending = { read, parts: taken.parts, waiting: uncommitted };
          } else if (step === 'complete' && pending) {
            covered = pending;
            pending = undefined;
            // The notice may get lost: then the next one, or the restore, commits.
            if (read % 3 !== 0) {
              await commit(sink, covered.waiting);
              uncommitted = uncommitted.filter((file) => !covered.waiting.includes(file));
            }
          } else if (step === 'crash') {
            if (read % 2 === 0) await writer.close();
            clock = new ManualClock();
            world = host(++attempt, clock);
            await commit(sink, covered.waiting);
            uncommitted = [];
            pending = undefined;
            read = covered.read;
            writer = await sink.restoreWriter(world.context, covered.parts);
          }
          expect(new Set(visible()).size).toBe(visible().length);
        }
        writer.flush(true);
        await commit(sink, [...uncommitted, ...(await writer.prepareCommit())]);
        await writer.close();
        expect(visible().map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: read }, (_, at) => at));
      }),
      { numRuns: 25 },
    );
  });
});
