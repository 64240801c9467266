/**
 * Writes records to a sink (Flink: `SinkWriterOperator`, `StreamSink`).
 *
 * Invariants:
 * - At most one `write` or `flush` of the writer is pending. While one is, the gate holds the task's input, and
 *   records that are on their way already (a fan-out upstream) wait in a queue.
 * - A rejected promise fails the task like an error thrown by `write`.
 * - Every record is written and flushed with `endOfInput` before `finish` resolves; every record that came before a
 *   checkpoint is written and flushed before `snapshotState` resolves.
 * - Records that come before a late `open` wait in the queue as behind a pending `write`.
 */
import { Fifo } from '../core/fifo.js';
import { MIN_TIMESTAMP, NO_TIMESTAMP } from '../core/timestamp.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { ListState } from '../state/state.js';
import type { SinkFunction, SinkFunctionLike } from './functions.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { RecordContext } from './record-context.js';
import type { Sink, SinkContext, SinkWriter } from './sink.js';
import { attributeError } from './specialise.js';
import { SinkCommitting } from './sink-committing.js';
import { boundMethod, type FunctionLifeCycleCalls, userFunction } from './user-function.js';

/** Records of a `Sink` (`stream.sinkTo(sink)`). It emits what it prepares for the sink's global committer, if there is one. */
export function sinkOperator<T, COMMITTABLE = never, STATE = never>(sink: Sink<T, COMMITTABLE, STATE>): OperatorDefinition<COMMITTABLE> {
  return {
    instantiate(context) {
      return writing<T, COMMITTABLE, STATE>(context, (writing) => openSink(sink, context, writing));
    },
  };
}

/** What a snapshot has to commit comes before anything is written. */
async function openSink<T, COMMITTABLE, STATE>(sink: Sink<T, COMMITTABLE, STATE>, context: OperatorContext<COMMITTABLE>, writing: Writing<T, COMMITTABLE, STATE>): Promise<void> {
  const { runtime, mailbox, host, clock, random, operatorState, restoredCheckpointId } = context;
  const facts = { runtime, mailbox, host, clock, random };
  if (sink.createCommitter) {
    const committing = new SinkCommitting(await sink.createCommitter(facts), operatorState, clock, runtime.getTaskInfo().getTaskName(), (text) => host.print('stderr', `${text}\n`));
    writing.committing = committing;
    if (restoredCheckpointId !== null) await committing.restore();
  } else if (sink.createGlobalCommitter) {
    writing.handOver = (committable) => context.output.emit(committable, NO_TIMESTAMP);
  }
  if (!sink.restoreWriter) {
    writing.writer = await sink.createWriter(facts);
    return;
  }
  writing.writerStates = operatorState.getListState(new ListStateDescriptor<STATE>('writer-states'));
  writing.writer = await (restoredCheckpointId === null ? sink.createWriter(facts) : sink.restoreWriter(facts, [...writing.writerStates.get()]));
}

/**
 * Records of a `SinkFunction` (`stream.addSink(fn)`).
 * @param keyOf given when the function may ask for keyed state. The key is set when a record is written, which may be
 * long after it came.
 */
export function sinkFunctionOperator<T>(fn: SinkFunctionLike<T>, keyOf?: (value: T) => unknown): OperatorDefinition<never> {
  const make = userFunction<SinkFunction<T>>(fn, { operator: 'addSink', methods: ['invoke'], optional: ['finish'], mayBeAsync: true });
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      const keyed = keyOf ? context.keyed : undefined;
      const writer: SinkWriter<T> = {
        write: keyed && keyOf
          ? (value, sinkContext) => {
            keyed.setCurrentKey(keyOf(value));
            return call.invoke(value, sinkContext);
          }
          : (value, sinkContext) => call.invoke(value, sinkContext),
        flush: (endOfInput) => (endOfInput ? call.finish?.() : undefined),
        close: () => lifeCycle.close?.(),
      };
      return writing<T>(context, (writing) => {
        // In place before `open`, so that `close` follows also when `open` fails.
        writing.writer = writer;
        return lifeCycle.open?.();
      }, lifeCycle, keyed && keyOf && ((value) => keyed.setCurrentKey(keyOf(value))));
    },
  };
}

