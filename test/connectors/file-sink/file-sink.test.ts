import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenPartState } from '../../../src/connectors/file-sink/bucket.js';
import { BasePathBucketAssigner, DateTimeBucketAssigner } from '../../../src/connectors/file-sink/bucket-assigner.js';
import type { PendingFile } from '../../../src/connectors/file-sink/part-files.js';
import { FileSink, type FileSinkBuilder } from '../../../src/connectors/file-sink/file-sink.js';
import type { FileSinkWriter } from '../../../src/connectors/file-sink/file-sink-writer.js';
import { OutputFileConfig } from '../../../src/connectors/file-sink/output-file-config.js';
import { SimpleStringEncoder } from '../../../src/connectors/file-sink/part-formats.js';
import { CheckpointRollingPolicy, DefaultRollingPolicy, OnCheckpointRollingPolicy, type PartFileInfo, type RollingPolicy } from '../../../src/connectors/file-sink/rolling-policy.js';
import { MemorySize } from '../../../src/core/memory-size.js';
import { seededRandom } from '../../../src/core/random.js';
import { HeapOperatorState } from '../../../src/state/heap-operator-state.js';
import { SinkCommitting } from '../../../src/operators/sink-committing.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { fakeHost, noFacts } from '../drive.js';

let root: string;
let count = 0;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'file-sink-'))));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = (): string => join(root, `out-${count++}`);

/** What a reader finds: the lines of the finished files. */
function visible(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\n').slice(0, -1));
}

/** A whole file sink in one subtask, driven as the runtime does it. */
class Subtask<T> {
  readonly clock = new ManualClock();
  readonly host;
  private readonly sink: FileSink<T>;
  private readonly state = new HeapOperatorState();
  private writer!: FileSinkWriter<T>;
  private committing!: SinkCommitting<PendingFile>;

  constructor(builder: FileSinkBuilder<T>, seed = 1) {
    this.sink = builder.build();
    this.host = fakeHost({ clock: this.clock, random: seededRandom(seed) });
  }

  async start(snapshot?: { prepared: readonly unknown[]; parts: readonly OpenPartState[] }): Promise<this> {
    this.committing = new SinkCommitting(await this.sink.createCommitter(), this.state, { clock: this.clock, sinkName: 'files', warn: () => undefined });
    this.writer = await this.sink.restoreWriter(this.host.context, snapshot?.parts ?? []);
    return this;
  }

  write(...elements: T[]): void {
    for (const element of elements) this.writer.write(element, { ...noFacts, currentProcessingTime: () => this.clock.now() });
  }

  async checkpoint(id: number): Promise<OpenPartState[]> {
    this.writer.flush(false);
    this.committing.prepared(id, await this.writer.prepareCommit());
    return structuredClone(await this.writer.snapshotState());
  }

  complete(id: number): Promise<void> {
    return this.committing.commitUpTo(id);
  }

  pass(ms: number): void {
    this.clock.advance(ms);
    for (const call of this.host.mail.splice(0)) call();
  }

  async end(): Promise<void> {
    this.writer.flush(true);
    await this.committing.commit(await this.writer.prepareCommit());
    await this.writer.close();
  }

  close(): void {
    this.writer.close();
  }
}

const rows = (folder: string): FileSinkBuilder<string> => FileSink.forRowFormat<string>(folder, (line) => `${line}\n`).withBucketAssigner(new BasePathBucketAssigner());

