/**
 * Commits for all subtasks together what the committer of each has committed (Flink: `GlobalCommitterOperator` behind a
 * committer, which commits on input). It is a sink of the messages that committers tell, in one subtask.
 *
 * Invariants:
 * - What belongs to a checkpoint is committed at once, when every subtask has told all of it or something of a later one, and
 *   before anything of a later one.
 * - What has come in part is in the writer's state, and is committed first of all when a job goes on from there: it has been
 *   committed by each subtask.
 * - After a failure the same may be told, and committed, again.
 */
import { CommitMetrics } from './commit-metrics.js';
import { commitAll, commitSurroundings } from './commit-requests.js';
import type { CommittableMessage } from './committable-message.js';
import type { Committer, Sink, SinkWriter, SinkWriterContext } from './sink.js';

/** Told, and not committed yet. */
interface Told<COMMITTABLE> {
  readonly checkpointId: number;
  readonly committable: COMMITTABLE;
}

export class GlobalCommits<COMMITTABLE> implements Sink<CommittableMessage<COMMITTABLE>, never, Told<COMMITTABLE>> {
  constructor(private readonly committerOf: (context: SinkWriterContext) => Committer<COMMITTABLE> | Promise<Committer<COMMITTABLE>>) {}

  createWriter(context: SinkWriterContext): Promise<SinkWriter<CommittableMessage<COMMITTABLE>, never, Told<COMMITTABLE>>> {
    return this.restoreWriter(context, []);
  }

  async restoreWriter(context: SinkWriterContext, states: readonly Told<COMMITTABLE>[]): Promise<SinkWriter<CommittableMessage<COMMITTABLE>, never, Told<COMMITTABLE>>> {
    const writer = new GlobalCommitWriter(await this.committerOf(context), context, states);
    await writer.commitUpTo(Number.POSITIVE_INFINITY);
    return writer;
  }
}

class GlobalCommitWriter<COMMITTABLE> implements SinkWriter<CommittableMessage<COMMITTABLE>, never, Told<COMMITTABLE>> {
  /** By subtask: the checkpoint that it is telling of, and how much of it is to come. */
  private readonly telling = new Map<number, { readonly checkpointId: number; remaining: number }>();
  private readonly metrics: CommitMetrics;
  private told: Told<COMMITTABLE>[];
  private subtasks = 0;

  constructor(private readonly committer: Committer<COMMITTABLE>, private readonly context: SinkWriterContext, told: readonly Told<COMMITTABLE>[]) {
    this.told = [...told];
    this.metrics = new CommitMetrics(context.metricGroup(), () => this.told.length);
  }

  write(message: CommittableMessage<COMMITTABLE>): Promise<void> | void {
    const { subtaskId, checkpointId } = message;
    if (message.kind === 'summary') {
      this.subtasks = message.numberOfSubtasks;
      this.telling.set(subtaskId, { checkpointId, remaining: message.numberOfCommittables });
    } else {
      this.told.push({ checkpointId, committable: message.committable });
      const telling = this.telling.get(subtaskId);
      if (telling?.checkpointId === checkpointId) telling.remaining -= 1;
    }
    const whole = this.whole();
    return this.told.some((each) => each.checkpointId <= whole) ? this.commitUpTo(whole) : undefined;
  }

  flush(endOfInput: boolean): Promise<void> | void {
    if (endOfInput) return this.commitUpTo(Number.POSITIVE_INFINITY);
  }

  snapshotState(): Told<COMMITTABLE>[] {
    return [...this.told];
  }

  async close(): Promise<void> {
    await this.committer.close?.();
  }

  async commitUpTo(checkpointId: number): Promise<void> {
    const due = this.told.filter((each) => each.checkpointId <= checkpointId);
    if (due.length === 0) return;
    this.told = this.told.filter((each) => each.checkpointId > checkpointId);
    const byCheckpoint = new Map<number, COMMITTABLE[]>();
    for (const each of due) byCheckpoint.set(each.checkpointId, [...(byCheckpoint.get(each.checkpointId) ?? []), each.committable]);
    const committing = { ...commitSurroundings(this.context), committer: this.committer, metrics: this.metrics };
    for (const [, committables] of [...byCheckpoint].sort(([a], [b]) => a - b)) await commitAll(committables, committing);
  }

  /** The last checkpoint of which every subtask has told all. */
  private whole(): number {
    if (this.telling.size < this.subtasks) return Number.NEGATIVE_INFINITY;
    return Math.min(...[...this.telling.values()].map(({ checkpointId, remaining }) => (remaining > 0 ? checkpointId - 1 : checkpointId)));
  }
}
