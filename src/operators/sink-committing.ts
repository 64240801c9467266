/**
 * What the writer of a sink has prepared and nobody has committed yet, by checkpoint (Flink: `CommitterOperator`).
 *
 * Invariants:
 * - What is prepared for a checkpoint is committed after that checkpoint, or a later one, is complete, and not before.
 * - Everything in the state when the job starts belongs to a complete checkpoint: it is committed first of all.
 * - Something that was committed leaves the state with the next checkpoint; until then a restart commits it again.
 */
import type { Clock } from '../core/clock.js';
import { sleep } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import type { ListState } from '../state/state.js';
import type { CommitRequest, Committer } from './sink.js';

const RETRY_MS = 1_000;

interface Prepared<COMMITTABLE> {
  readonly checkpointId: number;
  readonly committable: COMMITTABLE;
}

export class SinkCommitting<COMMITTABLE> {
  private readonly state: ListState<Prepared<COMMITTABLE>>;
  private waiting: Prepared<COMMITTABLE>[] = [];

  constructor(private readonly committer: Committer<COMMITTABLE>, operatorState: OperatorStateStore, private readonly clock: Clock, private readonly sinkName: string, private readonly warn: (text: string) => void) {
    this.state = operatorState.getListState(new ListStateDescriptor<Prepared<COMMITTABLE>>('committables'));
  }

  /** Commits what the restored snapshot holds. */
  async restore(): Promise<void> {
    this.waiting = [...this.state.get()];
    await this.commitUpTo(Number.POSITIVE_INFINITY);
  }

  /** Takes what was prepared for a checkpoint. */
  prepared(checkpointId: number, committables: readonly COMMITTABLE[]): void {
    for (const committable of committables) this.waiting.push({ checkpointId, committable });
    this.state.update(this.waiting);
  }

  async commitUpTo(checkpointId: number): Promise<void> {
    const due = this.waiting.filter((prepared) => prepared.checkpointId <= checkpointId);
    if (due.length === 0) return;
    await this.commit(due.map(({ committable }) => committable));
    this.waiting = this.waiting.filter((prepared) => !due.includes(prepared));
  }

  /** Commits at once, in a job without checkpoints. */
  async commit(committables: readonly COMMITTABLE[]): Promise<void> {
    let requests = committables.map((committable) => new Request(committable, 0));
    while (requests.length > 0) {
      await this.committer.commit(requests);
      const failed = requests.find((request) => request.outcome === 'failed');
      if (failed) throw this.failure(failed);
      for (const { outcome, error } of requests) {
        if (outcome === 'dropped') this.warn(`Warning: the sink "${this.sinkName}" gives up a part of its output: ${error instanceof Error ? error.message : String(error)}`);
      }
      requests = requests.filter((request) => request.outcome === 'retry').map((request) => new Request(request.committable, request.retries + 1));
      if (requests.length > 0) await sleep(this.clock, RETRY_MS);
    }
  }

  async close(): Promise<void> {
    await this.committer.close?.();
  }

  private failure({ error }: Request<COMMITTABLE>): FlinkError {
    const reason = error instanceof Error ? error.message : String(error);
    return error instanceof FlinkError ? error : new FlinkError('OUTPUT_UNWRITABLE', `the sink "${this.sinkName}" could not commit its output: ${reason}`, { cause: error });
  }
}

class Request<COMMITTABLE> implements CommitRequest<COMMITTABLE> {
  outcome: 'committed' | 'retry' | 'dropped' | 'failed' = 'committed';
  error: unknown;

  constructor(public committable: COMMITTABLE, readonly retries: number) {}

  getCommittable(): COMMITTABLE {
    return this.committable;
  }
  getNumberOfRetries(): number {
    return this.retries;
  }
  retryLater(): void {
    this.outcome = 'retry';
  }
  updateAndRetryLater(committable: COMMITTABLE): void {
    this.committable = committable;
    this.outcome = 'retry';
  }
  signalFailedWithKnownReason(error: unknown): void {
    this.outcome = 'dropped';
    this.error = error;
  }
  signalFailedWithUnknownReason(error: unknown): void {
    this.outcome = 'failed';
    this.error = error;
  }
  signalAlreadyCommitted(): void {
    this.outcome = 'committed';
  }
}
