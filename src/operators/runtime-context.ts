/**
 * What a rich function sees of the runtime (Flink: `RuntimeContext`, `OpenContext`).
 */
import type { Accumulator } from './accumulator.js';
import type { KeyedStateStore } from '../state/keyed-context.js';
import type { MetricGroup } from './metric-group.js';

/** Handed to `open`. */
export interface OpenContext {
  /** The attempt number of this subtask, 0 for the first. */
  readonly attemptNumber: number;
}

/** Facts about the subtask a function runs in (Flink: `TaskInfo`). */
export interface TaskInfo {
  /** The operator's name. */
  getTaskName(): string;
  /** `name (index + 1/parallelism)#attempt`, as logs and errors show it. */
  getTaskNameWithSubtasks(): string;
  /** From 0. */
  getIndexOfThisSubtask(): number;
  getNumberOfParallelSubtasks(): number;
  getMaxNumberOfParallelSubtasks(): number;
  /** 0 for the first attempt, one more with each restart. */
  getAttemptNumber(): number;
  /** Names the slot that the subtask runs in, in 32 hexadecimal digits: subtasks of a job with the same one share a slot. */
  getAllocationId(): string;
}

/** Facts about the job a function runs in (Flink: `JobInfo`). */
export interface JobInfo {
  getJobId(): string;
  getJobName(): string;
}

/** The settings of the job as functions see them (Flink: the getters of `ExecutionConfig`). */
export interface RuntimeExecutionConfig {
  /** That of operators which say nothing of their own. */
  getParallelism(): number;
  /** -1 when nobody set one. */
  getMaxParallelism(): number;
  /** Whether values pass by reference unguarded. */
  isObjectReuseEnabled(): boolean;
  /** Milliseconds; 0 when there are no periodic watermarks. */
  getAutoWatermarkInterval(): number;
  getGlobalJobParameters(): Readonly<Record<string, string>>;
}

/** Files that the program gives its functions (Flink: `DistributedCache`). */
export interface DistributedCache {
  /** The path of the file that `env.registerCachedFile` or `pipeline.cached-files` gave this name. Throws `INVALID_ARGUMENT` when there is none. */
  getFile(name: string): string;
}

/**
 * Its methods for state (`getState`, `getListState` …) work on keyed streams and are called in `open`; elsewhere they
 * throw `STATE_ACCESS`.
 */
export interface RuntimeContext extends TaskInfo, KeyedStateStore {
  getTaskInfo(): TaskInfo;
  getJobInfo(): JobInfo;
  /**
   * 32 hexadecimal digits.
   * @deprecated Gone in Flink 2.0: `getJobInfo().getJobId()` answers the same.
   */
  getJobId(): string;
  getDistributedCache(): DistributedCache;
  /** Whether values pass by reference unguarded, so that functions must not change what they are given. */
  isObjectReuseEnabled(): boolean;
  /** @deprecated Gone in Flink 2.0: `isObjectReuseEnabled` and `getGlobalJobParameters` answer what functions need of it. */
  getExecutionConfig(): RuntimeExecutionConfig;
  getMetricGroup(): MetricGroup;
  /** Values set with `env.getConfig().setGlobalJobParameters`. */
  getGlobalJobParameters(): Readonly<Record<string, string>>;
  /** Registers an accumulator under a name; its merged value is part of the job's result. */
  addAccumulator<V, R>(name: string, accumulator: Accumulator<V, R>): void;
  getAccumulator<V, R>(name: string): Accumulator<V, R> | undefined;
  /** The counter of this name, registered on first use (Flink: `getIntCounter`). */
  getIntCounter(name: string): Accumulator<number, number>;
  getLongCounter(name: string): Accumulator<number, number>;
  getDoubleCounter(name: string): Accumulator<number, number>;
  getHistogram(name: string): Accumulator<number, Record<string, number>>;
}
