/**
 * When the tasks of a job that goes on from a snapshot may begin: after all of them have opened their operators, so that
 * state which does not fit is found before a record is read and before a sink has touched anything.
 *
 * Invariant: tasks that are deployed while the job waits wait themselves, those of a restart too; none waits after.
 */
import { FlinkError } from '../core/errors.js';
import { type AttemptId, attemptName, type currentAttempts } from './execution/execution-graph.js';

export class StagedStart {
  private readonly ready = new Set<string>();

  /** @param waits whether there is anything to wait for. */
  constructor(private waits: boolean) {}

  /** Whether the job has yet to begin. */
  get waiting(): boolean {
    return this.waits;
  }

  /**
   * An attempt has opened its operators.
   *
   * @param current all attempts as they stand.
   * @returns true once: with the last of them, when all are still there.
   */
  opened(attempt: AttemptId, current: ReturnType<typeof currentAttempts>): boolean {
    this.ready.add(attemptName(attempt));
    if (!this.waits || !current.every((each) => each.state === 'INITIALIZING' && this.ready.has(attemptName(each)))) return false;
    this.waits = false;
    return true;
  }

  /** Whether a job that ended with this error was not to go on from its snapshot at all. */
  refusedBy(error: Error | undefined): boolean {
    return this.waits && error instanceof FlinkError && error.code === 'STATE_INCOMPATIBLE';
  }
}
