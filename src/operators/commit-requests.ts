/**
 * Asks a committer until everything that it was asked for is committed or given up.
 *
 * Invariant: a request is asked again only when the committer wants it; what it could not commit for a reason that nobody
 * knows is thrown.
 */
import type { Clock } from '../core/clock.js';
import { sleep } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import type { CommitRequest, Committer } from './sink.js';

const RETRY_MS = 1_000;

/** Who commits, and who is told of what it gives up. */
export interface Committing<COMMITTABLE> {
  readonly committer: Committer<COMMITTABLE>;
  readonly clock: Clock;
  readonly sinkName: string;
  readonly warn: (text: string) => void;
}

/** What has been committed, in the order in which it was asked for; `failed` counts the others. */
export interface Committed<COMMITTABLE> {
  readonly committables: readonly COMMITTABLE[];
  readonly failed: number;
}

export async function commitAll<COMMITTABLE>(committables: readonly COMMITTABLE[], { committer, clock, sinkName, warn }: Committing<COMMITTABLE>): Promise<Committed<COMMITTABLE>> {
  const all = committables.map((committable) => new Request(committable));
  for (let asked = all; asked.length > 0; ) {
    await committer.commit(asked);
    const failed = asked.find((request) => request.outcome === 'failed');
    if (failed) throw failure(failed, sinkName);
    for (const { outcome, error } of asked) {
      if (outcome === 'dropped') warn(`Warning: the sink "${sinkName}" gives up a part of its output: ${error instanceof Error ? error.message : String(error)}`);
    }
    asked = asked.filter((request) => request.outcome === 'retry');
    for (const request of asked) request.again();
    if (asked.length > 0) await sleep(clock, RETRY_MS);
  }
  const committed = all.filter(({ outcome }) => outcome === 'committed').map(({ committable }) => committable);
  return { committables: committed, failed: all.length - committed.length };
}

function failure({ error }: Request<unknown>, sinkName: string): FlinkError {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof FlinkError ? error : new FlinkError('OUTPUT_UNWRITABLE', `the sink "${sinkName}" could not commit its output: ${reason}`, { cause: error });
}

class Request<COMMITTABLE> implements CommitRequest<COMMITTABLE> {
  outcome: 'committed' | 'retry' | 'dropped' | 'failed' = 'committed';
  error: unknown;
  private retries = 0;

  constructor(public committable: COMMITTABLE) {}

  /** It is asked once more: what nothing is said of counts as committed. */
  again(): void {
    this.retries++;
    this.outcome = 'committed';
  }

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
