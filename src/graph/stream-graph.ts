/**
 * The StreamGraph: one node per transformation that does work, one edge per stream between two nodes, as plain
 * data (Flink: `StreamGraph`, `StreamNode`, `StreamEdge`).
 *
 * Invariants:
 * - It holds no functions: behaviour is found by node id in the program that built it.
 * - Partitionings, unions and side outputs are on edges; they are not nodes.
 * - Parallelism is resolved: every node has a positive one. `maxParallelism` is -1 when nobody set it.
 * - Equal programs give equal graphs: ids count up from 1 in the order of translation.
 */
import * as z from 'zod/mini';

/** How records choose among the subtasks of the receiving node (Flink's ship strategies). */
export const PartitioningSchema = z.enum(['FORWARD', 'REBALANCE', 'RESCALE', 'SHUFFLE', 'BROADCAST', 'GLOBAL', 'HASH', 'CUSTOM']);
export type Partitioning = z.infer<typeof PartitioningSchema>;

/** Flink's `ChainingStrategy`. */
export const ChainingStrategySchema = z.enum(['ALWAYS', 'NEVER', 'HEAD', 'HEAD_WITH_SOURCES']);
export type ChainingStrategy = z.infer<typeof ChainingStrategySchema>;

export const StreamNodeSchema = z.object({
  id: z.int().check(z.positive()),
  /** Shown to people; also part of logs and metrics. */
  name: z.string(),
  /** What kind of operator this is (`Map`, `KeyedReduce`, …), for plans and for comparing graphs. */
  operator: z.string(),
  kind: z.enum(['source', 'operator', 'sink']),
  /** A FLIP-27 source has an enumerator on the JobManager; a legacy one runs in its subtask alone. */
  legacySource: z.boolean(),
  bounded: z.boolean(),
  parallelism: z.int().check(z.positive()),
  maxParallelism: z.int(),
  slotSharingGroup: z.string(),
  chaining: ChainingStrategySchema,
  /** An operator that yields to the mailbox (asynchronous I/O). */
  yielding: z.boolean(),
  /** Number of inputs; 0 for sources. */
  inputs: z.int().check(z.nonnegative()),
  /** The inputs that are keyed. */
  keyedInputs: z.array(z.int().check(z.nonnegative())),
  /** Milliseconds; -1 flushes only full buffers, 0 flushes every record. */
  bufferTimeoutMs: z.int().check(z.gte(-1)),
  uid: z.optional(z.string()),
  /** 32 hexadecimal digits, given by the user: the operator's id, or beside a uid the one that its state was saved under. */
  uidHash: z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
  /** Subtasks of nodes with the same key run in the same slot (an iteration's head and tail). */
  colocation: z.optional(z.string()),
  description: z.optional(z.string()),
  /** It can have one subtask only. */
  nonParallel: z.optional(z.boolean()),
});
export type StreamNode = z.infer<typeof StreamNodeSchema>;

export const StreamEdgeSchema = z.object({
  source: z.int().check(z.positive()),
  target: z.int().check(z.positive()),
  /** Which input of the target, from 0. */
  input: z.int().check(z.nonnegative()),
  partitioning: PartitioningSchema,
  /** Set when the edge carries a side output. */
  sideOutput: z.optional(z.string()),
  /** Barriers never overtake records here. */
  aligned: z.optional(z.boolean()),
  /** Two edges between the same nodes and input differ by this number. */
  ordinal: z.int().check(z.nonnegative()),
});
export type StreamEdge = z.infer<typeof StreamEdgeSchema>;

export const StreamGraphSchema = z.object({
  jobName: z.string(),
  runtimeMode: z.enum(['STREAMING', 'BATCH', 'AUTOMATIC']),
  chainingEnabled: z.boolean(),
  chainDifferentMaxParallelism: z.boolean(),
  /** The job-wide maximum; -1 when nobody set it. */
  maxParallelism: z.int(),
  globalJobParameters: z.record(z.string(), z.string()),
  nodes: z.array(StreamNodeSchema),
  edges: z.array(StreamEdgeSchema),
});
export type StreamGraph = z.infer<typeof StreamGraphSchema>;
