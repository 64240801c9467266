/**
 * Sources whose readers read several splits at the same time: event time waits for the slowest of them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSource, type ReaderOutput, type Source, TextFileSource, TextLineInputFormat, TumblingEventTimeWindows, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster, TestStream } from '../../src/testing/index.js';
import { type Event, Scripted, type Step } from './scripted-splits.js';

let cluster: MiniCluster;
beforeEach(() => void (cluster = new MiniCluster()));
afterEach(() => cluster.close());

/** A watermark with each record, so that what is late does not depend on the clock. */
const punctual = WatermarkStrategy.forGenerator<Event>(() => ({
  onEvent: (_event, timestamp, output) => output.emitWatermark(timestamp - 1),
  onPeriodicEmit() {},
}));

/** The times of the events in windows of 10 ms; what is late is missing. */
function windows(source: Source<Event, null, null>, strategy = punctual): Promise<number[][]> {
  return cluster.run((env) =>
    env.fromSource(source, strategy, 'Splits').windowAll(TumblingEventTimeWindows.of(10))
      .process({ process: (_context, events: Iterable<Event>, out) => out.collect([...events].map(({ time }) => time)) }),
  ) as Promise<number[][]>;
}

/** Split a is read ahead of split b. */
const apart: Step[] = [{ split: 'a', time: 1 }, { split: 'b', time: 2 }, { split: 'a', time: 25 }, { split: 'b', time: 4 }, { split: 'b', time: 13 }, { split: 'a', time: 26 }, { split: 'b', time: 27 }];

describe('a source that emits for each split', () => {
  it('makes nothing late of what one split is behind another', async () => {
    expect(await windows(new Scripted(apart, true))).toEqual([[1, 2, 4], [13], [25, 26, 27]]);
  });

  it('is told apart from one that does not: there the splits share a watermark', async () => {
    expect(await windows(new Scripted(apart, false))).toEqual([[1, 2], [25, 26, 27]]);
  });

  it('waits no more for a split that has been read', async () => {
    const ended: Step[] = [{ split: 'b', time: 2 }, { split: 'a', time: 25 }, { end: 'b' }, { split: 'a', time: 26 }, { split: 'a', time: 3 }];
    expect(await windows(new Scripted(ended, true))).toEqual([[2], [25, 26]]);
  });

  it('waits for a split that has not given a record yet', async () => {
    const begun: Step[] = [(output) => void output.createOutputForSplit!('b'), { split: 'a', time: 1 }, { split: 'a', time: 25 }, { split: 'b', time: 3 }];
    expect(await windows(new Scripted(begun, true))).toEqual([[1, 3], [25]]);
  });

  it('may make the watermarks itself, the smallest of which counts', async () => {
    const own = (split: string, time: number): Step => (output) => {
      const of = output.createOutputForSplit!(split);
      of.collect({ split, time }, time);
      of.emitWatermark!(time);
    };
    const steps = [own('a', 1), own('b', 2), own('a', 25), own('b', 4), (output: ReaderOutput<Event>) => output.createOutputForSplit!('b').markIdle!(), own('a', 30), own('c', 5)];
    expect(await windows(new Scripted(steps, true), WatermarkStrategy.noWatermarks())).toEqual([[1, 2, 4], [25], [30]]);
  });
});

describe('text files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'split-watermarks-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const byLine = WatermarkStrategy.forMonotonousTimestamps<string>().withTimestampAssigner(Number);

  it('have a watermark each: one with earlier times is not late for what the one before it had not been asked for yet', async () => {
    writeFileSync(join(folder, 'a'), '1000\n9000\n');
    writeFileSync(join(folder, 'b'), '2000\n9500\n');
    const sums = await cluster.run((env) => env.fromSource(new TextFileSource(folder), byLine).map(Number).windowAll(TumblingEventTimeWindows.of('5 s')).reduce((a, b) => a + b));
    expect(sums).toEqual([3000, 18500]);
  });

  it('leave a subtask idle that has none to read', async () => {
    const watched = FileSource.forRecordStreamFormat(new TextLineInputFormat(), folder).monitorContinuously('1 h').build();
    let lines = 0;
    let allRead = (): void => undefined;
    // Files are read in time of their own, which the cluster's clock knows nothing of.
    const reading = new Promise<void>((resolve) => (allRead = resolve));
    const job = await cluster.submit((env) => {
      const files = env.fromSource(watched, byLine.withIdleness('1 s'), 'files').map((line) => {
        if (++lines === 4) allRead();
        return Number(line);
      });
      const others = env.fromSource(TestStream.of<number>().record(2, 2).watermark(60_000)).map((n) => n);
      return files.union(others).windowAll(TumblingEventTimeWindows.of('5 s')).reduce((a, b) => a + b);
    });
    await reading;
    await cluster.clock.advance('5 s');
    expect(job.results).toEqual([3002, 18500]);
  });
});
