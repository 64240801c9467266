/**
 * Asks a committer until everything that it was asked for is committed or given up.
 *
 * Invariant: a request is asked again only when the committer wants it, and so often at most; what it could not commit for a
 * reason that nobody knows is thrown.
 */
import type { Clock } from '../core/clock.js';
import { sleep } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import type { CommitMetrics } from './commit-metrics.js';
import type { OperatorContext } from './operator.js';
import type { CommitRequest, Committer } from './sink.js';

const RETRY_MS = 1_000;

/** Where it is committed, and who is told of what is given up. */
export interface CommitSurroundings {
  readonly clock: Clock;
  readonly sinkName: string;
  readonly warn: (text: string) => void;
  /** How often a committer is asked again; without end unless given. */
  readonly retries?: number;
}

/** Who commits. */
export interface Committing<COMMITTABLE> extends CommitSurroundings {
  readonly committer: Committer<COMMITTABLE>;
  readonly metrics: CommitMetrics | undefined;
}

/** As the operator has them. */
export function commitSurroundings({ runtime, clock, host }: Pick<OperatorContext<never>, 'runtime' | 'clock' | 'host'>): CommitSurroundings {
  return {
    clock, sinkName: runtime.getTaskInfo().getTaskName(), warn: (text) => host.print('stderr', `${text}\n`), retries: host.committerRetries ?? Number.POSITIVE_INFINITY,
  };
}

/** What has been committed, in the order in which it was asked for; `failed` counts the others. */
export interface Committed<COMMITTABLE> {
  readonly committables: readonly COMMITTABLE[];
  readonly failed: number;
}

/** @throws FlinkError OUTPUT_UNWRITABLE when something failed and nobody knows why, or is still to be tried again after the last retry. */
export async function commitAll<COMMITTABLE>(committables: readonly COMMITTABLE[], committing: Committing<COMMITTABLE>): Promise<Committed<COMMITTABLE>> {
  const { committer, clock, sinkName, retries = Number.POSITIVE_INFINITY, metrics } = committing;
  const all = committables.map((committable) => new Request(committable));
  metrics?.total.inc(all.length);
  try {
    for (let [asked, tried] = [all, 0]; asked.length > 0; tried++) {
      if (metrics) metrics.underWay = asked.length;
      await committer.commit(asked);
      asked = settled(asked, committing);
      if (asked.length > 0 && tried >= retries) {
        throw new FlinkError('OUTPUT_UNWRITABLE', `the sink "${sinkName}" could not commit ${asked.length} of ${all.length} parts of its output, which were to be tried again, after ${tried} retries`, {
          hint: 'See why the committer wants them to be tried again, or raise sink.committer.retries.',
        });
      }
      for (const request of asked) request.again();
      if (asked.length > 0) await sleep(clock, RETRY_MS);
    }
  } finally {
    if (metrics) metrics.underWay = 0;
  }
  const committed = all.filter(({ outcome }) => outcome === 'committed' || outcome === 'already').map(({ committable }) => committable);
  return { committables: committed, failed: all.length - committed.length };
}

/** Answers those that are to be tried again. */
function settled<COMMITTABLE>(asked: readonly Request<COMMITTABLE>[], { sinkName, warn, metrics }: Committing<COMMITTABLE>): Request<COMMITTABLE>[] {
  if (metrics) for (const { outcome } of asked) metrics[COUNTED[outcome]].inc();
  const failed = asked.find((request) => request.outcome === 'failed');
  if (failed) throw failure(failed, sinkName);
  for (const { outcome, error } of asked) {
    if (outcome === 'dropped') warn(`Warning: the sink "${sinkName}" gives up a part of its output: ${error instanceof Error ? error.message : String(error)}`);
  }
  const again = asked.filter((request) => request.outcome === 'retry');
  if (metrics) metrics.underWay = again.length;
  return again;
}

function failure({ error }: Request<unknown>, sinkName: string): FlinkError {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof FlinkError ? error : new FlinkError('OUTPUT_UNWRITABLE', `the sink "${sinkName}" could not commit its output: ${reason}`, { cause: error });
}

type Outcome = 'committed' | 'already' | 'retry' | 'dropped' | 'failed';

const COUNTED = { committed: 'successful', already: 'alreadyCommitted', retry: 'retried', dropped: 'failed', failed: 'failed' } as const satisfies Record<Outcome, keyof CommitMetrics>;

class Request<COMMITTABLE> implements CommitRequest<COMMITTABLE> {
  outcome: Outcome = 'committed';
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
    this.outcome = 'already';
  }
}
