/**
 * A source of random manners: its enumerator answers late, its readers have nothing now and then, go idle, emit in
 * spurts, and fail when that is planned.
 *
 * Invariant: splits are handed out in the order of their event times, so that no reader's watermark goes back.
 */
import { randomInt } from '../../src/core/random.js';
import type {
  InputStatus, ReaderOutput, Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext,
} from '../../src/operators/source.js';
import { splitSizes, type Step, stepName } from './random-job.js';
import type { Envelope } from './records.js';
import type { SimulatedThread } from './scheduler.js';
import { sourceRecord } from './step-behaviour.js';
import type { World } from './world.js';

interface Split {
  readonly index: number;
  readonly size: number;
  /** How many of its records have been read. */
  readonly read: number;
}

/** What an enumerator keeps. */
interface Remaining {
  readonly splits: readonly Split[];
  readonly returned: readonly (readonly [number, readonly Split[]])[];
}

export function randomSource(world: World, step: Step, thread: SimulatedThread): Source<Envelope, Split, Remaining> {
  return {
    boundedness: 'BOUNDED',
    createReader: (context) => new RandomReader(world, step, thread, context),
    createEnumerator: (context) => new RandomEnumerator(world, step, thread, context),
    restoreEnumerator: (context, kept) => new RandomEnumerator(world, step, thread, context, kept),
  };
}

/** Resolves after a while on that thread's clock. */
function pause(world: World, thread: SimulatedThread): Promise<void> {
  return new Promise((resolve) => thread.clock.schedule(world.scheduler.random.next() * 30, resolve));
}

class RandomEnumerator implements SplitEnumerator<Split, Remaining> {
  private readonly splits: Split[];
  /** By reader. */
  private readonly returned = new Map<number, Split[]>();
  private readonly name: string;
  private closed = false;

  constructor(private readonly world: World, private readonly step: Step, private readonly thread: SimulatedThread, private readonly context: SplitEnumeratorContext<Split>, kept?: Remaining) {
    this.splits = kept ? [...kept.splits] : splitSizes(step).map((size, index) => ({ index, size, read: 0 }));
    for (const [subtask, splits] of kept?.returned ?? []) this.returned.set(subtask, [...splits]);
    this.name = `enumerator of ${stepName(step)}`;
  }

  async start(): Promise<void> {
    this.world.unclosed.add(this.name);
    if (this.world.scheduler.chance(0.3)) await pause(this.world, this.thread);
  }

  handleSplitRequest(subtask: number): void {
    if (this.closed) this.world.scheduler.violated(`${this.name} was asked for a split after it was closed`);
    this.world.strike(this.step, 'enumerator');
    if (this.world.scheduler.chance(0.7)) return this.answer(subtask);
    this.context.callAsync(() => pause(this.world, this.thread), () => this.answer(subtask));
  }

  /** They go to the same reader again: it begins anew, and so do its event times. */
  addSplitsBack(splits: Split[], subtask: number): void {
    this.returned.set(subtask, [...(this.returned.get(subtask) ?? []), ...splits].sort((a, b) => a.index - b.index));
  }
  addReader(): void {}
  snapshotState(): Remaining {
    return { splits: [...this.splits], returned: [...this.returned].map(([subtask, splits]) => [subtask, [...splits]] as const) };
  }

  close(): void {
    if (this.closed) this.world.scheduler.violated(`${this.name} was closed twice`);
    this.closed = true;
    this.world.unclosed.delete(this.name);
  }

  private answer(subtask: number): void {
    const split = this.returned.get(subtask)?.shift() ?? this.splits.shift();
    if (split) this.context.assignSplit(split, subtask);
    else this.context.signalNoMoreSplits(subtask);
  }
}

class RandomReader implements SourceReader<Envelope, Split> {
  private split: Split | undefined;
  private readonly more: Split[] = [];
  private at = 0;
  private sequence = 0;
  private asked = false;
  private over = false;
  private idle = false;
  private closed = false;
  private lastWatermark = Number.NEGATIVE_INFINITY;
  private arrival: (() => void) | undefined;
  private readonly name: string;

  constructor(private readonly world: World, private readonly step: Step, private readonly thread: SimulatedThread, private readonly context: SourceReaderContext<Split>) {
    this.name = `reader of ${stepName(step)} #${context.subtaskIndex}`;
  }

  async start(): Promise<void> {
    this.expectOpen('started');
    this.world.unclosed.add(this.name);
    if (this.chance(0.3)) await pause(this.world, this.thread);
    this.world.strike(this.step, 'start');
    this.ask();
  }

  pollNext(output: ReaderOutput<Envelope>): InputStatus {
    this.expectOpen('polled');
    this.world.strike(this.step, 'poll');
    if (this.world.job.idleness && this.chance(this.over ? 0.5 : 0.1)) this.turnIdle(output);
    if (!this.split) return this.over ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
    for (let spurt = randomInt(this.world.scheduler.random, 20); spurt > 0 && this.at < this.split.size; spurt--) {
      if (output.full) return 'MORE_AVAILABLE';
      this.emit(this.split, output);
    }
    if (this.at >= this.split.size) {
      this.split = undefined;
      this.asked = false;
      this.next();
      if (!this.split) this.ask();
    }
    return this.chance(0.3) ? 'NOTHING_AVAILABLE' : this.split || this.over ? 'MORE_AVAILABLE' : 'NOTHING_AVAILABLE';
  }

  async isAvailable(): Promise<void> {
    this.world.strike(this.step, 'available');
    if (this.split || this.over) return this.chance(0.5) ? pause(this.world, this.thread) : undefined;
    return new Promise((resolve) => (this.arrival = resolve));
  }

  addSplits(splits: Split[]): void {
    this.expectOpen('given splits');
    this.more.push(...splits);
    this.next();
    this.arrival?.();
  }

  notifyNoMoreSplits(): void {
    this.over = true;
    this.arrival?.();
  }

  snapshotState(): Split[] {
    return this.split ? [{ ...this.split, read: this.at }, ...this.more] : [...this.more];
  }

  async close(): Promise<void> {
    this.expectOpen('closed');
    this.closed = true;
    this.world.unclosed.delete(this.name);
    if (this.chance(0.2)) await pause(this.world, this.thread);
    this.world.strike(this.step, 'close');
  }

  private emit(split: Split, output: ReaderOutput<Envelope>): void {
    const { rec, timestamp } = sourceRecord(this.step, split.index, this.at++);
    this.world.arrive(this.step.id);
    output.collect({ rec, node: this.step.id, subtask: this.context.subtaskIndex, attempt: this.context.runtime!.getAttemptNumber(), sequence: this.sequence++, tag: '' }, timestamp);
    if (this.idle && this.chance(0.5)) {
      this.idle = false;
      output.markActive!();
    }
    if (!this.chance(0.1) || timestamp <= this.lastWatermark) return;
    this.lastWatermark = timestamp;
    output.emitWatermark!(timestamp);
  }

  private turnIdle(output: ReaderOutput<Envelope>): void {
    this.idle = true;
    output.markIdle!();
  }

  private next(): void {
    if (this.split || this.more.length === 0) return;
    this.split = this.more.shift()!;
    this.at = this.split.read;
  }

  private ask(): void {
    if (this.asked || this.over) return;
    this.asked = true;
    this.context.sendSplitRequest();
  }

  private chance(probability: number): boolean {
    return this.world.scheduler.chance(probability);
  }

  private expectOpen(what: string): void {
    if (this.closed && this.thread.alive) this.world.scheduler.violated(`${this.name} was ${what} after it was closed`);
  }
}
