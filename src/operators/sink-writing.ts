/**
 * One subtask's writer of a sink and whatever it has not finished yet.
 *
 * Invariants: as those of `sink-operator.ts`, which it does the work for.
 */
import { Fifo } from '../core/fifo.js';
import { MIN_TIMESTAMP } from '../core/timestamp.js';
import type { ListState } from '../state/state.js';
import { END_OF_INPUT_CHECKPOINT } from './committable-message.js';
import type { OperatorContext } from './operator.js';
import { RecordContext } from './record-context.js';
import type { SinkContext, SinkWriter } from './sink.js';
import type { SinkCommitting } from './sink-committing.js';
import { type SinkFacts, sinkWriterContext } from './sink-writer-context.js';
import { attributeError } from './specialise.js';
import { boundMethod } from './user-function.js';

/** Records that wait for a late opening before input is held: others than those that come here first may be waited for. */
const LATE_RECORDS = 4_096;

/** What the hot function needs of `Writing`. */
export interface RecordTaker<T> {
  unflushed: boolean;
  readonly pending: Promise<unknown> | undefined;
  readonly write: (value: T, context: SinkContext) => void | Promise<void>;
  wait(promise: PromiseLike<unknown>): void;
  /** Something is pending. */
  later(value: T, timestamp: number): void;
}

/** One subtask's writer and whatever it has not finished yet. */
export class Writing<T, COMMITTABLE = never, STATE = never> implements RecordTaker<T> {
  readonly record: RecordContext;
  /** What writer and committer are told. */
  readonly facts: SinkFacts;
  /** The `write` or `flush` under way, or the opening that is waited for. */
  pending: Promise<unknown> | undefined;
  private readonly queue = new Fifo<{ readonly value: T; readonly timestamp: number }>();
  /** The writer's method, guarded where errors need it. */
  write: (value: T, context: SinkContext) => void | Promise<void>;
  /** Something came since the last flush. Without it an asynchronous flush would wake the task for the next one. */
  unflushed = false;
  /** Set by a sink with a committer. */
  committing: SinkCommitting<COMMITTABLE> | undefined;
  /** Set by a sink whose committer is another operator: takes what is to be committed there. */
  handOver: ((committables: readonly COMMITTABLE[], checkpointId: number) => void) | undefined;
  /** Set by a sink whose writers keep state. */
  writerStates: ListState<STATE> | undefined;
  private current: SinkWriter<T, COMMITTABLE, STATE> | undefined;
  private flushWanted = false;
  /** The mailbox has no part in what is still pending. */
  private ending = false;
  /** The same for as long as a checkpoint takes. */
  private carrying = false;
  private closed = false;
  /** All input has come. What comes all the same tells of the last checkpoint. */
  private finished = false;
  /** The gate is held. */
  private held = false;
  /** Called when the late opening is over, or not to come any more. */
  private letOpen: (() => void) | undefined;

  /** @param setKey for a function with keyed state: a key of another type is found before the sink is opened. */
  constructor(private readonly context: OperatorContext<never>, private readonly setKey?: (value: T) => void) {
    this.record = new RecordContext(context);
    this.facts = sinkWriterContext(context);
    this.write = () => undefined;
  }

  set writer(writer: SinkWriter<T, COMMITTABLE, STATE>) {
    this.current = writer;
    this.write = boundMethod<SinkWriter<T, COMMITTABLE, STATE>, 'write'>(this.context.specialise, writer, 'write');
  }

  /** Takes no more input until the promise has settled and the queue is written. */
  wait(promise: PromiseLike<unknown>): void {
    this.hold();
    const pending = Promise.resolve(promise);
    this.pending = pending;
    const { mailbox } = this.context;
    pending.then(() => mailbox.execute(() => this.settled(pending)), (error: unknown) => mailbox.execute(() => this.failed(pending, error)));
  }

  /** Until it is opened everything waits; input is held only when much has come. */
  awaitOpening(): void {
    this.pending = new Promise<void>((resolve) => (this.letOpen = resolve));
  }

  opened(): void {
    const { pending, letOpen } = this;
    if (!letOpen || this.closed) return;
    this.letOpen = undefined;
    if (this.record.eventTime !== MIN_TIMESTAMP) this.current?.writeWatermark?.(this.record.eventTime);
    letOpen();
    this.context.mailbox.execute(() => this.settled(pending!));
  }

