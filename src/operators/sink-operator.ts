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
import { NO_TIMESTAMP } from '../core/timestamp.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import { type CommittableMessage, committableMessages } from './committable-message.js';
import type { SinkFunction, SinkFunctionLike } from './functions.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import type { RecordContext } from './record-context.js';
import type { Sink, SinkWriter } from './sink.js';
import { commitSurroundings } from './commit-requests.js';
import { preparedState, SinkCommitting } from './sink-committing.js';
import { type RecordTaker, Writing } from './sink-writing.js';
import { type FunctionLifeCycleCalls, userFunction } from './user-function.js';

/** Records of a `Sink` (`stream.sinkTo(sink)`). It emits what it prepares for the sink's global committer, if there is one. */
export function sinkOperator<T, COMMITTABLE = never, STATE = never>(sink: Sink<T, COMMITTABLE, STATE>): OperatorDefinition<COMMITTABLE> {
  return {
    instantiate(context) {
      return writing<T, COMMITTABLE, STATE>(context, (writing) => openSink(sink, context, writing));
    },
  };
}

/**
 * The writer of a sink whose committer is an operator of its own: it emits what it prepares for each checkpoint. What it had to
 * commit itself, when the sink was one operator, it emits first.
 */
export function sinkWriterOperator<T, RESULT, STATE>(sink: Pick<Sink<T, unknown, STATE, RESULT>, 'createWriter' | 'restoreWriter'>): OperatorDefinition<CommittableMessage<RESULT>> {
  return {
    instantiate(context) {
      return writing<T, RESULT, STATE>(context, async (writing) => {
        writing.handOver = (results, checkpointId) => sendToCommitter(context, results, checkpointId);
        handOverOwn(context);
        await openWriter(sink, context, writing);
      });
    },
  };
}

function sendToCommitter<RESULT>({ output, runtime }: OperatorContext<CommittableMessage<RESULT>>, results: readonly RESULT[], checkpointId: number): void {
  const place = { subtaskId: runtime.getTaskInfo().getIndexOfThisSubtask(), numberOfSubtasks: runtime.getTaskInfo().getNumberOfParallelSubtasks(), checkpointId };
  for (const message of committableMessages(results, place)) output.emit(message, NO_TIMESTAMP);
}

function handOverOwn<RESULT>(context: OperatorContext<CommittableMessage<RESULT>>): void {
  const { operatorState, mailbox, restoredCheckpointId } = context;
  if (restoredCheckpointId === null) return;
  const own = preparedState<RESULT>(operatorState);
  const results = [...own.get()].map(({ committable }) => committable);
  if (results.length === 0) return;
  // Those behind it may not be open yet.
  mailbox.execute(() => {
    sendToCommitter(context, results, restoredCheckpointId);
    own.update([]);
  });
}

/** What a snapshot has to commit comes before anything is written. */
async function openSink<T, COMMITTABLE, STATE>(sink: Sink<T, COMMITTABLE, STATE>, context: OperatorContext<COMMITTABLE>, writing: Writing<T, COMMITTABLE, STATE>): Promise<void> {
  const { operatorState, restoredCheckpointId } = context;
  if (sink.createCommitter) {
    const committer = await sink.createCommitter(writing.facts);
    const committing = new SinkCommitting(committer, operatorState, commitSurroundings(context), context.runtime.getMetricGroup());
    writing.committing = committing;
    if (restoredCheckpointId !== null) await committing.restore();
  } else if (sink.createGlobalCommitter) {
    writing.handOver = (committables) => {
      for (const committable of committables) context.output.emit(committable, NO_TIMESTAMP);
    };
  }
  await openWriter(sink, context, writing);
}

async function openWriter<T, RESULT, STATE>(
  sink: Pick<Sink<T, unknown, STATE, RESULT>, 'createWriter' | 'restoreWriter'>, context: OperatorContext<never>, writing: Writing<T, RESULT, STATE>,
): Promise<void> {
  const { operatorState, restoredCheckpointId } = context;
  const { facts } = writing;
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
  context: OperatorContext<never>,
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
