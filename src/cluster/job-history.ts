/**
 * What a job remembers of its failures and of attempts that have ended, newest first (Flink: the exception history and
 * the execution history).
 *
 * Invariants: a failure that came along with another one is told with it; only so many of each are kept.
 */
import type { AttemptId } from './execution/execution-graph.js';
import type { ExecutionChange } from './execution/execution-step.js';
import { isExecutionTerminal } from './execution/execution-state.js';
import type { JobException, PastAttempt } from './running-job.js';

/** For one subtask. */
const PAST_ATTEMPTS_MAX = 16;
/** A job with a thousand subtasks may have a thousand failures at once. */
const CONCURRENT_MAX = 16;

interface Entry extends JobException {
  readonly concurrent: JobException[];
}

export class JobHistory {
  private readonly entries: Entry[] = [];
  private readonly attempts = new Map<string, PastAttempt[]>();
  /** When the current attempt of a subtask was deployed. */
  private readonly deployed = new Map<string, number>();

  /** @param exceptionsMax how many failures are remembered. */
  constructor(private readonly exceptionsMax: number, private readonly nameOf: (vertexId: string) => string) {}

  /** Takes note of what has happened, in its order. */
  note(change: ExecutionChange, time: number): void {
    if (change.type === 'execution-state') {
      if (change.state === 'DEPLOYING') this.deployed.set(keyOf(change), time);
      else if (isExecutionTerminal(change.state)) this.ended({ ...change, state: change.state }, time);
    } else if (change.type === 'failure') {
      const { error, task, time: at } = change.failure;
      const exception: JobException = { error, time: at, ...(task ? { task: { ...task, name: this.nameOf(task.vertexId) } } : {}), concurrent: [] };
      const cause = this.entries[0];
      if (!change.concurrent || !cause) {
        this.entries.unshift(exception as Entry);
        this.entries.length = Math.min(this.entries.length, this.exceptionsMax);
      } else if (cause.concurrent.length < CONCURRENT_MAX) cause.concurrent.push(exception);
    }
  }

  /** The failures, newest first. */
  exceptions(): readonly JobException[] {
    return this.entries.map((entry) => ({ ...entry, concurrent: [...entry.concurrent] }));
  }

  /** The attempts that others have replaced, subtask by subtask, newest first; `isCurrent` tells those that none has. */
  pastAttempts(isCurrent: (attempt: AttemptId) => boolean): readonly PastAttempt[] {
    return [...this.attempts.values()].flat().filter((attempt) => !isCurrent(attempt));
  }

  private ended({ vertexId, subtask, attempt, state, error }: Extract<ExecutionChange, { type: 'execution-state' }>, time: number): void {
    const key = keyOf({ vertexId, subtask });
    const past = this.attempts.get(key) ?? [];
    past.unshift({ vertexId, subtask, attempt, state, startTime: this.deployed.get(key) ?? time, endTime: time, ...(error ? { error } : {}) });
    past.length = Math.min(past.length, PAST_ATTEMPTS_MAX + 1);
    this.attempts.set(key, past);
    this.deployed.delete(key);
  }
}

function keyOf({ vertexId, subtask }: Pick<AttemptId, 'vertexId' | 'subtask'>): string {
  return `${vertexId}/${subtask}`;
}
