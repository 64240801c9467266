/**
 * The life of one attempt to run a subtask, as Flink's `ExecutionState` has it.
 *
 * Invariants: a terminal state is never left; an attempt that is being cancelled ends CANCELED whatever its task
 * reports meanwhile (a task may finish or fail before the request reaches it).
 */
import { FlinkError } from '../../core/errors.js';

/** Flink's `ExecutionState` of one subtask attempt. */
export type ExecutionState =
  | 'CREATED' | 'SCHEDULED' | 'DEPLOYING' | 'INITIALIZING' | 'RUNNING' | 'FINISHED' | 'CANCELING' | 'CANCELED' | 'FAILED'
  | 'RECONCILING';

const NEXT: Readonly<Record<ExecutionState, readonly ExecutionState[]>> = {
  CREATED: ['SCHEDULED', 'CANCELED', 'FAILED'],
  SCHEDULED: ['DEPLOYING', 'CANCELED', 'FAILED'],
  // A task may have run, even ended, before its earlier reports are read.
  DEPLOYING: ['INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'FAILED'],
  INITIALIZING: ['RUNNING', 'FINISHED', 'CANCELING', 'FAILED'],
  RUNNING: ['FINISHED', 'CANCELING', 'FAILED'],
  CANCELING: ['CANCELED', 'FAILED'],
  RECONCILING: ['INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED'],
  FINISHED: [],
  CANCELED: [],
  FAILED: [],
};

/** What a task says about itself, beside which attempt it is. */
export type ReportedState = 'INITIALIZING' | 'RUNNING' | 'FINISHED' | 'CANCELED' | 'FAILED';

/** Whether an attempt in the state `from` may go to `to` in one step. */
export function canExecutionGo(from: ExecutionState, to: ExecutionState): boolean {
  return NEXT[from].includes(to);
}

export function isExecutionTerminal(state: ExecutionState): boolean {
  return NEXT[state].length === 0;
}

/**
 * The state after a request to cancel: an attempt that was not deployed is CANCELED at once, one that was has to
 * be told (CANCELING); undefined when it has ended or was told before.
 */
export function afterCancelRequest(state: ExecutionState): 'CANCELED' | 'CANCELING' | undefined {
  if (state === 'CREATED' || state === 'SCHEDULED') return 'CANCELED';
  return canExecutionGo(state, 'CANCELING') ? 'CANCELING' : undefined;
}

/**
 * The state after a report from the task; undefined when the report comes too late to matter.
 *
 * A task that says CANCELED without having been told to has failed.
 *
 * @throws FlinkError INTERNAL when the task was never deployed.
 */
export function afterReport(state: ExecutionState, reported: ReportedState): ExecutionState | undefined {
  if (isExecutionTerminal(state)) return undefined;
  if (state === 'CREATED' || state === 'SCHEDULED') {
    if (reported === 'FAILED') return 'FAILED';
    throw new FlinkError('INTERNAL', `expected no report from a task that is ${state}, got ${reported}`);
  }
  if (state === 'CANCELING') return isExecutionTerminal(reported) ? 'CANCELED' : undefined;
  if (reported === 'CANCELED') return 'FAILED';
  return canExecutionGo(state, reported) ? reported : undefined;
}

/** The state of all subtasks of a vertex in one word, as Flink shows it: the worst first, then the least advanced. */
export function aggregateState(states: readonly ExecutionState[]): ExecutionState {
  for (const telling of ['FAILED', 'CANCELING', 'CANCELED', 'INITIALIZING', 'RUNNING'] as const) {
    if (states.includes(telling)) return telling;
  }
  if (!states.includes('FINISHED')) return 'CREATED';
  return states.every((state) => state === 'FINISHED') ? 'FINISHED' : 'RUNNING';
}
