/**
 * Finds, before a job runs, operators by event time whose records will have no timestamps: such a job fails with its
 * first record there.
 *
 * Invariant: nothing is found where anything on the way might give records timestamps; what is not known counts as
 * doing so.
 */
import type { StreamNode } from '../graph/stream-graph.js';
import type { JobProgram } from './job-program.js';

export interface MissingTimestamps {
  /** The operator by event time. */
  readonly operator: string;
  /** The source whose records reach it as they are. */
  readonly source: string;
  /** The stack of the author's call that made the operator. */
  readonly builtAt: string | undefined;
}

/** Kinds of operators whose results have the timestamps of what they were made from. */
export const PASS_ON_TIMESTAMPS: ReadonlySet<string> = new Set([
  'Map', 'Flat Map', 'Filter', 'Projection', 'Select', 'Co-Map', 'Co-Flat Map', 'async wait operator',
]);

/** Those that do so in streaming mode; their final results have a timestamp in any case. */
const ROLLING: ReadonlySet<string> = new Set(['Keyed Reduce', 'Keyed Fold', 'Keyed Aggregation']);

/** One for each operator that misses them, with the first source found. */
export function missingTimestamps({ graph, definitions }: JobProgram): MissingTimestamps[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return graph.nodes.flatMap((node) => {
    const definition = definitions.get(node.id);
    const needs = definition?.kind === 'operator' ? definition.operator.needsEventTime : undefined;
    const source = needs && unstampedSource(node);
    return source ? [{ operator: node.name, source: source.name, builtAt: needs.builtAt }] : [];
  });

  function unstampedSource(start: StreamNode): StreamNode | undefined {
    const seen = new Set<number>();
    const waiting = inputsOf(start);
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      const definition = definitions.get(node.id);
      if (definition?.kind === 'source') {
        if (definition.source.givesTimestamps === false) return node;
      } else if (PASS_ON_TIMESTAMPS.has(node.operator) || (graph.runtimeMode === 'STREAMING' && ROLLING.has(node.operator))) {
        waiting.push(...inputsOf(node));
      }
    }
    return undefined;
  }

  function inputsOf({ id }: StreamNode): StreamNode[] {
    return graph.edges.filter(({ target }) => target === id).map(({ source }) => nodes.get(source)!);
  }
}
