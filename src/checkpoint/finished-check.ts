/**
 * Whether a program gives input to operators that had finished: they do not run again, and would lose it (Flink:
 * `VertexFinishedStateChecker`).
 */
import { FlinkError } from '../core/errors.js';
import type { JobGraph } from '../graph/job-graph.js';
import { isPointwise } from '../graph/wiring.js';
import { isFullyFinished, type SnapshotMetadata } from './snapshot-metadata.js';

/** How many of an operator's subtasks had finished. */
type Finished = 'all' | 'some' | 'none';

/** @throws FlinkError STATE_INCOMPATIBLE naming the first operator that had finished, and what feeds it now. */
export function checkFinished(snapshot: SnapshotMetadata, { vertices, edges }: Pick<JobGraph, 'vertices' | 'edges'>): void {
  const saved = new Map(snapshot.operators.map((operator) => [operator.operatorId, operator]));
  const nodes = new Map(vertices.flatMap(({ operators }) => operators.map((operator) => [operator.nodeId, operator] as const)));
  const finished = (nodeId: number): Finished => {
    const operator = saved.get(nodes.get(nodeId)!.operatorId);
    if (!operator || operator.finishedSubtasks.length === 0) return 'none';
    return isFullyFinished(operator) ? 'all' : 'some';
  };
  const chained = vertices.flatMap(({ chainedEdges }) => chainedEdges.map(({ sourceNode, targetNode }) => ({ sourceNode, targetNode, pointwise: true })));
  const exchanged = edges.map(({ sourceNode, targetNode, partitioning }) => ({ sourceNode, targetNode, pointwise: isPointwise(partitioning) }));
  for (const { sourceNode, targetNode, pointwise } of [...chained, ...exchanged]) {
    if (canFeed(finished(sourceNode), finished(targetNode), pointwise)) continue;
    const { name } = nodes.get(targetNode)!;
    throw new FlinkError(
      'STATE_INCOMPATIBLE',
      `${finished(targetNode) === 'all' ? `"${name}"` : `a part of "${name}"`} had finished when the snapshot was taken, but gets input of "${nodes.get(sourceNode)!.name}", which had not`,
      { hint: 'An operator that has finished does not run again. Give it another uid, and it runs without its state.', place: { operator: name } },
    );
  }
}

/** A subtask ends when all that feed it have: with the same program nothing else is in a snapshot. */
function canFeed(source: Finished, target: Finished, pointwise: boolean): boolean {
  if (target === 'none' || source === 'all') return true;
  return target === 'some' && source === 'some' && pointwise;
}