describe('FileSink', () => {
  it('shows what it wrote only after the checkpoint that covers it is complete', async () => {
    const folder = fresh();
    const subtask = await new Subtask(rows(folder).withRollingPolicy(new OnCheckpointRollingPolicy())).start();
    subtask.write('a', 'b');
    await subtask.checkpoint(1);
    subtask.write('c');
    expect(visible(folder)).toEqual([]);
    await subtask.complete(1);
    expect(visible(folder)).toEqual(['a', 'b']);
    subtask.close();
  });

  it('shows everything at the end of the input where there are no checkpoints', async () => {
    const folder = fresh();
    const subtask = await new Subtask(rows(folder)).start();
    subtask.write('a', 'b');
    await subtask.end();
    expect(visible(folder)).toEqual(['a', 'b']);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('goes on with an unfinished part after a restart, without what was written after the snapshot', async () => {
    const folder = fresh();
    const before = await new Subtask(rows(folder)).start();
    before.write('a', 'b');
    const parts = await before.checkpoint(1);
    before.write('not in the snapshot');
    before.close();
    const after = await new Subtask(rows(folder), 2).start({ prepared: [], parts });
    after.write('c');
    await after.end();
    expect(visible(folder)).toEqual(['a', 'b', 'c']);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('gets along with the unfinished parts of several old subtasks in one bucket', async () => {
    const folder = fresh();
    const parts: OpenPartState[] = [];
    for (const [at, line] of ['a', 'b', 'c'].entries()) {
      const old = await new Subtask(rows(folder), at).start();
      old.write(line);
      parts.push(...(await old.checkpoint(1)));
      old.close();
    }
    const one = await new Subtask(rows(folder), 9).start({ prepared: [], parts });
    one.write('d');
    await one.end();
    expect(visible(folder).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('rolls a part by its size, before the element that comes after', async () => {
    const folder = fresh();
    const subtask = await new Subtask(rows(folder).withRollingPolicy(new DefaultRollingPolicy({ maxPartSize: 5 }))).start();
    subtask.write('aaa', 'bbb', 'ccc');
    await subtask.end();
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).size).sort()).toEqual([4, 8]);
  });

  it('rolls a part by its age and by inactivity, when the clock says so', async () => {
    const policy = new DefaultRollingPolicy<string>({ rolloverInterval: '10 s', inactivityInterval: '3 s' });
    const builder = (folder: string): FileSinkBuilder<string> => rows(folder).withRollingPolicy(policy).withBucketCheckInterval('1 s');
    const idle = fresh();
    const quiet = await new Subtask(builder(idle)).start();
    quiet.write('a');
    for (let second = 0; second < 3; second++) quiet.pass(1_000);
    await quiet.checkpoint(1);
    await quiet.complete(1);
    expect(visible(idle)).toEqual(['a']);
    quiet.close();
    const old = fresh();
    const busy = await new Subtask(builder(old)).start();
    for (let second = 0; second < 10; second++) {
      busy.write(String(second));
      busy.pass(1_000);
    }
    await busy.checkpoint(1);
    await busy.complete(1);
    expect(visible(old)).toHaveLength(10);
    busy.close();
  });

  it('asks a policy before each element but the first of a part, at each checkpoint while a part is open, and by the clock', async () => {
    const asked: string[] = [];
    const policy: RollingPolicy<string> = {
      shouldRollOnCheckpoint: (part) => asked.push(`checkpoint ${part.getSize()}`) > 0,
      shouldRollOnEvent: (part, element) => asked.push(`${element} after ${part.getSize()} in ${part.getBucketId()}`) > 0 && part.getSize() > 9,
      shouldRollOnProcessingTime: (part, now) => asked.push(`clock ${now - part.getCreationTime()} ${now - part.getLastUpdateTime()}`) > 0 && now - part.getLastUpdateTime() >= 10,
    };
    const folder = fresh();
    const subtask = await new Subtask(FileSink.forRowFormat<string>(folder).withBucketAssigner({ getBucketId: () => 'test1' }).withRollingPolicy(policy).withBucketCheckInterval(7)).start();
    subtask.write('test1', 'test2', 'test3');
    expect(asked.splice(0)).toEqual(['test2 after 6 in test1', 'test3 after 12 in test1']);
    await subtask.checkpoint(1);
    await subtask.checkpoint(2);
    expect(asked.splice(0)).toEqual(['checkpoint 6']);
    subtask.write('a');
    subtask.pass(7);
    subtask.pass(7);
    expect(asked.splice(0)).toEqual(['clock 7 7', 'clock 14 14']);
    subtask.write('b');
    expect(asked).toEqual([]);
    subtask.close();
  });

  it('takes its policy and its names from builders, with sizes and times above 0', async () => {
    const policy = DefaultRollingPolicy.builder<string>().withMaxPartSize(MemorySize.ofMebiBytes(1)).withRolloverInterval('15 min').withInactivityInterval(5_000).build();
    expect([policy.getMaxPartSize(), policy.getRolloverInterval(), policy.getInactivityInterval()]).toEqual([1024 * 1024, 900_000, 5_000]);
    const standard = DefaultRollingPolicy.create().build();
    expect([standard.getMaxPartSize(), standard.getRolloverInterval(), standard.getInactivityInterval()]).toEqual([128 * 1024 * 1024, 60_000, 60_000]);
    const part = (size: number): PartFileInfo => ({ size }) as PartFileInfo;
    expect([policy.shouldRollOnEvent(part(1024 * 1024)), policy.shouldRollOnEvent(part(1024 * 1024 + 1))]).toEqual([false, true]);
    expect(() => DefaultRollingPolicy.builder().withMaxPartSize(0).build()).toThrow('a part size above 0; 0 came');
    expect(() => new DefaultRollingPolicy({ rolloverInterval: 0 })).toThrow('a rollover interval above 0');
    expect(() => DefaultRollingPolicy.builder().withInactivityInterval(0).build()).toThrow('an inactivity interval above 0');
    const folder = fresh();
    const config = OutputFileConfig.builder().withPartPrefix('log').withPartSuffix('.txt').build();
    expect([config.getPartPrefix(), config.getPartSuffix(), new OutputFileConfig().getPartPrefix()]).toEqual(['log', '.txt', 'part']);
    const subtask = await new Subtask(rows(folder).withRollingPolicy(OnCheckpointRollingPolicy.build()).withOutputFileConfig(config)).start();
    subtask.write('a');
    await subtask.end();
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^log-[0-9a-f]{16}-0\.txt$/)]);
  });

  it('writes text in the charset of its encoder, with "?" for what that cannot say', () => {
    const bytes = (charset: string): string => Buffer.from(new SimpleStringEncoder(charset).encode('aé€😀') as Uint8Array).toString('hex');
    expect(new SimpleStringEncoder('UTF-8').encode('aé€😀')).toBe('aé€😀\n');
    expect([bytes('ISO-8859-1'), bytes('US-ASCII')]).toEqual(['61e93f3f0a', '613f3f3f0a']);
    expect([bytes('UTF-16LE'), bytes('UTF-16BE')]).toEqual(['6100e900ac203dd800de0a00', '006100e920acd83dde00000a']);
    expect(() => new SimpleStringEncoder('klingon')).toThrow('"klingon" is not a charset that can be written');
  });

  it('puts elements into the folders that the bucket assigner names', async () => {
    const folder = fresh();
    const subtask = await new Subtask(rows(folder).withBucketAssigner({ getBucketId: (line) => `letter=${line[0]}` }).withOutputFileConfig({ partPrefix: 'log', partSuffix: '.txt' })).start();
    subtask.write('ab', 'b', 'ac');
    await subtask.end();
    expect(readdirSync(folder).sort()).toEqual(['letter=a', 'letter=b']);
    expect(readdirSync(join(folder, 'letter=a'))).toEqual([expect.stringMatching(/^log-[0-9a-f]{16}-0\.txt$/)]);
    expect(visible(folder).sort()).toEqual(['ab', 'ac', 'b']);
  });

  it.each(['../up', '/tmp/away', '..', 7 as unknown as string])('refuses the bucket %j, which lies outside its folder', async (bucket) => {
    const subtask = await new Subtask(rows(fresh()).withBucketAssigner({ getBucketId: () => bucket })).start();
    expect(() => subtask.write('a')).toThrow('a bucket assigner names a folder inside the sink');
    subtask.close();
  });

  it('finishes a file of a bulk format at every checkpoint', async () => {
    const folder = fresh();
    const factory = {
      create: (output: { write(bytes: Uint8Array): void }) => {
        const all: number[] = [];
        return { addElement: (element: number) => void all.push(element), finish: () => output.write(Buffer.from(`${JSON.stringify(all)}\n`)) };
      },
    };
    const builder = FileSink.forBulkFormat<number>(folder, factory).withBucketAssigner(new BasePathBucketAssigner());
    expect(() => builder.withRollingPolicy(new DefaultRollingPolicy())).toThrow('rolled at every checkpoint');
    class EveryElement extends CheckpointRollingPolicy<number> {
      shouldRollOnEvent = (): boolean => true;
      shouldRollOnProcessingTime = (): boolean => false;
    }
    expect(builder.withRollingPolicy(new EveryElement())).toBe(builder);
    builder.withRollingPolicy(OnCheckpointRollingPolicy.build());
    const subtask = await new Subtask(builder).start();
    subtask.write(1, 2);
    expect(await subtask.checkpoint(1)).toEqual([]);
    subtask.write(3);
    await subtask.complete(1);
    expect(visible(folder)).toEqual(['[1,2]']);
    await subtask.end();
    expect(visible(folder).sort()).toEqual(['[1,2]', '[3]']);
  });

  it('says which file of the snapshot is missing or was changed', async () => {
    const folder = fresh();
    const before = await new Subtask(rows(folder)).start();
    before.write('a', 'b');
    const parts = await before.checkpoint(1);
    before.close();
    const path = join(folder, parts[0]!.pending);
    truncateSync(path, 1);
    await expect(new Subtask(rows(folder)).start({ prepared: [], parts })).rejects.toThrow(`Cannot go on writing ${path}: it holds 1 bytes, and held 4`);
    unlinkSync(path);
    await expect(new Subtask(rows(folder)).start({ prepared: [], parts })).rejects.toThrow(`Cannot go on writing ${path}, which the snapshot has as unfinished`);
  });

  it('commits a file twice without harm, and says when it is lost', async () => {
    const folder = fresh();
    const writer = await rows(folder).build().createWriter(fakeHost().context);
    writer.write('a', noFacts);
    writer.flush(true);
    const pending = await writer.prepareCommit();
    await writer.close();
    const commit = async (): Promise<void> => new SinkCommitting(await rows(folder).build().createCommitter(), new HeapOperatorState(), { clock: new ManualClock(), sinkName: 'files', warn: () => undefined }).commit(pending);
    await commit();
    await commit();
    expect(visible(folder)).toEqual(['a']);
    unlinkSync(join(folder, pending[0]!.final));
    await expect(commit()).rejects.toThrow('neither it nor the file');
  });

  it('shows each element exactly once, whatever fails when', async () => {
    type Step = 'write' | 'checkpoint' | 'complete' | 'crash' | 'pass';
    const steps = fc.array(fc.constantFrom<Step>('write', 'write', 'write', 'checkpoint', 'complete', 'crash', 'pass'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), fc.integer({ min: 1, max: 40 }), async (script, onCheckpoint, maxPartSize) => {
        const folder = fresh();
        const policy = onCheckpoint ? new OnCheckpointRollingPolicy<string>() : new DefaultRollingPolicy<string>({ maxPartSize, inactivityInterval: 5 });
        const builder = rows(folder).withRollingPolicy(policy).withBucketCheckInterval(2);
        const sink = builder.build();
        // The world as the engine knows it: how much of the input the last complete checkpoint covers, and its state.
        let covered = { read: 0, parts: [] as OpenPartState[], waiting: [] as PendingFile[] };
        let pending: (typeof covered) | undefined;
        let [read, attempt] = [0, 0];
        let uncommitted: PendingFile[] = [];
        let clock = new ManualClock();
        let host = fakeHost({ clock, random: seededRandom(attempt) });
        let writer = await sink.createWriter(host.context);
        const commit = async (files: readonly PendingFile[]): Promise<void> => new SinkCommitting(await sink.createCommitter(), new HeapOperatorState(), { clock: clock, sinkName: 'files', warn: () => undefined }).commit(files);
        for (const step of script) {
          if (step === 'write') writer.write(String(read++), noFacts);
          else if (step === 'pass') {
            clock.advance(3);
            for (const call of host.mail.splice(0)) call();
          } else if (step === 'checkpoint') {
            writer.flush(false);
            uncommitted = [...uncommitted, ...(await writer.prepareCommit())];
            pending = { read, parts: structuredClone(await writer.snapshotState()), waiting: [...uncommitted] };
          } else if (step === 'complete' && pending) {
            covered = pending;
            pending = undefined;
            // The notice may get lost: then the next one, or the restore, commits.
            if (read % 3 !== 0) {
              await commit(covered.waiting);
              uncommitted = uncommitted.filter((file) => !covered.waiting.includes(file));
            }
          } else if (step === 'crash') {
            await writer.close();
            clock = new ManualClock();
            host = fakeHost({ clock, random: seededRandom(++attempt) });
            await commit(covered.waiting);
            uncommitted = [];
            pending = undefined;
            read = covered.read;
            writer = await sink.restoreWriter(host.context, covered.parts);
          }
          expect(new Set(visible(folder)).size).toBe(visible(folder).length);
        }
        writer.flush(true);
        await commit([...uncommitted, ...(await writer.prepareCommit())]);
        await writer.close();
        expect(visible(folder).map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: read }, (_, at) => at));
        rmSync(folder, { recursive: true, force: true });
      }),
      { numRuns: 150 },
    );
  });
});

