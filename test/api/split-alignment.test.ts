/**
 * Readers of several splits whose source is aligned: a split that is ahead is paused alone.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FlinkError, type ReaderOutput, type Source, type SourceReader, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

let cluster: MiniCluster;
beforeEach(() => void (cluster = new MiniCluster()));
afterEach(() => cluster.close());

interface Event { readonly split: string; readonly at: number }

/** One reader that reads all its splits at the same time, a record of each a poll. */
class SplitReader implements SourceReader<Event> {
  readonly changes: string[] = [];
  private readonly paused = new Set<string>();
  private arrived: (() => void) | undefined;

  constructor(private readonly splits: Map<string, number[]>, private readonly ends: boolean) {}

  pollNext(output: ReaderOutput<Event>) {
    let read = false;
    for (const [split, times] of this.splits) {
      const of = output.createOutputForSplit!(split);
      if (this.paused.has(split) || times.length === 0) continue;
      const at = times.shift()!;
      of.collect({ split, at }, at);
      read = true;
    }
    for (const [split, times] of this.ends ? [...this.splits] : []) {
      if (times.length > 0) continue;
      output.releaseOutputForSplit!(split);
      this.splits.delete(split);
    }
    if (this.splits.size === 0) return 'END_OF_INPUT' as const;
    return read ? ('MORE_AVAILABLE' as const) : ('NOTHING_AVAILABLE' as const);
  }
  isAvailable(): Promise<void> {
    return new Promise((resolve) => (this.arrived = resolve));
  }
  more(split: string, ...times: number[]): void {
    this.splits.get(split)!.push(...times);
    this.arrived?.();
  }
  pauseOrResumeSplits(toPause: readonly string[], toResume: readonly string[]): void {
    for (const split of toPause) this.paused.add(split);
    for (const split of toResume) this.paused.delete(split);
    this.changes.push(...toPause.map((split) => `pause ${split}`), ...toResume.map((split) => `resume ${split}`));
    this.arrived?.();
  }
  addSplits(): void {}
  notifyNoMoreSplits(): void {}
  snapshotState(): never[] {
    return [];
  }
}

/** A source whose only reader is at hand. */
function sourceOf(reader: SourceReader<Event>): Source<Event> {
  const enumerator = { handleSplitRequest() {}, addSplitsBack() {}, addReader() {}, snapshotState: () => null };
  return { boundedness: 'CONTINUOUS_UNBOUNDED', parallel: false, emitsPerSplit: true, createReader: () => reader, createEnumerator: () => enumerator, restoreEnumerator: () => enumerator };
}

const seconds = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => (from + at) * 1000);
const aligned = WatermarkStrategy.forMonotonousTimestamps<Event>().withTimestampAssigner(({ at }) => at).withWatermarkAlignment('group', '10 s', '2 s');
const reached = (results: readonly Event[], split: string): number => Math.max(-1, ...results.filter((event) => event.split === split).map(({ at }) => at / 1000));

describe('a split of an aligned source', () => {
  it('is paused when it is ahead of another by more than the drift, and resumed at the update after the other has come closer', async () => {
    const reader = new SplitReader(new Map([['fast', seconds(0, 100)], ['slow', [0]]]), false);
    const job = await cluster.submit((env) => env.fromSource(sourceOf(reader), aligned));
    await cluster.clock.advance('10 s');
    // The watermark of the slow one is -1 ms.
    expect([reached(job.results, 'fast'), reader.changes]).toEqual([11, ['pause fast']]);
    reader.more('slow', 30_000);
    await cluster.clock.advance('1999 ms');
    await cluster.clock.advance('1 ms');
    // Fast is the slower one now: it may go 10 s beyond where it was, and slow waits for it.
    expect([reached(job.results, 'fast'), reader.changes]).toEqual([22, ['pause fast', 'pause slow', 'resume fast', 'pause fast']]);
  });

  it('is read to its end once the other has been', async () => {
    const reader = new SplitReader(new Map([['fast', seconds(0, 100)], ['slow', seconds(0, 5)]]), true);
    const job = await cluster.submit((env) => env.fromSource(sourceOf(reader), aligned));
    await cluster.clock.advance('20 s');
    expect([reached(job.results, 'fast'), reached(job.results, 'slow')]).toEqual([100, 5]);
    await job.finished;
  });

  it('does not wait for one that is idle', async () => {
    const reader = new SplitReader(new Map([['fast', seconds(0, 100)], ['slow', [0]]]), false);
    const job = await cluster.submit((env) => env.fromSource(sourceOf(reader), aligned.withIdleness('5 s')));
    await cluster.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(11);
    await cluster.clock.advance('40 s');
    expect(reached(job.results, 'fast')).toBe(100);
  });

  it('is not idle for having been paused', async () => {
    const reader = new SplitReader(new Map([['fast', seconds(0, 12)], ['slow', [0]]]), false);
    const job = await cluster.submit((env) => env.fromSource(sourceOf(reader), aligned.withIdleness('1 min')));
    for (let at = 1; at <= 40; at++) {
      // Something comes from the slow one now and then, which brings event time no further.
      reader.more('slow', 0);
      await cluster.clock.advance('10 s');
    }
    expect(reached(job.results, 'fast')).toBe(11);
    reader.more('slow', 100_000);
    await cluster.clock.advance('3 s');
    // Fast has waited for minutes and counts: slow is paused until it comes closer.
    expect(reader.changes).toEqual(['pause fast', 'pause slow', 'resume fast']);
    expect(reached(job.results, 'fast')).toBe(12);
  });

  it('waits for other sources of the group while those of its reader that are behind go on', async () => {
    const reader = new SplitReader(new Map([['fast', seconds(0, 100)], ['slow', seconds(0, 3)]]), false);
    const other = new SplitReader(new Map([['a', [0]], ['b', [0]]]), false);
    const job = await cluster.submit((env) => env.fromSource(sourceOf(reader), aligned, 'one').union(env.fromSource(sourceOf(other), aligned, 'other')));
    await cluster.clock.advance('4 s');
    expect([reached(job.results, 'fast'), reached(job.results, 'slow')]).toEqual([11, 3]);
  });

  it('that is the only one is not paused by itself', async () => {
    const reader = new SplitReader(new Map([['only', seconds(0, 100)]]), false);
    const job = await cluster.submit((env) => env.fromSource(sourceOf(reader), aligned));
    await cluster.clock.advance('4 s');
    expect([reached(job.results, 'only'), reader.changes]).toEqual([100, []]);
  });
});

describe('a reader that cannot pause its splits', () => {
  const unable = (): SplitReader => Object.assign(new SplitReader(new Map([['fast', seconds(0, 100)], ['slow', [0]]]), false), { pauseOrResumeSplits: undefined });

  it('fails the job when it is to do so', async () => {
    const job = await cluster.submit((env) => env.fromSource(sourceOf(unable()), aligned));
    await cluster.clock.advance('4 s');
    await expect(job.finished).rejects.toThrow(/"fast" is too far ahead in event time, and the source's reader cannot pause it/);
    await expect(job.finished).rejects.toBeInstanceOf(FlinkError);
  });

  it('goes on where the configuration allows splits that are not aligned', async () => {
    const lenient = new MiniCluster({ configuration: { 'pipeline.watermark-alignment.allow-unaligned-source-splits': true } });
    const job = await lenient.submit((env) => env.fromSource(sourceOf(unable()), aligned));
    await lenient.clock.advance('4 s');
    expect(reached(job.results, 'fast')).toBe(100);
    await lenient.close();
  });
});
