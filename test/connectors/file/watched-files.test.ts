/**
 * A source that watches a folder: every file that appears is read once, whatever happens in between.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileSource, TextLineInputFormat } from '../../../src/connectors/file/file-source.js';
import { TextFileSource } from '../../../src/connectors/file/text-file-source.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { drive, type Driven, type DriveOptions } from '../drive.js';

let root: string;
let folder: string;
let count = 0;
let clock: ManualClock;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'watched-'))));
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  clock = new ManualClock();
});

const INTERVAL = 100;
const watching = (path: string | string[] = folder, splitSize?: number): TextFileSource => new TextFileSource(path, { monitorInterval: INTERVAL, ...(splitSize === undefined ? {} : { splitSize }) }, clock);
type Driving = Driven<string, unknown>;
const start = (options: DriveOptions = {}, source = watching()): Promise<Driving> => drive(source as never, options) as Promise<Driving>;

/** As a writer does it that is careful: a reader sees the file whole. */
function put(name: string, text: string): void {
  const hidden = join(folder, `.${name}`);
  writeFileSync(hidden, text);
  renameSync(hidden, join(folder, name));
}

/** Until the next search has ended, the last one with a failure. */
async function search(driven: Driving): Promise<void> {
  clock.advance(INTERVAL);
  while (clock.nextCall === undefined && driven.failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Until the next search has ended and everything that it found has been read. */
async function look(driven: Driving): Promise<string[]> {
  await search(driven);
  return read(driven);
}

async function read(driven: Driving): Promise<string[]> {
  for (;;) {
    for (const [subtask] of driven.readers.entries()) while (driven.poll(subtask) === 'MORE_AVAILABLE');
    const somethingCame = driven.readers.map((reader) => reader.isAvailable().then(() => true));
    if (!(await Promise.race([...somethingCame, new Promise<boolean>((resolve) => setImmediate(resolve, false))]))) break;
  }
  return driven.outputs.flatMap(({ values }) => values);
}

describe('a source that watches for files', () => {
  it('reads what there is, then each file that appears, and does not end', async () => {
    put('a', '1\n2\n');
    const driven = await start();
    expect(await read(driven)).toEqual(['1', '2']);
    put('b', '3\n');
    expect(await look(driven)).toEqual(['1', '2', '3']);
    expect(await look(driven)).toEqual(['1', '2', '3']);
    expect(driven.poll(0)).toBe('NOTHING_AVAILABLE');
    expect(watching().boundedness).toBe('CONTINUOUS_UNBOUNDED');
    await driven.close();
  });

  it('does not see hidden files, and waits for the first that a pattern matches', async () => {
    const driven = await start({}, watching(join(folder, '*.csv')));
    writeFileSync(join(folder, '.x.csv'), 'hidden\n');
    put('x.txt', 'other\n');
    expect(await look(driven)).toEqual([]);
    put('x.csv', 'found\n');
    expect(await look(driven)).toEqual(['found']);
    await driven.close();
  });

  it('reads a file again as a whole that has been written to, when it is told to, also after a restart', async () => {
    const rereading = (): TextFileSource => new TextFileSource(folder, { monitorInterval: INTERVAL, rereadModified: true, order: 'modification' }, clock);
    const write = (name: string, text: string, second: number): void => {
      put(name, text);
      utimesSync(join(folder, name), second, second);
    };
    write('a', '1\n', 10);
    write('b', '2\n', 10);
    const driven = await start({}, rereading());
    expect(await read(driven)).toEqual(['1', '2']);
    write('a', '1\n3\n', 30);
    write('c', '4\n', 20);
    expect(await look(driven)).toEqual(['1', '2', '4', '1', '3']);
    expect(await look(driven)).toEqual(['1', '2', '4', '1', '3']);
    const checkpoint = structuredClone(driven.enumerator.snapshotState(1));
    await driven.close();
    write('b', '2\n5\n', 25);
    const after = await start({ checkpoint }, rereading());
    expect(await look(after)).toEqual(['2', '5']);
    await after.close();
  });

  it('goes on from a snapshot that does not say when files were written to: only what changes from then on is read again', async () => {
    put('a', '1\n');
    const once = await start();
    expect(await read(once)).toEqual(['1']);
    const checkpoint = structuredClone(once.enumerator.snapshotState(1));
    await once.close();
    const driven = await start({ checkpoint }, new TextFileSource(folder, { monitorInterval: INTERVAL, rereadModified: true }, clock));
    expect(await look(driven)).toEqual([]);
    put('a', '1\n2\n');
    utimesSync(join(folder, 'a'), 4e9, 4e9);
    expect(await look(driven)).toEqual(['1', '2']);
    await driven.close();
  });

  it('fails at the start when there is no such folder, and later when it stays away', async () => {
    await expect(start({}, watching(join(folder, 'missing')))).rejects.toThrow(/Cannot read/);
    put('a', '1\n');
    const driven = await start();
    expect(await read(driven)).toEqual(['1']);
    rmSync(folder, { recursive: true });
    await look(driven);
    mkdirSync(folder);
    put('b', '2\n');
    expect(await look(driven)).toContain('2');
    rmSync(folder, { recursive: true });
    for (let search = 0; search < 3; search++) await look(driven);
    expect(driven.failures).toHaveLength(1);
    expect(String(driven.failures[0])).toContain('Cannot read');
    await driven.close();
  });

  it('gives the splits of a failed reader to the others', async () => {
    put('a', '1\n');
    const driven = await start({ parallelism: 2 });
    const [{ split }] = driven.assigned as unknown as [{ split: unknown }];
    driven.enumerator.addSplitsBack([split], 0);
    expect(driven.assigned.map(({ subtask }) => subtask)).toEqual([0, 1]);
    await driven.close();
  });

  it('reads every line exactly once, whenever it is stopped and goes on, with however many readers', async () => {
    const steps = fc.array(fc.oneof(
      fc.record({ do: fc.constant('put' as const), lines: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ do: fc.constant('look' as const), lines: fc.constant(0) }),
      fc.record({ do: fc.constant('poll' as const), lines: fc.constant(0) }),
      fc.record({ do: fc.constant('restart' as const), lines: fc.integer({ min: 1, max: 3 }) }),
    ), { maxLength: 14 });
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 40 }), async (script, splitSize) => {
      folder = join(root, String(count++));
      mkdirSync(folder);
      clock = new ManualClock();
      const expected: string[] = [];
      const got: string[] = [];
      let driven = await start({ parallelism: 2, turn: 3 }, watching(folder, splitSize));
      const stop = async (): Promise<void> => {
        got.push(...driven.outputs.flatMap(({ values }) => values));
        await driven.close();
      };
      for (const [at, step] of script.entries()) {
        if (step.do === 'put') {
          const lines = Array.from({ length: step.lines }, (_, line) => `${at}/${line}`);
          expected.push(...lines);
          put(`file-${at}`, lines.map((line) => `${line}\n`).join(''));
        } else if (step.do === 'look') {
          await search(driven);
        } else if (step.do === 'poll') {
          for (const [subtask] of driven.readers.entries()) driven.poll(subtask);
        } else {
          const checkpoint = structuredClone(driven.enumerator.snapshotState(at));
          const splits = driven.readers.flatMap((reader) => reader.snapshotState(at));
          await stop();
          const restored = Array.from({ length: step.lines }, (_, subtask) => splits.filter((_split, index) => index % step.lines === subtask));
          driven = await start({ parallelism: step.lines, turn: 3, checkpoint, restored }, watching(folder, splitSize));
        }
      }
      await read(driven);
      await look(driven);
      await stop();
      expect(got.sort()).toEqual(expected.sort());
    }), { numRuns: 60 });
  }, 30_000);
});

