/**
 * Commits what comes from the writers of a sink, in an operator of its own (Flink: `CommitterOperator`): for sinks with
 * operators between writers and committer, or behind it.
 *
 * Invariants:
 * - What belongs to a checkpoint is committed once the checkpoint is complete, or when a job goes on from it, and not before.
 * - Behind it operators are told of everything that is committed, after it has been: again when it is committed again.
 */
import { NO_TIMESTAMP } from '../core/timestamp.js';
import type { ListState } from '../state/state.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import { CommitMetrics } from './commit-metrics.js';
import { type Committed, commitAll, commitSurroundings } from './commit-requests.js';
import { CommittableBatches, type DueCommittables } from './committable-batches.js';
import { type CommittableMessage, committableMessages } from './committable-message.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Committer, Sink } from './sink.js';
import { type SinkFacts, sinkWriterContext } from './sink-writer-context.js';

type CreateCommitter<COMMITTABLE> = NonNullable<Sink<never, COMMITTABLE, never>['createCommitter']>;

/** @param tells whether operators follow that want to know. */
export function committerOperator<COMMITTABLE>(createCommitter: CreateCommitter<COMMITTABLE>, tells: boolean): OperatorDefinition<CommittableMessage<COMMITTABLE>> {
  return { instantiate: (context) => new CommitterOperator(createCommitter, tells, context) };
}

class CommitterOperator<COMMITTABLE> implements Operator {
  /** Committing is seen outside. */
  readonly opensLast = true;
  readonly inputs = [(message: CommittableMessage<COMMITTABLE>) => this.batches.add(message)];
  private readonly batches: CommittableBatches<COMMITTABLE>;
  private committer: Committer<COMMITTABLE> | undefined;
  private metrics: CommitMetrics | undefined;
  private readonly facts: SinkFacts;
  private state: ListState<CommittableMessage<COMMITTABLE>> | undefined;

  constructor(private readonly createCommitter: CreateCommitter<COMMITTABLE>, private readonly tells: boolean, private readonly context: OperatorContext<CommittableMessage<COMMITTABLE>>) {
    this.batches = new CommittableBatches(context.runtime.getTaskInfo().getTaskName());
    this.facts = sinkWriterContext(context);
  }

  awaitOpening(): void {
    const { restoredCheckpointId } = this.context;
    if (restoredCheckpointId !== null) this.batches.goOnFrom(restoredCheckpointId);
  }

  async open(): Promise<void> {
    const { mailbox, operatorState, restoredCheckpointId } = this.context;
    this.metrics = new CommitMetrics(this.context.runtime.getMetricGroup(), () => this.batches.size);
    this.state = operatorState.getListState(new ListStateDescriptor<CommittableMessage<COMMITTABLE>>('committables'));
    this.committer = await this.createCommitter(this.facts);
    if (restoredCheckpointId === null) return;
    const told = await this.commit(this.batches.restore([...this.state.get()], restoredCheckpointId));
    // Those behind it may not be open yet.
    mailbox.execute(() => this.tell(told));
  }

  snapshotState({ checkpointId }: { readonly checkpointId: number }): void {
    this.state!.update(this.batches.snapshot(checkpointId));
  }

  async notifyCheckpointComplete(checkpointId: number): Promise<void> {
    this.tell(await this.commit(this.batches.take(checkpointId)));
  }

  async finish(): Promise<void> {
    // With checkpoints the last of them commits.
    if (this.context.host.checkpointing) this.batches.checkWhole();
    else this.tell(await this.commit(this.batches.takeAll()));
  }

  async close(): Promise<void> {
    this.facts.close();
    await this.committer?.close?.();
  }

  private async commit(due: readonly DueCommittables<COMMITTABLE>[]): Promise<CommittableMessage<COMMITTABLE>[]> {
    const { runtime } = this.context;
    const surroundings = { ...commitSurroundings(this.context), committer: this.committer!, metrics: this.metrics };
    const told: CommittableMessage<COMMITTABLE>[] = [];
    for (const { checkpointId, committables } of due) {
      const committed: Committed<COMMITTABLE> = committables.length === 0
        ? { committables, failed: 0 }
        : await commitAll(committables, surroundings);
      const place = { subtaskId: runtime.getTaskInfo().getIndexOfThisSubtask(), numberOfSubtasks: runtime.getTaskInfo().getNumberOfParallelSubtasks(), checkpointId };
      told.push(...committableMessages(committed.committables, place, committed.failed));
    }
    return told;
  }

  private tell(messages: readonly CommittableMessage<COMMITTABLE>[]): void {
    if (this.tells) for (const message of messages) this.context.output.emit(message, NO_TIMESTAMP);
  }
}