describe('DateTimeBucketAssigner', () => {
  const at = (time: number): { timestamp: () => null; currentWatermark: () => number; currentProcessingTime: () => number } => ({ ...noFacts, timestamp: () => null, currentProcessingTime: () => time });

  it('names the hour by the clock', () => {
    expect(new DateTimeBucketAssigner(undefined, 'UTC').getBucketId('x', at(Date.UTC(2026, 10, 22, 7, 59)))).toBe('2026-11-22--07');
    expect(new DateTimeBucketAssigner('yyyy/MM/dd', 'Asia/Tokyo').getBucketId('x', at(Date.UTC(2026, 10, 22, 20)))).toBe('2026/11/23');
  });

  it('knows the hour of a zone also where that is of the day before', () => {
    expect(new DateTimeBucketAssigner(undefined, 'America/Los_Angeles').getBucketId('x', at(1533363082011))).toBe('2018-08-03--23');
    expect(new DateTimeBucketAssigner('yyyy-MM-dd-HH', 'America/Los_Angeles').getBucketId('x', at(1533363082011))).toBe('2018-08-03-23');
  });

  it('takes text between quotes, and numbers as long as they are written', () => {
    const named = (pattern: string): string => new DateTimeBucketAssigner(pattern, 'UTC').getBucketId('x', at(Date.UTC(2026, 2, 4, 5, 6, 7)));
    expect(named("'dt='yyyy-MM-dd/'hour='HH")).toBe('dt=2026-03-04/hour=05');
    expect(named("yy.M.d H''m''s 'o''clock'")).toBe("26.3.4 5'6'7 o'clock");
    expect(named('uuuuMMdd')).toBe('20260304');
  });

  it('refuses a pattern with letters that mean nothing', () => {
    expect(() => new DateTimeBucketAssigner('yyyy-QQ')).toThrow('has "QQ"');
    expect(() => new DateTimeBucketAssigner("yyyy'open")).toThrow(`has "'"`);
    expect(() => new DateTimeBucketAssigner('yyyy-MMM')).toThrow('has "MMM"');
  });
});
