/**
 * A source that takes its time and can be replayed: its readers keep how far they have read each split.
 *
 * Invariant: a reader with several splits, as after a change of parallelism, reads them in the order of their event
 * times, and asks for another only when it has none.
 */
import type { ScheduledCall } from '../../../src/core/clock.js';
import { randomInt } from '../../../src/core/random.js';
import type {
  InputStatus, ReaderOutput, Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext,
} from '../../../src/operators/source.js';
import type { SimulatedThread } from '../scheduler.js';
import { type Event, eventAt, type EventSource, type EventSplit, splitsOf } from './events.js';
import type { RecoveryWorld } from './recovery-world.js';

const PAUSE_MS = 12;

export function pacedSource(world: RecoveryWorld, source: EventSource, thread: SimulatedThread): Source<Event, EventSplit, readonly EventSplit[]> {
  return {
    boundedness: 'BOUNDED',
    createReader: (context) => new PacedReader(world, source, thread, context),
    createEnumerator: (context) => new Handout(context, splitsOf(source)),
    restoreEnumerator: (context, left) => new Handout(context, [...left]),
  };
}

class Handout implements SplitEnumerator<EventSplit, readonly EventSplit[]> {
  /** Given back, by the subtask that had it: there it is not late. */
  private readonly returned = new Map<number, EventSplit[]>();

  constructor(private readonly context: SplitEnumeratorContext<EventSplit>, private left: EventSplit[]) {}

  handleSplitRequest(subtask: number): void {
    const split = this.returned.get(subtask)?.shift() ?? this.left.shift();
    if (split) this.context.assignSplit(split, subtask);
    else this.context.signalNoMoreSplits(subtask);
  }

  addSplitsBack(splits: EventSplit[], subtask: number): void {
    this.returned.set(subtask, [...(this.returned.get(subtask) ?? []), ...splits].sort((one, other) => one.index - other.index));
  }

  addReader(): void {}

  snapshotState(): readonly EventSplit[] {
    return [...[...this.returned.values()].flat(), ...this.left].sort((one, other) => one.index - other.index);
  }
}

class PacedReader implements SourceReader<Event, EventSplit> {
  private splits: EventSplit[] = [];
  private asked = false;
  private over = false;
  private pause: ScheduledCall | undefined;
  private arrival: (() => void) | undefined;

  constructor(private readonly world: RecoveryWorld, private readonly source: EventSource, private readonly thread: SimulatedThread, private readonly context: SourceReaderContext<EventSplit>) {}

  start(): void {
    this.world.strike('source start');
    this.ask();
  }

  pollNext(output: ReaderOutput<Event>): InputStatus {
    const { scheduler } = this.world;
    for (let spurt = 1 + randomInt(scheduler.random, 8); spurt > 0 && this.splits.length > 0; spurt--) {
      if (output.full) return 'MORE_AVAILABLE';
      this.emitNext(output);
    }
    this.ask();
    if (this.over && this.splits.length === 0) return 'END_OF_INPUT';
    return this.splits.length > 0 && scheduler.chance(0.2) ? 'MORE_AVAILABLE' : 'NOTHING_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    return new Promise((resolve) => {
      if (this.over || this.splits.length > 0) this.pause = this.thread.clock.schedule(this.world.scheduler.random.next() * PAUSE_MS, resolve);
      else this.arrival = resolve;
    });
  }

  addSplits(splits: EventSplit[]): void {
    this.asked = false;
    this.splits = [...this.splits, ...splits].filter(({ at, size }) => at < size).sort((one, other) => this.timeOf(one) - this.timeOf(other));
    this.ask();
    this.arrival?.();
  }

  notifyNoMoreSplits(): void {
    this.over = true;
    this.arrival?.();
  }

  snapshotState(): EventSplit[] {
    return this.splits;
  }

  close(): void {
    this.pause?.cancel();
  }

  private emitNext(output: ReaderOutput<Event>): void {
    const [split, ...others] = this.splits as [EventSplit, ...EventSplit[]];
    const event = eventAt(this.source, split, split.at);
    const rest = { ...split, at: split.at + 1 };
    this.splits = rest.at < rest.size ? [rest, ...others] : others;
    this.splits.sort((one, other) => this.timeOf(one) - this.timeOf(other));
    this.world.strike('source record');
    output.collect(event, event.time);
  }

  private timeOf(split: EventSplit): number {
    return eventAt(this.source, split, split.at).time;
  }

  private ask(): void {
    if (this.asked || this.over || this.splits.length > 0) return;
    this.asked = true;
    this.context.sendSplitRequest();
  }
}
