/**
 * Commits for all subtasks of a sink (Flink: `GlobalCommitterOperator`). It runs in one subtask.
 *
 * Invariants:
 * - What the writers prepare for a checkpoint comes here before its barrier: it is in this operator's part of the
 *   checkpoint, and committed together when the checkpoint is complete, or when a job goes on from it.
 * - What comes at the end of the input belongs to the last checkpoint; without checkpoints it is committed then.
 */
import { commitSurroundings } from './commit-requests.js';
import type { OperatorDefinition } from './operator.js';
import type { Sink } from './sink.js';
import { SinkCommitting } from './sink-committing.js';
import { sinkWriterContext } from './sink-writer-context.js';

export function globalCommitterOperator<COMMITTABLE>(createCommitter: NonNullable<Sink<never, COMMITTABLE, never>['createGlobalCommitter']>): OperatorDefinition<never> {
  return {
    instantiate(context) {
      const { host, operatorState, restoredCheckpointId } = context;
      const facts = sinkWriterContext(context);
      let received: COMMITTABLE[] = [];
      let committing: SinkCommitting<COMMITTABLE> | undefined;
      const taken = (): COMMITTABLE[] => {
        const all = received;
        received = [];
        return all;
      };
      return {
        inputs: [(committable: COMMITTABLE) => void received.push(committable)],
        async open() {
          const committer = await createCommitter(facts);
          committing = new SinkCommitting(committer, operatorState, commitSurroundings(context), context.runtime.getMetricGroup());
          if (restoredCheckpointId !== null) await committing.restore();
        },
        snapshotState: ({ checkpointId }) => committing!.prepared(checkpointId, taken()),
        notifyCheckpointComplete: (checkpointId) => committing!.commitUpTo(checkpointId),
        async finish() {
          // With checkpoints the last of them commits.
          if (!host.checkpointing) await committing!.commit(taken());
        },
        close() {
          facts.close();
          return committing?.close();
        },
      };
    },
  };
}
