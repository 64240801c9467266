/**
 * One task while it is put together: what its parts are made from and made with.
 */
import type { FileStore } from '../checkpoint/file-store.js';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import type { Random } from '../core/random.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { ChainedOperator, JobEdge, JobGraph, JobVertex } from '../graph/job-graph.js';
import type { OperatorHost, Specialise, SplitFollower } from '../operators/operator.js';
import type { Source, SourceReader, SourceReaderContext } from '../operators/source.js';
import type { JobProgram } from '../program/job-program.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import type { ChainWatermarks } from './chain-watermarks.js';
import type { ChannelEnds } from './channel-ends.js';
import type { SubtaskDeployment } from './deployment.js';
import type { BatchPool } from './exchange/batch-pool.js';
import type { LabelledOperator } from './failure.js';
import type { TaskGate } from './gate.js';
import type { SubtaskContext } from './subtask-context.js';
import type { Task } from './task.js';
import type { TaskListener } from './task-parts.js';
import type { TaskMetrics } from './task-metrics.js';

/** What the thread that hosts the tasks offers them. */
export interface TaskServices {
  readonly clock: Clock;
  /** Ends the turns of a task. */
  readonly turnClock: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  /** Where snapshots are; this machine's file system unless given. */
  readonly files?: FileStore | undefined;
  /** How the job reaches other file systems. */
  readonly fileSystems?: Configuration;
  readonly pool: BatchPool;
  readonly listener: TaskListener;
  readonly channels: ChannelEnds;
  /** The program of a slot. */
  readonly programOf: (slot: number) => JobProgram;
  /** The classes it has registered. */
  readonly classesOf: (slot: number) => ClassRegistry;
  readonly wake: () => void;
  readonly print: OperatorHost['print'];
  readonly collect: OperatorHost['collect'];
  /** A reader came to life; what comes for it from its enumerator is given to it from now on. */
  readonly readerContext: (vertexId: string, subtask: number, parallelism: number) => SourceReaderContext;
  readonly registerReader: (vertexId: string, subtask: number, reader: SourceReader<unknown>, task: Task) => void;
  readonly registerContext: (context: SubtaskContext) => void;
}

/** The pieces of one task while it is put together. */
export interface TaskDraft {
  readonly vertex: JobVertex;
  readonly subtask: SubtaskDeployment;
  readonly program: JobProgram;
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  /** How far event time has come in operators that assign it, by node. */
  readonly eventTimes: Map<number, () => number>;
  readonly watermarks: ChainWatermarks;
  /** By position in the chain; filled as operators are made. */
  readonly contexts: SubtaskContext[];
  /** The operator that makes watermarks of each split of the source at the head, if one does. */
  splitFollower?: SplitFollower | undefined;
  /** What a source at the head keeps. */
  sourceState: OperatorStateStore | undefined;
  /** Set once the task exists; operators hold the function that reads it. */
  task: Task | undefined;
}

/** One operator of the task, as failures and stack traces know it. */
export interface Labelled {
  readonly place: LabelledOperator;
  readonly label: number;
  readonly specialise: Specialise;
}

/** The source at the head, if there is one. */
export function sourceOf(draft: TaskDraft): Source<unknown> | undefined {
  const definition = draft.program.definitions.get(draft.vertex.operators[0]!.nodeId);
  return definition?.kind === 'source' ? definition.source : undefined;
}

/** All subtasks of the operator had finished in the checkpoint that the job goes on from. */
export function hadFinished(draft: TaskDraft, operator: ChainedOperator): boolean {
  return draft.subtask.restore?.finishedOperators.includes(operator.operatorId) ?? false;
}

/** How many inputs the task has. */
export function inputsInto({ vertex }: TaskDraft, { edges }: JobGraph): number {
  return Math.max(0, ...edges.filter((edge) => edge.targetVertex === vertex.id).map((edge) => edge.input)) + 1;
}

/** Key groups of the operator that an edge leads to. */
export function maxParallelismInto(target: JobVertex, edge: JobEdge): number {
  return target.operators.find((operator) => operator.nodeId === edge.targetNode)?.maxParallelism ?? target.maxParallelism;
}
