/**
 * Sources that can be read again: stopped at any moment and gone on from their snapshot, with however many readers, they
 * give every record exactly once.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectionSource } from '../../src/connectors/collection/collection-source.js';
import { DataGeneratorSource } from '../../src/connectors/datagen/data-generator-source.js';
import { TextFileSource } from '../../src/connectors/file/text-file-source.js';
import type { InputFormat } from '../../src/connectors/input-format/input-format.js';
import { InputFormatSource } from '../../src/connectors/input-format/input-format-source.js';
import { NumberSequenceSource } from '../../src/connectors/sequence/number-sequence-source.js';
import type { InputStatus, Source } from '../../src/operators/source.js';
import { drive } from './drive.js';

const RECORDS = 60;
const numbers = Array.from({ length: RECORDS }, (_, number) => number);
const texts = numbers.map((number) => `line ${number} ${'x'.repeat(number % 7)}`);

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'replay-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Counts the numbers of a split, [first, end). */
class Ranges implements InputFormat<number, readonly [number, number]> {
  protected next = 0;
  private end = 0;

  createInputSplits(): [number, number][] {
    return [[0, 20], [20, 45], [45, RECORDS]];
  }
  open([first, end]: readonly [number, number]): void | Promise<void> {
    this.next = first;
    this.end = end;
  }
  reachedEnd(): boolean {
    return this.next >= this.end;
  }
  nextRecord(): number | Promise<number> {
    return this.next++;
  }
  close(): void {}
}

class Resumable extends Ranges {
  getCurrentState(): number {
    return this.next;
  }
  async reopen(split: readonly [number, number], state: number): Promise<void> {
    await this.open(split);
    this.next = state;
  }
}

class Slow extends Ranges {
  override async nextRecord(): Promise<number> {
    await Promise.resolve();
    return super.nextRecord();
  }
}

const sources: readonly [string, () => Source<unknown, never, never>, readonly unknown[]][] = [
  ['a text file that is read whole', () => new TextFileSource(file('whole.txt', `${texts.join('\n')}\n`)), texts],
  ['a text file that is read in pieces', () => new TextFileSource(file('pieces.txt', texts.join('\r\n')), { splitSize: 40 }), texts],
  ['a text file of two bytes a character', () => new TextFileSource(file('wide.txt', Buffer.from(texts.join('\n'), 'utf16le')), { splitSize: 64, charset: 'utf-16le' }), texts],
  ['a gzip file', () => new TextFileSource(file('packed.gz', gzipSync(texts.join('\n')))), texts],
  ['a deflate file', () => new TextFileSource(file('packed.deflate', deflateSync(texts.join('\n')))), texts],
  ['a sequence', () => new NumberSequenceSource(0, RECORDS - 1), numbers],
  ['a data generator', () => new DataGeneratorSource((index) => index, RECORDS), numbers],
  ['an array', () => new CollectionSource(numbers), numbers],
  ['a generator function', () => new CollectionSource(function* () { yield* numbers; }), numbers],
  ['an asynchronous generator function', () => new CollectionSource(async function* () { yield* numbers; }), numbers],
  ['an input format', () => new InputFormatSource(new Ranges()), numbers],
  ['an input format that knows where it is', () => new InputFormatSource(new Resumable()), numbers],
  ['an input format whose records are promises', () => new InputFormatSource(new Slow()), numbers],
].map(([name, source, expected]) => [name, source, expected] as never);

/** Reads some of it, a snapshot, some more with other readers from there, …; what came before the last snapshot of each run counts. */
async function readInRuns(source: () => Source<unknown, never, never>, runs: readonly { readonly readers: number; readonly polls: readonly number[] }[]): Promise<unknown[]> {
  const got: unknown[] = [];
  let from: { checkpoint?: unknown; splits: unknown[] } = { splits: [] };
  const begin = async (readers: number): ReturnType<typeof drive<unknown, unknown, never>> => {
    const restored = Array.from({ length: readers }, (_, reader) => from.splits.filter((_split, at) => at % readers === reader));
    // Subtasks share nothing: each has a program, and so a source, of its own.
    const shared = source();
    const each = Object.assign(Object.create(shared) as typeof shared, { createReader: (context: never) => source().createReader(context) });
    return drive(each as never, { parallelism: readers, turn: 4, ...(from.checkpoint === undefined ? {} : { checkpoint: from.checkpoint }), restored });
  };
  for (const { readers, polls } of runs) {
    const driven = await begin(readers);
    for (const poll of polls) {
      const status: InputStatus = driven.poll(poll % readers);
      if (status === 'NOTHING_AVAILABLE') await new Promise((resolve) => setImmediate(resolve));
    }
    got.push(...driven.outputs.flatMap(({ values }) => values));
    from = { checkpoint: structuredClone(driven.enumerator.snapshotState(1)), splits: structuredClone(driven.readers.flatMap((reader) => reader.snapshotState(1))) };
    // What comes after the snapshot is forgotten with the run.
    driven.poll(0);
    await driven.close();
  }
  const last = await begin(2);
  return [...got, ...(await last.run()).flat()];
}

describe('exactly once, wherever it is stopped', () => {
  const runs = fc.array(fc.record({ readers: fc.integer({ min: 1, max: 4 }), polls: fc.array(fc.nat({ max: 11 }), { maxLength: 12 }) }), { maxLength: 5 });

  it.each(sources)('%s', async (_, source, expected) => {
    const parallel = source().parallel !== false;
    await fc.assert(fc.asyncProperty(runs, async (given) => {
      const got = await readInRuns(source, parallel ? given : given.map((run) => ({ ...run, readers: 1 })));
      const order = new Map(expected.map((value, at) => [value, at]));
      expect(got.sort((one, other) => (order.get(one) ?? -1) - (order.get(other) ?? -1))).toEqual(expected);
    }), { numRuns: 25 });
  }, 20_000);
});