function writing<T, COMMITTABLE = never, STATE = never>(
  context: OperatorContext<COMMITTABLE>,
  open: (writing: Writing<T, COMMITTABLE, STATE>) => void | Promise<void>,
  ofFunction: FunctionLifeCycleCalls = {},
  setKey?: (value: T) => void,
): Operator {
  const state = new Writing<T, COMMITTABLE, STATE>(context, setKey);
  const { notifyCheckpointAborted } = ofFunction;
  return {
    inputs: [context.specialise(sinkKernel<T>)(state, state.record)],
    opensLast: true,
    awaitOpening: () => state.awaitOpening(),
    async open() {
      await open(state);
      state.opened();
    },
    watermark: (timestamp) => state.watermark(timestamp),
    flush: () => state.flush(),
    async snapshotState(checkpoint) {
      await state.snapshotState(checkpoint.checkpointId);
      await ofFunction.snapshotState?.(checkpoint);
    },
    async notifyCheckpointComplete(checkpointId) {
      await state.committing?.commitUpTo(checkpointId);
      await ofFunction.notifyCheckpointComplete?.(checkpointId);
    },
    ...(notifyCheckpointAborted && { notifyCheckpointAborted }),
    finish: () => state.finish(),
    close: () => state.close(),
  };
}

function sinkKernel<T>(state: RecordTaker<T>, record: RecordContext): Emit<T> {
  return function sink(value, timestamp) {
    state.unflushed = true;
    if (state.pending !== undefined) {
      state.later(value, timestamp);
      return;
    }
    record.time = timestamp;
    const written = state.write(value, record);
    // A sink function written as a lambda may return anything.
    if (typeof written === 'object' && written !== null && typeof written.then === 'function') state.wait(written);
  };
}

/** What the hot function needs of `Writing`. */
interface RecordTaker<T> {
  unflushed: boolean;
  readonly pending: Promise<unknown> | undefined;
  readonly write: (value: T, context: SinkContext) => void | Promise<void>;
  wait(promise: PromiseLike<unknown>): void;
  /** Something is pending. */
  later(value: T, timestamp: number): void;
}

/** One subtask's writer and whatever it has not finished yet. */
class Writing<T, COMMITTABLE = never, STATE = never> implements RecordTaker<T> {
  readonly record: RecordContext;
  /** The `write` or `flush` under way, or the opening that is waited for. */
  pending: Promise<unknown> | undefined;
  private readonly queue = new Fifo<{ readonly value: T; readonly timestamp: number }>();
  /** The writer's method, guarded where errors need it. */
  write: (value: T, context: SinkContext) => void | Promise<void>;
  /** Something came since the last flush. Without it an asynchronous flush would wake the task for the next one. */
  unflushed = false;
  /** Set by a sink with a committer. */
  committing: SinkCommitting<COMMITTABLE> | undefined;
  /** Set by a sink with a global committer: takes what is to be committed there. */
  handOver: ((committable: COMMITTABLE) => void) | undefined;
  /** Set by a sink whose writers keep state. */
  writerStates: ListState<STATE> | undefined;
  private current: SinkWriter<T, COMMITTABLE, STATE> | undefined;
  private flushWanted = false;
  /** The mailbox has no part in what is still pending. */
  private ending = false;
  /** The same for as long as a checkpoint takes. */
  private carrying = false;
  private closed = false;
  /** The gate is held. */
  private held = false;
  /** Called when the late opening is over, or not to come any more. */
  private letOpen: (() => void) | undefined;

  /** @param setKey for a function with keyed state: a key of another type is found before the sink is opened. */
  constructor(private readonly context: OperatorContext<COMMITTABLE>, private readonly setKey?: (value: T) => void) {
    this.record = new RecordContext(context);
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

  /** Until it is opened everything waits; input is held only when something has come. */
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
    this.hold();
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
      if (this.handOver && !this.ending) await this.handOverAll(this.handOver);
      else this.committing?.prepared(checkpointId, (await this.current?.prepareCommit?.()) ?? []);
      if (this.writerStates) this.writerStates.update((await this.current?.snapshotState?.(checkpointId)) ?? []);
    });
  }

  /** From here on the mailbox has no part in anything. */
  finish(): Promise<void> {
    this.ending = true;
    return this.carried(async () => {
      await this.current?.flush(true);
      if (this.handOver) return this.handOverAll(this.handOver);
      // With checkpoints the last of them commits.
      if (!this.context.host.checkpointing) await this.committing?.commit((await this.current?.prepareCommit?.()) ?? []);
    });
  }

  private async handOverAll(handOver: (committable: COMMITTABLE) => void): Promise<void> {
    for (const committable of (await this.current?.prepareCommit?.()) ?? []) handOver(committable);
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
    this.closed = true;
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
