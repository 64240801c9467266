/**
 * A job's program as the runtime takes it: the graph as data beside the functions that give it behaviour.
 *
 * Every side (client, each slot of a TaskManager) runs the user's bundle and so holds a program of its own; only
 * `graph` is compared and sent, the rest never leaves its thread.
 */
import type { Configuration } from '../core/configuration.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import type { OperatorDefinition } from '../operators/operator.js';
import type { Source } from '../operators/source.js';

export type NodeDefinition =
  | { readonly kind: 'source'; readonly source: Source<unknown> }
  | { readonly kind: 'operator'; readonly operator: OperatorDefinition };

/** What decides the receiving subtask on a partitioned edge, beyond the partitioning itself. */
export type EdgeFunction =
  | { readonly kind: 'key'; readonly keyOf: (value: never) => unknown }
  | { readonly kind: 'custom'; readonly partition: (value: never, channels: number) => number };

export interface JobProgram {
  readonly graph: StreamGraph;
  /** By node id. */
  readonly definitions: ReadonlyMap<number, NodeDefinition>;
  /** By position in `graph.edges`; present for HASH and CUSTOM edges, and for FORWARD ones to operators with keys. */
  readonly edgeFunctions: ReadonlyMap<number, EdgeFunction>;
  /** Receives what `OperatorHost.collect` hands over in the client's own program; empty elsewhere. */
  readonly collectors: ReadonlyMap<string, (values: unknown[]) => void>;
  /** What the program itself has set; it wins over the configuration of whoever runs it. */
  readonly configuration?: Configuration;
}

/** Nodes of operators that give exactly one record for each that comes. */
export function oneForOne({ definitions }: Pick<JobProgram, 'definitions'>): ReadonlySet<number> {
  return new Set([...definitions].flatMap(([nodeId, definition]) => (definition.kind === 'operator' && definition.operator.oneForOne ? [nodeId] : [])));
}
