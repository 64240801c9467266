/**
 * What a TaskManager is told to run: plain data and shared memory, so that it crosses threads.
 */
import type { LatencySettings } from './latency-markers.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { ExecutionFacts } from './subtask-context.js';

/** What a subtask goes on from. */
export interface TaskRestore {
  readonly checkpointId: number;
  /** The folder of the snapshot, and the folder that its job's checkpoints share; undefined when all state is inline. */
  readonly exclusive: string | undefined;
  readonly shared: string | undefined;
  /** By operator id. An operator that is not named starts empty. */
  readonly operators: Readonly<Record<string, OperatorSubtaskState>>;
  /** Every subtask of these operators had finished: they see the end of their input at once. */
  readonly finishedOperators: readonly string[];
}

/** One subtask attempt. */
export interface SubtaskDeployment {
  readonly vertexId: string;
  readonly subtask: number;
  readonly attempt: number;
  /** The slot it runs in; each slot has a program of its own. */
  readonly slot: number;
  /** Its slice of the metrics memory. */
  readonly metricsIndex: number;
  /** Absent in a job that starts afresh, and where a snapshot knows no operator of the task. */
  readonly restore?: TaskRestore;
}

/** A result that is kept: where, and which attempt makes it or has made it. */
export interface ResultChannel {
  readonly path: string;
  readonly producerAttempt: number;
}

/** One channel between two subtasks, at least one of which is on the receiving TaskManager. */
export interface ChannelDeployment {
  readonly edgeId: string;
  readonly producer: number;
  readonly consumer: number;
  /** Present when the two subtasks are on different TaskManagers. */
  readonly ring?: SharedArrayBuffer;
  /** Present when the channel is a file that the consumer reads after the producer has finished. */
  readonly result?: ResultChannel;
  readonly producerTaskManager: number;
  readonly consumerTaskManager: number;
}

/** Settings of the job that tasks need. */
export interface TaskSettings {
  /** False freezes values between operators. */
  readonly objectReuse: boolean;
  readonly specialiseKernels: boolean;
  /** False keeps every vertex a task of its own, whatever could be called directly. */
  readonly directCalls: boolean;
  /** How far sources that name no group may drift apart in event time; 0 leaves them alone. */
  readonly defaultMaxDriftMs: number;
  /** Whether a reader of aligned splits may be one that cannot pause them; no unless given. */
  readonly allowUnalignedSplits?: boolean;
  /** The job takes checkpoints, also when tasks have finished: these wait for one more, with which their sinks commit. */
  readonly checkpointing: boolean;
  /** How often sinks ask their committers again; without end unless given. */
  readonly committerRetries?: number;
  /** Whether a channel that ends counts as aligned; otherwise the checkpoint under way comes to nothing. */
  readonly checkpointsAfterTasksFinish: boolean;
  /** Whether barriers may overtake records of custom partitioners, too; no unless given. */
  readonly forcedUnaligned?: boolean;
  /** How other file systems are reached: the values of the job's keys `s3.…`, as `Configuration.entries` has them. */
  readonly fileSystems?: ReadonlyMap<string, { value: unknown; origin: string }>;
  /** How latency is tracked; not at all unless given. */
  readonly latency?: LatencySettings | undefined;
  /** What functions may know of the settings. */
  readonly execution: ExecutionFacts;
  /** Where state by key is; on the heap unless given. */
  readonly stateBackend?: StateBackendSettings;
}

export interface StateBackendSettings {
  readonly type: 'hashmap' | 'level';
  /** Where `level` works; the system's folder for temporary files unless given. */
  readonly localDirectory?: string;
  /** Whether native snapshots write only what is new since the last. */
  readonly incremental: boolean;
  /** Whether copies of checkpoints stay on the local disk for restarts. */
  readonly localRecovery: boolean;
}

export interface Deployment {
  readonly jobGraph: JobGraph;
  readonly taskManager: number;
  readonly subtasks: readonly SubtaskDeployment[];
  readonly channels: readonly ChannelDeployment[];
  readonly metrics: SharedArrayBuffer;
  /** By TaskManager: rung when a ring of theirs has news. */
  readonly doorbells: readonly SharedArrayBuffer[];
  readonly settings: TaskSettings;
  /** Tasks say when their operators have been opened, and wait to be told to begin before they write or read anything. */
  readonly staged: boolean;
}
