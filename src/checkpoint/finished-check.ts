/**
 * Whether a program gives input to operators that had finished: they do not run again, and would lose it (Flink:
 * `VertexFinishedStateChecker`). Those of which only some subtasks had finished do run again, with whatever feeds them.
 */
import { FlinkError } from '../core/errors.js';
import type { JobGraph } from '../graph/job-graph.js';
import { isFullyFinished, type SnapshotMetadata } from './snapshot-metadata.js';

/** From one operator to another, by their nodes. */
interface Feed {
  readonly source: number;
  readonly target: number;
}

/** @throws FlinkError STATE_INCOMPATIBLE naming the first operator that had finished, and what feeds it now. */
export function checkFinished(snapshot: SnapshotMetadata, { vertices, edges }: Pick<JobGraph, 'vertices' | 'edges'>): void {
  const feeds = [...vertices.flatMap(({ chainedEdges }) => chainedEdges), ...edges].map(({ sourceNode, targetNode }): Feed => ({ source: sourceNode, target: targetNode }));
  const nodes = new Map(vertices.flatMap(({ operators }) => operators.map((operator) => [operator.nodeId, operator] as const)));
  const hadFinished = finishedIn(snapshot, nodes, feeds);
  for (const { source, target } of feeds) {
    if (!hadFinished(target) || hadFinished(source)) continue;
    const { name } = nodes.get(target)!;
    throw new FlinkError('STATE_INCOMPATIBLE', `"${name}" had finished when the snapshot was taken, but gets input of "${nodes.get(source)!.name}", which had not`, {
      hint: 'An operator that has finished does not run again. Give it another uid, and it runs without its state.', place: { operator: name },
    });
  }
}

/** A new operator is as good as finished where all that feed it had: it gets nothing to pass on. */
function finishedIn({ operators }: SnapshotMetadata, nodes: ReadonlyMap<number, { readonly operatorId: string }>, feeds: readonly Feed[]): (node: number) => boolean {
  const saved = new Map(operators.map((operator) => [operator.operatorId, operator]));
  const known = new Map<number, boolean>();
  const hadFinished = (node: number): boolean => {
    const operator = saved.get(nodes.get(node)!.operatorId);
    if (operator) return isFullyFinished(operator);
    const before = known.get(node);
    if (before !== undefined) return before;
    // A stream that comes back to where it was waits for itself.
    known.set(node, false);
    const sources = feeds.filter(({ target }) => target === node);
    known.set(node, sources.length > 0 && sources.every(({ source }) => hadFinished(source)));
    return known.get(node)!;
  };
  return hadFinished;
}
