/**
 * Operators that many sinks have behind their committers (Flink: `StandardSinkTopologies`).
 */
import { GlobalCommits } from '../operators/global-commits.js';
import type { CommittableMessage } from '../operators/committable-message.js';
import type { Committer, SinkWriterContext } from '../operators/sink.js';
import type { DataStream } from './data-stream.js';
import type { SinkWithTopologies } from './sink-topologies.js';

/** Makes the committer of all subtasks. */
type CreateGlobalCommitter<COMMITTABLE> = (context: SinkWriterContext) => Committer<COMMITTABLE> | Promise<Committer<COMMITTABLE>>;

export const StandardSinkTopologies = {
  /**
   * In `addPostCommitTopology`: what the committers of the subtasks have committed for a checkpoint is committed once more, by one
   * committer for all of them and together. Repetition does it no harm.
   *
   * @param committables the stream that `addPostCommitTopology` was given.
   */
  addGlobalCommitter<COMMITTABLE>(committables: DataStream<CommittableMessage<COMMITTABLE>>, createCommitter: CreateGlobalCommitter<COMMITTABLE>): void {
    committables.global().sinkTo(new GlobalCommits<COMMITTABLE>(createCommitter)).name('Global Committer').setParallelism(1).setMaxParallelism(1);
  },
} as const;

/** A sink whose committers have one behind them for all subtasks, as that sink where this stands behind its committer. */
export function withGlobalCommitter<T, COMMITTABLE, STATE, RESULT>(sink: SinkWithTopologies<T, COMMITTABLE, STATE, RESULT>): SinkWithTopologies<T, COMMITTABLE, STATE, RESULT> {
  return {
    createWriter: (context) => sink.createWriter(context),
    ...(sink.restoreWriter && { restoreWriter: (context, states) => sink.restoreWriter!(context, states) }),
    createCommitter: (context) => sink.createCommitter!(context),
    ...(sink.addPreWriteTopology && { addPreWriteTopology: (input) => sink.addPreWriteTopology!(input) }),
    ...(sink.addPreCommitTopology && { addPreCommitTopology: (written) => sink.addPreCommitTopology!(written) }),
    addPostCommitTopology(committed) {
      StandardSinkTopologies.addGlobalCommitter(committed, (context) => sink.createGlobalCommitter!(context));
      sink.addPostCommitTopology?.(committed);
    },
  };
}
