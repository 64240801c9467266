/**
 * File sinks that put small files together: when they do, what a reader sees, and that each record is seen once whatever fails.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BasePathBucketAssigner, ConcatFileCompactor, type FileCompactor, FileCompactStrategy, FileSink, OnCheckpointRollingPolicy, RecordWiseFileCompactor, RestartStrategies,
} from '../../../src/index.js';
import { seededRandom } from '../../../src/core/random.js';
import { harness } from '../../../src/testing/index.js';
import { runNumbers } from '../numbers-in-virtual-time.js';
import { CompactFiles } from '../../../src/connectors/file-sink/compact-files.js';
import { FileCommitter } from '../../../src/connectors/file-sink/file-committer.js';
import { committableMessages, END_OF_INPUT_CHECKPOINT } from '../../../src/operators/committable-message.js';
import type { PendingFile } from '../../../src/connectors/file-sink/part-files.js';

let root: string;
let count = 0;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'compaction-'))));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = (): string => join(root, `out-${count++}`);

const files = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : []);
const lines = (folder: string): number[] => files(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1).map(Number)).toSorted((a, b) => a - b);
const every = (checkpoints: number): FileCompactStrategy => FileCompactStrategy.newBuilder().enableCompactionOnCheckpoint(checkpoints).build();
const COUNT = 300;
const ALL = Array.from({ length: COUNT }, (_, n) => n);

describe('when files are put together', () => {
  const sized = (...sizes: number[]): { size: number }[] => sizes.map((size) => ({ size }));

  it('is as soon as they have as many bytes as the threshold, file by file in their order', () => {
    const cut = (...sizes: number[]): unknown => FileCompactStrategy.newBuilder().setSizeThreshold(10).build().cut(sized(...sizes));
    expect(cut(5, 4)).toEqual({ groups: [], rest: sized(5, 4) });
    expect(cut(5, 5)).toEqual({ groups: [sized(5, 5)], rest: [] });
    expect(cut(5, 6, 7, 8, 11, 9)).toEqual({ groups: [sized(5, 6), sized(7, 8), sized(11)], rest: sized(9) });
  });

  it('is so many checkpoints after the first, whatever they hold', () => {
    expect([2, 3, 4].map((checkpoints) => every(3).isDueAfter(checkpoints))).toEqual([false, true, true]);
    expect(every(3).cut(sized(1e9, 1e9))).toEqual({ groups: [], rest: sized(1e9, 1e9) });
    expect(FileCompactStrategy.Builder.newBuilder().setSizeThreshold(1).setNumCompactThreads(4).build().isDueAfter(1e9)).toBe(false);
  });

  it('has to be said, sensibly', () => {
    expect(() => FileCompactStrategy.newBuilder().build()).toThrow('has to say when files are put together');
    expect(() => FileCompactStrategy.newBuilder().setSizeThreshold(0)).toThrow('above 0');
    expect(() => every(0)).toThrow('a whole number from 1');
    expect(() => FileCompactStrategy.newBuilder().setNumCompactThreads(0)).toThrow('a whole number from 1');
    expect(() => FileSink.forRowFormat('s3://bucket/folder').enableCompact(every(1), new ConcatFileCompactor())).toThrow('files in S3 are not put together');
  });
});

describe('files that wait', () => {
  const part = (folder: string, name: string, text = `${name}\n`): PendingFile => {
    writeFileSync(join(folder, `.${name}.inprogress`), text);
    return { pending: `.${name}.inprogress`, final: name, size: text.length };
  };
  const place = (checkpointId: number) => ({ subtaskId: 0, numberOfSubtasks: 1, checkpointId });
  const open = (folder: string, compactor: FileCompactor | undefined, restoreFrom?: Parameters<typeof harness.process>[1], strategy = every(2)) =>
    harness.process(new CompactFiles(folder, compactor && { strategy, compactor }), restoreFrom);
  const committed = (folder: string, messages: readonly unknown[]): void => {
    const requests = (messages as { kind: string; committable: PendingFile }[]).filter(({ kind }) => kind === 'committable').map(({ committable }) => ({
      getCommittable: () => committable, getNumberOfRetries: () => 0, signalAlreadyCommitted: () => {}, signalFailedWithUnknownReason: (error: Error) => { throw error; },
      signalFailedWithKnownReason: () => {}, retryLater: () => {}, updateAndRetryLater: () => {},
    }));
    new FileCommitter(folder).commit(requests as never);
  };

  it('become one after so many checkpoints, which replaces them when it is committed, also when it is committed twice', async () => {
    const folder = mkdtempSync(join(root, 'f-'));
    const h = await open(folder, new ConcatFileCompactor('--\n'));
    for (const message of committableMessages([part(folder, 'a'), part(folder, 'b')], place(1))) h.push(message);
    for (const message of committableMessages([part(folder, 'c')], place(2))) h.push(message);
    const out = h.values;
    expect(out.map(({ kind, checkpointId }) => [kind, checkpointId])).toEqual([['summary', 1], ['summary', 2], ['committable', 2]]);
    expect(files(folder)).toEqual([]);
    committed(folder, out);
    committed(folder, out);
    expect(readdirSync(folder)).toEqual(['compacted-a']);
    expect(readFileSync(join(folder, 'compacted-a'), 'utf8')).toBe('a\n--\nb\n--\nc\n');
    await h.close();
  });

  it('are put together at the end of the input, and one alone stays as it is', async () => {
    const folder = mkdtempSync(join(root, 'f-'));
    const h = await open(folder, new ConcatFileCompactor());
    for (const message of committableMessages([part(folder, 'a')], place(END_OF_INPUT_CHECKPOINT))) h.push(message);
    committed(folder, h.values);
    expect(readdirSync(folder)).toEqual(['a']);
    await h.close();
  });

  it('go on waiting after a restore, and are passed on as they are where compaction is switched off', async () => {
    const folder = mkdtempSync(join(root, 'f-'));
    const before = await open(folder, new ConcatFileCompactor());
    for (const message of committableMessages([part(folder, 'a'), part(folder, 'b')], place(1))) before.push(message);
    const restoreFrom = await before.snapshot();
    await before.close();
    const off = await open(folder, undefined, { restoreFrom });
    for (const message of committableMessages([part(folder, 'c')], place(2))) off.push(message);
    committed(folder, off.values);
    expect(readdirSync(folder).toSorted()).toEqual(['a', 'b', 'c']);
    await off.close();
  });

  it('become a file each time that they have as many bytes as the threshold, also when that was made smaller; the rest waits from then on', async () => {
    const folder = mkdtempSync(join(root, 'f-'));
    const bytes = (threshold: number): FileCompactStrategy => FileCompactStrategy.newBuilder().setSizeThreshold(threshold).enableCompactionOnCheckpoint(3).build();
    const before = await open(folder, new ConcatFileCompactor(), undefined, bytes(100));
    for (const message of committableMessages([5, 6, 7, 8, 9].map((size, at) => part(folder, `${at}`, 'x'.repeat(size))), place(1))) before.push(message);
    expect(before.values).toMatchObject([{ kind: 'summary', numberOfCommittables: 0 }]);
    const restoreFrom = await before.snapshot();
    await before.close();
    const after = await open(folder, new ConcatFileCompactor(), { restoreFrom }, bytes(10));
    for (const message of committableMessages([part(folder, '5', 'xx'), part(folder, '6', 'x')], place(2))) after.push(message);
    committed(folder, after.values);
    expect(files(folder).toSorted().map((name) => [name, readFileSync(join(folder, name)).length])).toEqual([['compacted-0', 11], ['compacted-2', 15], ['compacted-4', 11]]);
    for (const message of committableMessages([], place(3))) after.push(message);
    expect(after.values.at(-1)).toMatchObject({ kind: 'summary', numberOfCommittables: 0 });
    for (const message of committableMessages([], place(4))) after.push(message);
    committed(folder, after.values.slice(-1));
    expect(files(folder)).toContain('6');
    await after.close();
  });

  it('are put together record by record where files cannot stand behind one another', async () => {
    const folder = mkdtempSync(join(root, 'f-'));
    const read = (path: string): number[] => JSON.parse(readFileSync(path, 'utf8')) as number[];
    const h = await open(folder, new RecordWiseFileCompactor<number>(read, (output) => {
      const all: number[] = [];
      return { addElement: (element) => void all.push(element), finish: () => output.write(Buffer.from(JSON.stringify(all))) };
    }));
    for (const message of committableMessages([part(folder, 'a', '[1,2]'), part(folder, 'b', '[3]')], place(END_OF_INPUT_CHECKPOINT))) h.push(message);
    committed(folder, h.values);
    expect(readFileSync(join(folder, 'compacted-a'), 'utf8')).toBe('[1,2,3]');
    await h.close();
  });

  it('and are gone fail the job with what may have happened', async () => {
    const folder = mkdtempSync(join(root, 'f-'));
    const h = await open(folder, new ConcatFileCompactor());
    const [summary, a, b] = committableMessages([part(folder, 'a'), part(folder, 'b')], place(END_OF_INPUT_CHECKPOINT));
    rmSync(join(folder, '.a.inprogress'));
    h.push(summary!);
    h.push(a!);
    expect(() => h.push(b!)).toThrow(/Cannot put .*\.a\.inprogress together with others: it is not there/);
  });
});

describe('the output of a job whose sink puts files together', () => {
  const run = async (folder: string, strategy: FileCompactStrategy, mayFail: (where: string) => void, unaligned: boolean): Promise<void> => {
    const concat = new ConcatFileCompactor();
    const compactor: FileCompactor = {
      compact(paths, output) {
        mayFail('before');
        concat.compact(paths, output);
        mayFail('after');
      },
    };
    const sink = FileSink.forRowFormat<number>(folder).withBucketAssigner(new BasePathBucketAssigner<number>()).withRollingPolicy(new OnCheckpointRollingPolicy<number>()).enableCompact(strategy, compactor).build();
    await runNumbers(COUNT, (env, numbers) => {
      env.enableCheckpointing(20).setRestartStrategy(RestartStrategies.fixedDelayRestart(100, 1));
      if (unaligned) env.getCheckpointConfig().enableUnalignedCheckpoints();
      numbers.rebalance().map((n) => {
        mayFail('map');
        return n;
      }).sinkTo(sink).name('Files').uid('files');
    });
  };

  it('is in fewer files than there were checkpoints, each record once', async () => {
    const folder = fresh();
    await run(folder, every(4), () => {}, false);
    expect(lines(folder)).toEqual(ALL);
    expect(files(folder).filter((name) => name.startsWith('compacted-part-')).length).toBeGreaterThan(2);
    // 300 ms with a checkpoint each 20 ms, and two writers.
    expect(files(folder).length).toBeLessThan(8);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has each record once, whatever fails (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    let failures = 0;
    const folder = fresh();
    await run(folder, seed % 3 === 0 ? FileCompactStrategy.newBuilder().setSizeThreshold(200).build() : every(3), (where) => {
      if (failures >= 6 || random.next() > (where === 'map' ? 0.01 : 0.3)) return;
      failures++;
      throw new Error(`failure ${failures}, ${where}`);
    }, seed % 2 === 0);
    expect(failures).toBeGreaterThan(2);
    expect(lines(folder)).toEqual(ALL);
  });
});
