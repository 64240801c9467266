/**
 * What stands in for operators and sources that had finished when the checkpoint was taken which the job goes on from:
 * they see the end of their input at once and never come to life again (Flink: `FinishedOperatorChain`).
 */
import type { Operator } from '../operators/operator.js';
import type { TaskInput } from './task-input.js';

/** Takes nothing and lets event time through. */
export function finishedOperator(inputs: number): Operator {
  return { inputs: Array.from({ length: inputs }, () => () => {}) };
}

/** The input of a source that had nothing left to read. */
export function finishedInput(trigger: TaskInput['trigger']): TaskInput {
  return {
    run: () => 'ended',
    ready: true,
    pressing: false,
    drains: true,
    exhausted: true,
    restore: () => Promise.resolve(),
    start() {},
    stop() {},
    snapshotState() {},
    trigger,
    notifyCheckpointComplete() {},
    close() {},
    failing: () => undefined,
  };
}
