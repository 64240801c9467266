/**
 * The JobGraph: chained vertices and the intermediate results between them, as plain data (Flink: `JobGraph`,
 * `JobVertex`, `IntermediateDataSet`, `JobEdge`).
 *
 * Invariants:
 * - Every StreamGraph node is in exactly one vertex; a vertex's chain starts with its head.
 * - A vertex's id is its head operator's id.
 * - Inside a vertex edges are chained (a direct call); between vertices they are results with a partitioning.
 */
import * as z from 'zod/mini';
import { PartitioningSchema } from './stream-graph.js';

const Hex128 = z.string().check(z.regex(/^[0-9a-f]{32}$/));

export const ChainedOperatorSchema = z.object({
  /** The StreamGraph node this operator came from; behaviour is looked up by it. */
  nodeId: z.int().check(z.positive()),
  operatorId: Hex128,
  name: z.string(),
  operator: z.string(),
  uid: z.optional(z.string()),
  /** Another id that its state may have been saved under, before it had its uid. */
  savedAs: z.optional(Hex128),
  maxParallelism: z.int().check(z.positive()),
});
export type ChainedOperator = z.infer<typeof ChainedOperatorSchema>;

/** A direct call from one chained operator to another (or to none of its siblings, when it ends the chain). */
export const ChainedEdgeSchema = z.object({
  sourceNode: z.int().check(z.positive()),
  targetNode: z.int().check(z.positive()),
  sideOutput: z.optional(z.string()),
});

export const JobVertexSchema = z.object({
  id: Hex128,
  /** `Source: Socket -> Map -> Sink: Print`, as Flink writes it. */
  name: z.string(),
  parallelism: z.int().check(z.positive()),
  maxParallelism: z.int().check(z.positive()),
  /** One of its operators can have one subtask only, whatever the maximum of its state is. */
  nonParallel: z.optional(z.boolean()),
  slotSharingGroup: z.string(),
  colocation: z.optional(z.string()),
  bufferTimeoutMs: z.int().check(z.gte(-1)),
  /** Head first, then in the order a record meets them. */
  operators: z.array(ChainedOperatorSchema).check(z.minLength(1)),
  chainedEdges: z.array(ChainedEdgeSchema),
  kind: z.enum(['source', 'operator', 'sink']),
});
export type JobVertex = z.infer<typeof JobVertexSchema>;

export const JobEdgeSchema = z.object({
  /** Unique inside the graph: names the intermediate result and its channels. */
  id: z.string(),
  sourceVertex: Hex128,
  targetVertex: Hex128,
  sourceNode: z.int().check(z.positive()),
  targetNode: z.int().check(z.positive()),
  input: z.int().check(z.nonnegative()),
  partitioning: PartitioningSchema,
  sideOutput: z.optional(z.string()),
  /** Barriers never overtake records here. */
  aligned: z.optional(z.boolean()),
  /** Position of the StreamGraph edge this came from; a custom partitioner or key selector is found by it. */
  streamEdge: z.int().check(z.nonnegative()),
});
export type JobEdge = z.infer<typeof JobEdgeSchema>;

export const JobGraphSchema = z.object({
  jobId: Hex128,
  jobName: z.string(),
  /** Hash of the StreamGraph: every side that runs the program must arrive at the same one. */
  graphHash: z.string(),
  runtimeMode: z.enum(['STREAMING', 'BATCH']),
  globalJobParameters: z.record(z.string(), z.string()),
  vertices: z.array(JobVertexSchema).check(z.minLength(1)),
  edges: z.array(JobEdgeSchema),
});
export type JobGraph = z.infer<typeof JobGraphSchema>;
