/**
 * Puts an operator of the engine under observation: unpacks envelopes on the way in, packs them on the way out, tells
 * the operator's life of every call, and lets `open`, `finish` and `close` take their time, fail or hang.
 */
import type { Operator, OperatorContext, OperatorDefinition } from '../../src/operators/operator.js';
import type { Emit, HashedEmit, Output } from '../../src/operators/output.js';
import type { TaskGate } from '../../src/runtime/gate.js';
import { OperatorLife } from './operator-life.js';
import type { Step } from './random-job.js';
import type { Envelope, Rec } from './records.js';
import type { SimulatedThread } from './scheduler.js';
import type { World } from './world.js';

export function observed(world: World, step: Step, thread: SimulatedThread, definition: OperatorDefinition<never>): OperatorDefinition {
  return {
    ...(definition.eventTime && { eventTime: definition.eventTime }),
    instantiate(context) {
      const life = new OperatorLife(world, step, thread, context.runtime);
      const inner = definition.instantiate({ ...context, output: packed(step, context, life) } as unknown as OperatorContext<never>);
      return watched(world, step, life, inner, context);
    },
  };
}

function packed(step: Step, { output, runtime }: OperatorContext, life: OperatorLife): Output<Rec> {
  const sequences = new Map<string, number>();
  const pack = (tag: string, emit: Emit): Emit<Rec> => (rec, timestamp) => {
    life.emitted();
    const sequence = sequences.get(tag) ?? 0;
    sequences.set(tag, sequence + 1);
    emit({ rec, node: step.id, subtask: runtime.getIndexOfThisSubtask(), attempt: runtime.getAttemptNumber(), sequence, tag } satisfies Envelope, timestamp);
  };
  return {
    emit: pack('', output.emit),
    side: <S>(tag: string) => pack(tag, output.side(tag)) as unknown as Emit<S>,
    watermark: (timestamp) => output.watermark(timestamp),
    idle: (idle) => output.idle(idle),
  };
}

function watched(world: World, step: Step, life: OperatorLife, inner: Operator, { output, gate }: OperatorContext): Operator {
  const held = (): boolean => (gate as TaskGate).holds > 0;
  const after = async (place: 'open' | 'finish' | 'close', call: (() => void | Promise<void>) | undefined): Promise<void> => {
    const { scheduler } = world;
    world.enter(step, place);
    if (scheduler.chance(0.3)) await new Promise<void>((resolve) => life.thread.clock.schedule(scheduler.random.next() * 10, resolve));
    await world.hang(step, place);
    // Closed while this finish took its time: the operator must not hear of it any more.
    if (place === 'finish' && life.stage === 'closed') return;
    world.strike(step, place);
    await call?.();
  };
  return {
    inputs: inner.inputs.map((next, input): Emit<never> => (value, timestamp) => {
      life.record(input, value, timestamp, undefined, held());
      next((value as Envelope).rec as never, timestamp);
    }),
    ...(inner.hashedInputs && { hashedInputs: inner.hashedInputs.map((next, input) => next && hashed(life, next, input, held)) }),
    open() {
      life.open();
      return after('open', () => inner.open?.()).then(() => life.opened());
    },
    watermark(timestamp) {
      life.advance(timestamp);
      if (inner.watermark) inner.watermark(timestamp);
      else output.watermark(timestamp);
    },
    idle(idle) {
      life.idle();
      if (inner.idle) inner.idle(idle);
      else output.idle(idle);
    },
    endInput(input) {
      life.endInput(input);
      inner.endInput?.(input);
    },
    flush() {
      life.flush();
      inner.flush?.();
    },
    snapshotState(checkpoint) {
      life.snapshot();
      return inner.snapshotState?.(checkpoint);
    },
    notifyCheckpointComplete(checkpointId) {
      life.notified(checkpointId);
      return inner.notifyCheckpointComplete?.(checkpointId);
    },
    notifyCheckpointAborted: (checkpointId) => inner.notifyCheckpointAborted?.(checkpointId),
    finish() {
      life.finish();
      return after('finish', () => inner.finish?.()).then(() => life.finished());
    },
    close() {
      life.close();
      return after('close', () => inner.close?.());
    },
  };
}

function hashed(life: OperatorLife, next: HashedEmit<never>, input: number, held: () => boolean): HashedEmit<never> {
  return (value, timestamp, hash) => {
    life.record(input, value, timestamp, hash, held());
    next((value as Envelope).rec as never, timestamp, hash);
  };
}
