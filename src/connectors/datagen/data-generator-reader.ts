/**
 * Generates the records of its splits, held back by a rate if there is one.
 *
 * Invariant: splits take turns, so that an endless one does not keep others waiting.
 */
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../operators/source.js';
import { Availability } from '../availability.js';
import { SplitFeed } from '../split-feed.js';
import type { GeneratorFunction, GeneratorSplit } from './data-generator-source.js';
import { type Pace, paceOf } from './pace.js';
import type { RateLimiterStrategy, RecordsPerSecond } from './rate-limiter.js';

/** Records of one turn at most. */
const TURN = 4096;

export class DataGeneratorReader<T> implements SourceReader<T, GeneratorSplit> {
  private readonly feed: SplitFeed<GeneratorSplit>;
  private readonly limit: Pace | undefined;
  private readonly due = new Availability();
  private timer: ScheduledCall | undefined;
  private split: GeneratorSplit | undefined;
  private next = 0;
  private opened = false;

  constructor(
    private readonly context: SourceReaderContext<GeneratorSplit>,
    private readonly generator: GeneratorFunction<T>,
    limit: RecordsPerSecond | RateLimiterStrategy,
    private readonly clock: Clock,
  ) {
    this.feed = new SplitFeed(context);
    this.limit = paceOf(limit, context.parallelism, clock, () => this.due.notify());
  }

  start(): void | Promise<void> {
    this.opened = true;
    this.feed.request();
    return this.generator.open?.(this.context);
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    if (!this.split) {
      this.split = this.feed.take();
      if (!this.split) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      this.next = this.split.from;
    }
    const room = Math.min(TURN, this.limit?.allowance() ?? TURN);
    if (room === 0) return 'NOTHING_AVAILABLE';
    const emitted = this.emit(output, this.split, room);
    this.limit?.spend(emitted);
    if (this.next > this.split.to) this.split = undefined;
    else if (this.feed.rest().length > 0) {
      this.feed.add([{ ...this.split, from: this.next }]);
      this.split = undefined;
    }
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    if (!this.split) return this.feed.available();
    const delayMs = this.limit ? this.limit.delayMs() : 0;
    // What was allowed meanwhile has woken nobody.
    if (delayMs === undefined) return this.limit!.allowance() > 0 ? Promise.resolve() : this.due.wait();
    this.timer ??= this.clock.schedule(Math.ceil(delayMs), () => {
      this.timer = undefined;
      this.due.notify();
    });
    return this.due.wait();
  }

  addSplits(splits: GeneratorSplit[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): GeneratorSplit[] {
    return [...(this.split ? [{ ...this.split, from: this.next }] : []), ...this.feed.rest()];
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.limit?.notifyCheckpointComplete?.(checkpointId);
  }

  close(): void | Promise<void> {
    this.timer?.cancel();
    return this.opened ? this.generator.close?.() : undefined;
  }

  private emit(output: ReaderOutput<T>, split: GeneratorSplit, room: number): number {
    const { to, step } = split;
    const { generator } = this;
    let next = this.next;
    let emitted = 0;
    while (next <= to && emitted < room) {
      output.collect(generator.map(next));
      next += step;
      emitted++;
      if (output.full) break;
    }
    this.next = next;
    return emitted;
  }
}
