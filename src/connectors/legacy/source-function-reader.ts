/**
 * Runs a source function and emits what it collects.
 *
 * A function that returns at once runs inside a poll; one that gives a promise runs by itself and is held back by the
 * promises of `collect`; a generator is advanced while there is room.
 *
 * Invariants: `cancel` is called once when the reader closes before the function has ended, and what it collects from
 * then on is dropped; the function's `close` follows when it has ended, or has not done so within a moment.
 */
import { sleep, type Clock } from '../../core/clock.js';
import type { SourceFunction } from '../../operators/functions.js';
import type { FunctionLifeCycleCalls } from '../../operators/operator.js';
import type { InputStatus, ReaderOutput, SnapshotMoment, SourceReader, SourceReaderContext } from '../../operators/source.js';
import { SourceEvents } from './source-events.js';

/** Values of a generator taken in one turn at most. */
const TURN = 4096;
/** How long a cancelled function may take to end before it is closed. */
const GRACE_MS = 1000;

export class SourceFunctionReader<T> implements SourceReader<T, never> {
  private readonly events = new SourceEvents<T>();
  private readonly lifeCycle: FunctionLifeCycleCalls | undefined;
  private opened = false;
  private begun = false;
  private ended = false;
  private failure: { readonly error: unknown } | undefined;
  private generator: Iterator<T | undefined> | undefined;
  /** Settles when a function that runs by itself has ended. */
  private running: Promise<void> | undefined;

  constructor(
    context: SourceReaderContext<never>,
    private readonly source: SourceFunction<T>,
    private readonly clock: Clock,
  ) {
    this.lifeCycle = context.lifeCycleOf?.(source);
  }

  start(): void | Promise<void> {
    this.opened = true;
    return this.lifeCycle ? this.lifeCycle.open?.() : this.source.open?.({ attemptNumber: 0 });
  }

  pollNext(output: ReaderOutput<T>): InputStatus {
    this.events.lock.leave();
    this.events.attached(output, () => this.advance(output));
    if (!this.events.empty) return 'MORE_AVAILABLE';
    if (this.failure) throw this.failure.error;
    if (this.ended) return 'END_OF_INPUT';
    return this.generator ? 'MORE_AVAILABLE' : 'NOTHING_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    return this.ended || this.generator ? Promise.resolve() : this.events.available();
  }

  addSplits(): void {}

  notifyNoMoreSplits(): void {}

  snapshotState(): never[] {
    return [];
  }

  holdsSnapshots(): Promise<void> | undefined {
    return this.events.lock.turn();
  }

  /** What the function has collected belongs before the barrier, for its state counts it. */
  prepareSnapshot(checkpoint: SnapshotMoment, output: ReaderOutput<T>): void | Promise<void> {
    this.events.flush(output);
    const { lock } = this.events;
    lock.enter();
    const kept = this.lifeCycle?.snapshotState?.({ ...checkpoint, kind: 'checkpoint' });
    if (kept instanceof Promise) return kept.then(() => lock.leave());
    lock.leave();
    return undefined;
  }

  notifyCheckpointComplete(checkpointId: number): void | Promise<void> {
    return this.lifeCycle?.notifyCheckpointComplete?.(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void | Promise<void> {
    return this.lifeCycle?.notifyCheckpointAborted?.(checkpointId);
  }

  async close(): Promise<void> {
    const cancelled = this.begun && !this.ended;
    this.events.close();
    if (cancelled) {
      this.source.cancel?.();
      this.generator?.return?.();
      if (this.running) await Promise.race([this.running, sleep(this.clock, GRACE_MS)]);
    }
    if (this.opened) await this.source.close?.();
  }

  private advance(output: ReaderOutput<T>): void {
    if (output.full) return;
    if (!this.begun) this.begin();
    for (let turn = 0; this.generator && turn < TURN && !output.full; turn++) {
      const next = this.generator.next();
      if (next.done) {
        this.generator = undefined;
        this.ended = true;
      } else if (next.value === undefined) break;
      else void this.events.collect(next.value);
    }
  }

  private begin(): void {
    this.begun = true;
    const run: unknown = this.source.run(this.events);
    if (run instanceof Promise) this.follow(run);
    else if (typeof run !== 'object' || run === null) this.ended = true;
    else if (Symbol.asyncIterator in run) this.follow(this.pump(run as AsyncIterable<T | undefined>));
    else if (Symbol.iterator in run) this.generator = (run as Iterable<T | undefined>)[Symbol.iterator]();
    else this.ended = true;
  }

  private follow(run: Promise<unknown>): void {
    this.running = run
      .catch((error: unknown) => {
        this.failure = { error };
      })
      .then(() => {
        this.ended = true;
        this.events.lock.release();
        this.events.touch();
      });
  }

  private async pump(values: AsyncIterable<T | undefined>): Promise<void> {
    for await (const value of values) {
      await (value === undefined ? this.events.ready() : this.events.collect(value));
      if (this.events.closed) break;
    }
  }
}
