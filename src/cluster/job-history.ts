/**
 * What a job remembers: when it and its tasks entered which state, its failures, and attempts that have ended, newest
 * first (Flink: the exception history and the execution history).
 *
 * Invariants: a failure that came along with another one is told with it; only so many of each are kept.
 */
import type { AttemptId } from './execution/execution-graph.js';
import type { ExecutionChange } from './execution/execution-step.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import { type ExecutionState, isExecutionTerminal } from './execution/execution-state.js';
import type { JobException, PastAttempt, StateTimes } from './running-job.js';

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
  /** When the current attempt of a subtask entered which state. */
  private readonly current = new Map<string, { readonly attempt: number; readonly times: Partial<Record<ExecutionState, number>> }>();
  private readonly statuses: Partial<Record<JobStatus, number>>;

  /**
   * @param exceptionsMax how many failures are remembered.
   * @param created when the job came to be, in epoch milliseconds.
   */
  constructor(private readonly exceptionsMax: number, private readonly nameOf: (vertexId: string) => string, private readonly created: number) {
    this.statuses = { CREATED: created };
  }

  /** Takes note of what has happened, in its order. */
  note(change: ExecutionChange, time: number): void {
    if (change.type === 'execution-state') {
      this.entered(change, time);
      if (isExecutionTerminal(change.state)) this.ended({ ...change, state: change.state }, time);
    } else if (change.type === 'job-status') this.statuses[change.status] = time;
    else if (change.type === 'failure') {
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

  /** When the job last entered each status that it was in, in epoch milliseconds. */
  statusTimes(): StateTimes<JobStatus> {
    return { ...this.statuses };
  }

  /** When an attempt entered which state. */
  stateTimes(attempt: AttemptId): StateTimes<ExecutionState> {
    const known = this.current.get(keyOf(attempt));
    if (known?.attempt === attempt.attempt) return { ...known.times };
    return attempt.attempt === 0 ? { CREATED: this.created } : {};
  }

  private entered(change: AttemptId & { readonly state: ExecutionState }, time: number): void {
    const known = this.current.get(keyOf(change));
    const { times } = known?.attempt === change.attempt ? known : { times: { CREATED: change.attempt === 0 ? this.created : time } };
    this.current.set(keyOf(change), { attempt: change.attempt, times: { ...times, [change.state]: time } });
  }

  private ended({ vertexId, subtask, attempt, state, error }: Extract<ExecutionChange, { type: 'execution-state' }>, time: number): void {
    const key = keyOf({ vertexId, subtask });
    const past = this.attempts.get(key) ?? [];
    const timestamps = this.stateTimes({ vertexId, subtask, attempt });
    past.unshift({ vertexId, subtask, attempt, state, timestamps, startTime: timestamps.DEPLOYING ?? time, endTime: time, ...(error ? { error } : {}) });
    past.length = Math.min(past.length, PAST_ATTEMPTS_MAX + 1);
    this.attempts.set(key, past);
  }
}

function keyOf({ vertexId, subtask }: Pick<AttemptId, 'vertexId' | 'subtask'>): string {
  return `${vertexId}/${subtask}`;
}
