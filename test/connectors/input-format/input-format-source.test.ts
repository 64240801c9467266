import { describe, expect, it } from 'vitest';
import { InputFormatSource } from '../../../src/connectors/input-format/input-format-source.js';
import type { InputFormat } from '../../../src/connectors/input-format/input-format.js';
import { drive, readAll } from '../drive.js';

interface Range {
  from: number;
  to: number;
}

/** Numbers 0 to 9 in splits of five. */
class Numbers implements InputFormat<number, Range> {
  readonly log: string[] = [];
  private next = 0;
  private to = 0;
  constructor(private readonly mode: 'sync' | 'async' = 'sync') {}
  configure(parameters: Readonly<Record<string, string>>): void {
    this.log.push(`configure ${JSON.stringify(parameters)}`);
  }
  createInputSplits(minSplits: number): Range[] | Promise<Range[]> {
    this.log.push(`splits ${minSplits}`);
    const splits = [{ from: 0, to: 5 }, { from: 5, to: 10 }];
    return this.mode === 'sync' ? splits : Promise.resolve(splits);
  }
  openInputFormat(): void {
    this.log.push('openInputFormat');
  }
  open(split: Range): void | Promise<void> {
    this.log.push(`open ${split.from}`);
    this.next = split.from;
    this.to = split.to;
    return this.mode === 'sync' ? undefined : Promise.resolve();
  }
  reachedEnd(): boolean {
    return this.next >= this.to;
  }
  nextRecord(): number | Promise<number> {
    const value = this.next++;
    return this.mode === 'sync' || value % 2 === 0 ? value : Promise.resolve(value);
  }
  close(): void | Promise<void> {
    this.log.push('close');
    return this.mode === 'sync' ? undefined : Promise.resolve();
  }
  closeInputFormat(): void {
    this.log.push('closeInputFormat');
  }
}

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('the input format source', () => {
  it.each(['sync', 'async'] as const)('calls the format in the order of its life cycle (%s)', async (mode) => {
    const format = new Numbers(mode);
    expect(await readAll(new InputFormatSource(format, { a: 'b' }), { turn: 3 })).toEqual([DIGITS]);
    const configured = 'configure {"a":"b"}';
    expect(format.log).toEqual([configured, 'splits 1', configured, 'openInputFormat', 'open 0', 'close', 'open 5', 'close', 'closeInputFormat']);
  });

  it('ends a split at a record that is null', async () => {
    const records = [1, 2, null, 3];
    const format: InputFormat<number> = { createInputSplits: () => [0], open() {}, reachedEnd: () => false, nextRecord: () => records.shift(), close() {} };
    expect(await readAll(new InputFormatSource(format))).toEqual([[1, 2]]);
  });

  it('passes over what was emitted before a snapshot', async () => {
    const first = await drive(new InputFormatSource(new Numbers()), { turn: 3 });
    first.poll(0);
    first.poll(0);
    const restored = [first.readers[0]!.snapshotState(1)];
    const second = await drive(new InputFormatSource(new Numbers()), { checkpoint: first.enumerator.snapshotState(1), restored });
    expect([...first.outputs[0]!.values, ...(await second.run())[0]!]).toEqual(DIGITS);
  });

  it('goes on from the state of a format that keeps one', async () => {
    class Resumable extends Numbers {
      getCurrentState(): unknown {
        return this['next'];
      }
      reopen(split: Range, state: unknown): void {
        this.log.push(`reopen at ${String(state)}`);
        void this.open({ from: state as number, to: split.to });
      }
    }
    const first = await drive(new InputFormatSource(new Resumable()), { turn: 3 });
    first.poll(0);
    first.poll(0);
    const restored = [first.readers[0]!.snapshotState(1)];
    const format = new Resumable();
    const second = await drive(new InputFormatSource(format), { checkpoint: first.enumerator.snapshotState(1), restored });
    expect([...first.outputs[0]!.values, ...(await second.run())[0]!]).toEqual(DIGITS);
    expect(format.log).toContain('reopen at 3');
  });

  it('fails with what the format throws, at once or later, and closes it', async () => {
    const broken = new Numbers();
    broken.nextRecord = () => Promise.reject(new Error('no record'));
    const driven = await drive(new InputFormatSource(broken));
    await expect(driven.run()).rejects.toThrow('no record');
    await driven.close();
    expect(broken.log.slice(-2)).toEqual(['close', 'closeInputFormat']);
    await expect(readAll(new InputFormatSource({ ...new Numbers(), createInputSplits: () => Promise.reject(new Error('no splits')) } as never))).rejects.toThrow('no splits');
  });
});