  later(value: T, timestamp: number): void {
    this.queue.push({ value, timestamp });
    if (!this.letOpen) return;
    this.setKey?.(value);
    if (this.queue.length >= LATE_RECORDS) this.hold();
  }

  private hold(): void {
    if (this.held) return;
    this.held = true;
    this.context.gate.hold();
  }

  watermark(timestamp: number): void {
    this.record.eventTime = timestamp;
    this.current?.writeWatermark?.(timestamp);
    this.context.output.watermark(timestamp);
  }

  flush(): void {
    if (this.ending || this.carrying || !this.unflushed) return;
    if (this.pending !== undefined) {
      this.flushWanted = true;
      return;
    }
    this.flushWanted = false;
    this.unflushed = false;
    const flushed = this.current?.flush(false);
    if (isPromise(flushed)) this.wait(flushed);
  }

  /** Everything written so far is flushed, what there is to commit is prepared, and the writer's state is taken. */
  snapshotState(checkpointId: number): Promise<void> {
    return this.carried(async () => {
      await this.current?.flush(false);
      this.unflushed = false;
      this.flushWanted = false;
      // After the end of the input nothing can be handed over any more, nor is there anything left.
      if (!this.handOver) this.committing?.prepared(checkpointId, (await this.current?.prepareCommit?.()) ?? []);
      else if (!this.finished) this.handOver((await this.current?.prepareCommit?.()) ?? [], checkpointId);
      if (this.writerStates) this.writerStates.update((await this.current?.snapshotState?.(checkpointId)) ?? []);
    });
  }

  /** Meanwhile the mailbox has no part in anything. */
  async finish(): Promise<void> {
    this.ending = true;
    await this.carried(async () => {
      await this.current?.flush(true);
      this.unflushed = false;
      this.flushWanted = false;
      if (this.handOver) this.handOver((await this.current?.prepareCommit?.()) ?? [], END_OF_INPUT_CHECKPOINT);
      // With checkpoints the last of them commits.
      else if (!this.context.host.checkpointing) await this.committing?.commit((await this.current?.prepareCommit?.()) ?? []);
    });
    this.ending = this.closed;
    this.finished = true;
  }

  /** Writes everything that waits, then does the work. The promise carries all work and all errors, not the mailbox. */
  private async carried(work: () => Promise<void>): Promise<void> {
    this.carrying = true;
    try {
      await this.pending;
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        const { value, timestamp } = next;
        if (this.closed) return;
        this.record.time = timestamp;
        await this.write(value, this.record);
      }
      if (!this.closed) await work();
    } catch (error) {
      attributeError(this.context.specialise, error);
      throw error;
    } finally {
      this.carrying = false;
      this.release();
    }
  }

  async close(): Promise<void> {
    this.ending = true;
    try {
      // It came behind the end of the input: nobody else flushes it.
      if (this.finished && (this.unflushed || this.pending !== undefined)) await this.carried(async () => this.current?.flush(true));
    } finally {
      await this.closeAll();
    }
  }

  private async closeAll(): Promise<void> {
    this.closed = true;
    this.facts.close();
    this.letOpen?.();
    try {
      await this.current?.close?.();
    } finally {
      await this.committing?.close();
    }
  }

  /** A promise that somebody else has awaited meanwhile is of no interest any more. */
  private settled(pending: Promise<unknown>): void {
    if (this.ending || this.carrying || this.pending !== pending) return;
    // Still pending while the queue is written: a record that arrives meanwhile belongs behind it.
    while (this.queue.length > 0) {
      const { value, timestamp } = this.queue.shift()!;
      this.record.time = timestamp;
      const written = this.write(value, this.record);
      if (isPromise(written)) return this.wait(written);
    }
    this.release();
    if (this.flushWanted) this.flush();
  }

  private failed(pending: Promise<unknown>, error: unknown): void {
    if (this.ending || this.carrying || this.pending !== pending) return;
    attributeError(this.context.specialise, error);
    throw error;
  }

  private release(): void {
    this.pending = undefined;
    if (!this.held) return;
    this.held = false;
    this.context.gate.release();
  }
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof result === 'object' && result !== null && typeof (result as PromiseLike<unknown>).then === 'function';
}
