/**
 * The tree that API calls build and that the generator turns into a graph (Flink: `Transformation`).
 *
 * Sources and operators do work and become nodes; partitions, unions and side outputs only say how records reach
 * the next node and become part of its edges.
 *
 * Invariants:
 * - A transformation's inputs are fixed when it is made, so the tree has no cycles; an iteration's feedback is a
 *   pair of operators that share a queue, not an input.
 * - Only settings change afterwards (`name`, `setParallelism`, …), until the job is executed.
 */
import type { CachedResult } from '../connectors/cache/cached-result.js';
import type { ChainingStrategy, Partitioning } from '../graph/stream-graph.js';
import type { OperatorDefinition } from '../operators/operator.js';
import type { OutputTag } from '../operators/output-tag.js';
import type { Source } from '../operators/source.js';
import type { EdgeFunction } from '../program/job-program.js';

/** How records are processed: as they come, or with all of a bounded input at hand. */
export type ResolvedRuntimeMode = 'STREAMING' | 'BATCH';

/** What a job's author sets on one operator. Unset values come from the environment and the configuration. */
export interface TransformationSettings {
  name: string;
  uid?: string;
  uidHash?: string;
  description?: string;
  parallelism?: number;
  /** What the environment said when the operator was made; the operator's own value wins. */
  environmentParallelism?: number;
  maxParallelism?: number;
  /** False once the operator must run in one subtask. */
  canBeParallel: boolean;
  slotSharingGroup?: string;
  chaining: ChainingStrategy;
  bufferTimeoutMs?: number;
  /** Part of a sink, behind its writers: barriers overtake nothing on the way to it. */
  keepsBarriersBehind?: boolean;
  /** The class of its records, where the author said so. */
  type?: RecordType;
}

/** The class that records are instances of. */
export type RecordType<T = unknown> = abstract new (...args: never[]) => T;

export interface SourceTransformation {
  readonly kind: 'source';
  readonly settings: TransformationSettings;
  readonly source: Source<unknown>;
  /** Runs a `SourceFunction`. */
  readonly legacy: boolean;
  /** The kind of source, for plans. */
  readonly operator: string;
}

export interface OperatorTransformation {
  readonly kind: 'operator';
  readonly role: 'operator' | 'sink';
  readonly settings: TransformationSettings;
  /** The kind of operator (`Map`, `Keyed Reduce`), for plans and for comparing graphs. */
  readonly operator: string;
  readonly inputs: readonly Transformation[];
  /** Positions of the inputs that are keyed. */
  readonly keyedInputs: readonly number[];
  /** The operator itself; some are made differently when the job runs in batch mode. */
  readonly define: (facts: DefinitionFacts) => OperatorDefinition;
  /** Takes its parallelism from its first input: an iteration's ends, the watermarks of a source. */
  readonly followsInput?: boolean;
  /** Subtasks of operators with the same key run in the same slot. */
  readonly colocation?: string;
}

/** What is known of the job when its operators are made. */
export interface DefinitionFacts {
  readonly runtimeMode: ResolvedRuntimeMode;
  readonly autoWatermarkIntervalMs: number;
}

export interface PartitionTransformation {
  readonly kind: 'partition';
  readonly input: Transformation;
  readonly partitioning: Partitioning;
  readonly edgeFunction?: EdgeFunction;
}

export interface UnionTransformation {
  readonly kind: 'union';
  readonly inputs: readonly Transformation[];
}

export interface SideOutputTransformation {
  readonly kind: 'side-output';
  readonly input: PhysicalTransformation;
  readonly tag: OutputTag<unknown>;
}

/** Records that are kept from one job to the next, once a job has written them all. */
export interface CacheTransformation {
  readonly kind: 'cache';
  readonly input: PhysicalTransformation | SideOutputTransformation;
  readonly cached: CachedResult;
}

/** Transformations that become nodes. */
export type PhysicalTransformation = SourceTransformation | OperatorTransformation;
export type Transformation = PhysicalTransformation | PartitionTransformation | UnionTransformation | SideOutputTransformation | CacheTransformation;

/** The parallelism as far as it is known before the job is executed. */
export function declaredParallelism(transformation: PhysicalTransformation): number | undefined {
  const { settings } = transformation;
  if (settings.parallelism !== undefined) return settings.parallelism;
  if (!settings.canBeParallel) return 1;
  const [followed] = transformation.kind === 'operator' && transformation.followsInput ? transformation.inputs.flatMap(physicalInputs) : [];
  return followed ? declaredParallelism(followed) : settings.environmentParallelism;
}

/** The nodes that a transformation's records come from. */
export function physicalInputs(transformation: Transformation): PhysicalTransformation[] {
  switch (transformation.kind) {
    case 'source':
    case 'operator':
      return [transformation];
    case 'partition':
    case 'cache':
    case 'side-output':
      return physicalInputs(transformation.input);
    case 'union':
      return transformation.inputs.flatMap(physicalInputs);
  }
}

/** The class of its records, as far as the author named it. */
export function declaredType(transformation: Transformation): RecordType | undefined {
  // What an operator emits aside is of another type.
  const target = transformation.kind === 'cache' ? transformation.input : transformation;
  return target.kind === 'side-output' ? undefined : physicalInputs(transformation)[0]?.settings.type;
}
