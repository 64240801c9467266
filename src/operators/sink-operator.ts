/**
 * Writes records to a sink (Flink: `SinkWriterOperator`, `StreamSink`).
 *
 * Invariants:
 * - At most one `write` or `flush` of the writer is pending. While one is, the gate holds the task's input, and
 *   records that are on their way already (a fan-out upstream) wait in a queue.
 * - A rejected promise fails the task like an error thrown by `write`.
 * - Every record is written and flushed with `endOfInput` before `finish` resolves.
 */
import { Fifo } from '../core/fifo.js';
import type { SinkFunction, SinkFunctionLike } from './functions.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { RecordContext } from './record-context.js';
import type { Sink, SinkContext, SinkWriter } from './sink.js';
import { attributeError } from './specialise.js';
import { boundMethod, userFunction } from './user-function.js';

/** Records of a `Sink` (`stream.sinkTo(sink)`). */
export function sinkOperator<T>(sink: Sink<T>): OperatorDefinition<never> {
  return {
    instantiate(context) {
      const { runtime, mailbox, host, clock } = context;
      return writing<T>(context, async (writing) => {
        writing.writer = await sink.createWriter({ runtime, mailbox, host, clock });
      });
    },
  };
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
      const { call, open, close } = make(context);
      const keyed = keyOf ? context.keyed : undefined;
      const writer: SinkWriter<T> = {
        write: keyed && keyOf
          ? (value, sinkContext) => {
            keyed.setCurrentKey(keyOf(value));
            return call.invoke(value, sinkContext);
          }
          : (value, sinkContext) => call.invoke(value, sinkContext),
        flush: (endOfInput) => (endOfInput ? call.finish?.() : undefined),
        close,
      };
      return writing<T>(context, (writing) => {
        // In place before `open`, so that `close` follows also when `open` fails.
        writing.writer = writer;
        return open();
      });
    },
  };
}

function writing<T>(context: OperatorContext<never>, open: (writing: Writing<T>) => void | Promise<void>): Operator {
  const state = new Writing<T>(context);
  return {
    inputs: [context.specialise(sinkKernel<T>)(state, state.record)],
    open: () => open(state),
    watermark: (timestamp) => state.watermark(timestamp),
    flush: () => state.flush(),
    finish: () => state.finish(),
    close: () => state.close(),
  };
}

function sinkKernel<T>(state: Writing<T>, record: RecordContext): Emit<T> {
  return function sink(value, timestamp) {
    state.unflushed = true;
    if (state.pending !== undefined) {
      state.queue.push({ value, timestamp });
      return;
    }
    record.time = timestamp;
    const written = state.write(value, record);
    // A sink function written as a lambda may return anything.
    if (typeof written === 'object' && written !== null && typeof written.then === 'function') state.wait(written);
  };
}

/** One subtask's writer and whatever it has not finished yet. */
class Writing<T> {
  readonly record: RecordContext;
  /** The `write` or `flush` under way. */
  pending: Promise<unknown> | undefined;
  readonly queue = new Fifo<{ readonly value: T; readonly timestamp: number }>();
  /** The writer's method, guarded where errors need it. */
  write: (value: T, context: SinkContext) => void | Promise<void>;
  /** Something came since the last flush. Without it an asynchronous flush would wake the task for the next one. */
  unflushed = false;
  private current: SinkWriter<T> | undefined;
  private flushWanted = false;
  /** The mailbox has no part in what is still pending. */
  private ending = false;
  private closed = false;

  constructor(private readonly context: OperatorContext<never>) {
    this.record = new RecordContext(context);
    this.write = () => undefined;
  }

  set writer(writer: SinkWriter<T>) {
    this.current = writer;
    this.write = boundMethod<SinkWriter<T>, 'write'>(this.context.specialise, writer, 'write');
  }

  /** Takes no more input until the promise has settled and the queue is written. */
  wait(promise: PromiseLike<unknown>): void {
    if (this.pending === undefined) this.context.gate.hold();
    const pending = Promise.resolve(promise);
    this.pending = pending;
    const { mailbox } = this.context;
    pending.then(() => mailbox.execute(() => this.settled()), (error: unknown) => mailbox.execute(() => this.failed(error)));
  }

  watermark(timestamp: number): void {
    this.record.eventTime = timestamp;
    this.current?.writeWatermark?.(timestamp);
    this.context.output.watermark(timestamp);
  }

  flush(): void {
    if (this.ending || !this.unflushed) return;
    if (this.pending !== undefined) {
      this.flushWanted = true;
      return;
    }
    this.flushWanted = false;
    this.unflushed = false;
    const flushed = this.current?.flush(false);
    if (isPromise(flushed)) this.wait(flushed);
  }

  /** From here on the promise returned carries all work and all errors, not the mailbox. */
  async finish(): Promise<void> {
    this.ending = true;
    try {
      await this.pending;
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        const { value, timestamp } = next;
        if (this.closed) return;
        this.record.time = timestamp;
        await this.write(value, this.record);
      }
      if (!this.closed) await this.current?.flush(true);
    } catch (error) {
      attributeError(this.context.specialise, error);
      throw error;
    } finally {
      this.release();
    }
  }

  close(): void | Promise<void> {
    this.ending = true;
    this.closed = true;
    return this.current?.close?.();
  }

  private settled(): void {
    if (this.ending) return;
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

  private failed(error: unknown): void {
    if (this.ending) return;
    attributeError(this.context.specialise, error);
    throw error;
  }

  private release(): void {
    if (this.pending === undefined) return;
    this.pending = undefined;
    this.context.gate.release();
  }
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof result === 'object' && result !== null && typeof (result as PromiseLike<unknown>).then === 'function';
}
