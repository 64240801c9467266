/**
 * Plays the script of a `TestStream`.
 *
 * Invariants:
 * - While time passes (`advance`, `pause`) and before a crash the reader has nothing for a while, so that what it emitted
 *   before goes all the way.
 * - The crash of number n happens in attempt n and in no other.
 */
import { type Clock, sleep, systemClock } from '../core/clock.js';
import { type DurationLike, toMillis } from '../core/time.js';
import { SplitFeed } from '../connectors/split-feed.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../operators/source.js';
import type { TestStreamEvent, TestStreamSplit } from './test-stream.js';
import { VirtualClock } from './virtual-clock.js';

export class TestStreamReader<T> implements SourceReader<T, TestStreamSplit> {
  private readonly feed: SplitFeed<TestStreamSplit>;
  private readonly clock: Clock;
  private split: TestStreamSplit | undefined;
  private played = 0;
  private crashes = 0;
  /** The crash to come when what was emitted has been handled. */
  private crashing: string | undefined;
  /** Time that the script lets pass. */
  private passing: Promise<void> | undefined;

  constructor(private readonly context: SourceReaderContext<TestStreamSplit>, private readonly events: readonly TestStreamEvent<T>[]) {
    this.feed = new SplitFeed(context);
    this.clock = context.clock ?? systemClock;
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    this.split ??= this.begin();
    if (!this.split) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
    while (!this.passing) {
      if (this.crashing !== undefined) throw new Error(this.crashing);
      const event = this.events[this.played];
      if (!event) return 'NOTHING_AVAILABLE';
      if (event.type === 'end') return 'END_OF_INPUT';
      this.played++;
      this.play(event, output);
      if (output.full) return 'MORE_AVAILABLE';
    }
    return 'NOTHING_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    if (this.passing) return this.passing;
    if (!this.split) return this.feed.available();
    // An open end: nothing comes any more.
    return new Promise(() => {});
  }

  addSplits(splits: TestStreamSplit[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): TestStreamSplit[] {
    return [...(this.split ? [{ ...this.split, played: this.played }] : []), ...this.feed.rest()];
  }

  private begin(): TestStreamSplit | undefined {
    const split = this.feed.take();
    this.played = split?.played ?? 0;
    this.crashes = this.events.slice(0, this.played).filter((event) => event.type === 'crash').length;
    return split;
  }

  private play(event: TestStreamEvent<T>, output: ReaderOutput<T>): void {
    switch (event.type) {
      case 'record': return output.collect(event.value, event.timestamp);
      case 'watermark': return output.emitWatermark?.(event.timestamp);
      case 'idle': return output.markIdle?.();
      case 'advance': return this.pass(this.moved(event.duration));
      case 'pause': return this.pass(sleep(this.clock, toMillis(event.duration)));
      case 'crash': return this.crash(event.message);
      case 'end': return;
    }
  }

  private pass(time: Promise<void>): void {
    this.passing = time.finally(() => (this.passing = undefined));
  }

  private crash(message: string): void {
    const attempt = this.context.runtime?.getAttemptNumber() ?? 0;
    if (this.crashes++ !== attempt) return;
    this.crashing = message;
    this.pass(this.moved(0));
  }

  private moved(duration: DurationLike): Promise<void> {
    return this.clock instanceof VirtualClock ? this.clock.pass(duration) : sleep(this.clock, toMillis(duration));
  }
}
