/**
 * Refuses unaligned checkpoints for jobs whose records in flight they could not bring back to where they belong (Flink:
 * what `StreamingJobGraphGenerator` checks first).
 */
import { FlinkError } from '../core/errors.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import type { CheckpointConfig } from './checkpoint-config.js';

/** @throws FlinkError GRAPH_INVALID naming the operator that stands in the way. */
export function refuseUnsafeOvertaking(graph: StreamGraph, config: CheckpointConfig): void {
  if (graph.runtimeMode === 'BATCH' || !config.isCheckpointingEnabled() || !overtakes(config) || config.isForceUnalignedCheckpoints()) return;
  const head = graph.nodes.find(({ colocation }) => colocation !== undefined);
  if (head) throw refusal(`iterations ("${head.name}"): what is on its way back to their start is in no checkpoint, and could not be aligned when the job is rescaled`);
  const custom = graph.edges.find(({ partitioning }) => partitioning === 'CUSTOM');
  const target = custom && graph.nodes.find(({ id }) => id === custom.target);
  if (target) throw refusal(`custom partitioners (in front of "${target.name}"): only they know where records in flight belong when the job is rescaled`);
}

/** Other settings may have turned it off again. */
function overtakes(config: CheckpointConfig): boolean {
  return config.isUnalignedCheckpointsEnabled() && config.getCheckpointingMode() === 'EXACTLY_ONCE' && config.getMaxConcurrentCheckpoints() === 1;
}

function refusal(why: string): FlinkError {
  return new FlinkError('GRAPH_INVALID', `unaligned checkpoints are not supported for ${why}`, {
    hint: 'Switch them off, or set execution.checkpointing.unaligned.forced (setForceUnalignedCheckpoints) and do not change the parallelism.',
  });
}