describe('FileSource', () => {
  it('is built as Flink has it: several paths, once or for ever', async () => {
    put('a', '1\n');
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner', 'b'), '2\n');
    const builder = FileSource.forRecordStreamFormat(new TextLineInputFormat(), join(folder, 'a'), folder);
    const driven = await drive(builder.build());
    expect(await driven.run()).toEqual([['1', '2']]);
    expect(builder.monitorContinuously('5 s').build().boundedness).toBe('CONTINUOUS_UNBOUNDED');
    expect(builder.monitorContinuously('5 s').processStaticFileSet().build().boundedness).toBe('BOUNDED');
  });

  it('refuses what makes no sense', () => {
    expect(() => FileSource.forRecordStreamFormat({} as never, 'a')).toThrow(/takes a TextLineInputFormat/);
    expect(() => FileSource.forRecordStreamFormat(new TextLineInputFormat())).toThrow(/at least one path/);
    expect(() => FileSource.forRecordStreamFormat(new TextLineInputFormat(), 'a').monitorContinuously(0).build()).toThrow(/more than 0/);
    expect(() => FileSource.forRecordStreamFormat(new TextLineInputFormat(), '-').monitorContinuously(10).build()).toThrow(/standard input cannot be watched/);
  });

  it('that watches does not go on from a snapshot of one that did not', () => {
    expect(() => watching().restoreEnumerator({} as never, [])).toThrow(/did not watch/);
  });
});
