/**
 * The runtime context of one operator in one subtask, with its metrics and accumulators.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Accumulator, DoubleCounter, Histogram, IntCounter, LongCounter } from '../operators/accumulator.js';
import type { MetricGroup } from '../operators/metric-group.js';
import type { DistributedCache, JobInfo, RuntimeContext, RuntimeExecutionConfig, TaskInfo } from '../operators/runtime-context.js';
import { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { murmur3x128 } from '../core/murmur.js';
import { AutoWatermarkInterval, CachedFiles, MaxParallelism, ObjectReuse, ParallelismDefault } from '../core/options.js';
import type { KeyedStateStore } from '../state/keyed-context.js';
import type {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { AggregatingState, FoldingState, ListState, MapState, ReducingState, ValueState } from '../state/state.js';
import type { Clock } from '../core/clock.js';
import { MetricViews } from './metric-views.js';
import { SubtaskMetricGroup } from './subtask-metric-group.js';

export interface SubtaskFacts {
  readonly vertexId: string;
  readonly vertexName?: string;
  readonly operatorId?: string;
  /** The operator's node in the StreamGraph. */
  readonly nodeId: number;
  readonly jobId: string;
  readonly jobName: string;
  /** Name of the operator. */
  readonly name: string;
  readonly subtask: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly attempt: number;
  /** Names its slot; the first slot of the job unless given. */
  readonly allocationId?: string;
  /** By default as a job without any settings has it. */
  readonly execution?: ExecutionFacts;
  readonly globalJobParameters: Readonly<Record<string, string>>;
}

/** What functions may know of the job's settings. */
export interface ExecutionFacts {
  readonly objectReuse: boolean;
  readonly parallelism: number;
  /** -1: nobody set one. */
  readonly maxParallelism: number;
  readonly autoWatermarkIntervalMs: number;
  /** Absolute paths, by name. */
  readonly cachedFiles: Readonly<Record<string, string>>;
}

export function executionFacts(configuration: Configuration): ExecutionFacts {
  return {
    objectReuse: configuration.get(ObjectReuse),
    parallelism: configuration.get(ParallelismDefault),
    maxParallelism: configuration.get(MaxParallelism),
    autoWatermarkIntervalMs: configuration.get(AutoWatermarkInterval),
    cachedFiles: Object.fromEntries(Object.entries(configuration.get(CachedFiles)).map(([name, path]) => [name, absolutePath(path)])),
  };
}

function absolutePath(path: string): string {
  return path.startsWith('file:') ? fileURLToPath(path) : resolve(path);
}

/** The same for all subtasks of a job in one slot, in every attempt. */
export function allocationIdOf(jobId: string, slot: number): string {
  return Buffer.from(murmur3x128(Buffer.from(`${jobId}/${slot}`))).toString('hex');
}

export class SubtaskContext implements RuntimeContext {
  readonly metrics: SubtaskMetricGroup;
  readonly accumulators = new Map<string, Accumulator<never, unknown>>();

  private keyedState: KeyedStateStore | undefined;

  private readonly views: MetricViews | undefined;

  /** @param clock moves metrics that are rates; without it they stand still. */
  constructor(private readonly facts: SubtaskFacts, clock?: Pick<Clock, 'schedule'>) {
    this.views = clock && new MetricViews(clock);
    this.metrics = new SubtaskMetricGroup({ views: this.views, variables: variablesOf(facts) });
  }

  /** The subtask is over. */
  close(): void {
    this.views?.close();
  }

  /** Called once the operator has taken up its keyed context: from now on user functions find state here. */
  attachKeyedState(store: KeyedStateStore): void {
    this.keyedState = store;
  }

  get vertexId(): string {
    return this.facts.vertexId;
  }

  get nodeId(): number {
    return this.facts.nodeId;
  }

  getTaskName(): string {
    return this.facts.name;
  }
  getTaskNameWithSubtasks(): string {
    return `${this.facts.name} (${this.facts.subtask + 1}/${this.facts.parallelism})#${this.facts.attempt}`;
  }
  getIndexOfThisSubtask(): number {
    return this.facts.subtask;
  }
  getNumberOfParallelSubtasks(): number {
    return this.facts.parallelism;
  }
  getMaxNumberOfParallelSubtasks(): number {
    return this.facts.maxParallelism;
  }
  getAttemptNumber(): number {
    return this.facts.attempt;
  }
  getAllocationId(): string {
    return this.facts.allocationId ?? allocationIdOf(this.facts.jobId, 0);
  }
  getTaskInfo(): TaskInfo {
    return this;
  }
  getJobInfo(): JobInfo {
    return { getJobId: () => this.facts.jobId, getJobName: () => this.facts.jobName };
  }
  getJobId(): string {
    return this.facts.jobId;
  }
  getDistributedCache(): DistributedCache {
    const { cachedFiles = {} } = this.facts.execution ?? {};
    return {
      getFile(name) {
        if (Object.hasOwn(cachedFiles, name)) return cachedFiles[name]!;
        throw new FlinkError('INVALID_ARGUMENT', `File with name '${name}' is not available. Did you forget to register the file?`, { hint: `Register it: env.registerCachedFile(path, '${name}').${Object.keys(cachedFiles).length > 0 ? ` These are: ${Object.keys(cachedFiles).join(', ')}.` : ''}` });
      },
    };
  }
  isObjectReuseEnabled(): boolean {
    return this.getExecutionConfig().isObjectReuseEnabled();
  }
  getExecutionConfig(): RuntimeExecutionConfig {
    const { execution = executionFacts(new Configuration()), globalJobParameters } = this.facts;
    return {
      getParallelism: () => execution.parallelism,
      getMaxParallelism: () => execution.maxParallelism,
      isObjectReuseEnabled: () => execution.objectReuse,
      getAutoWatermarkInterval: () => execution.autoWatermarkIntervalMs,
      getGlobalJobParameters: () => globalJobParameters,
    };
  }
  getMetricGroup(): MetricGroup {
    return this.metrics;
  }
  getGlobalJobParameters(): Readonly<Record<string, string>> {
    return this.facts.globalJobParameters;
  }
  addAccumulator<V, R>(name: string, accumulator: Accumulator<V, R>): void {
    if (this.accumulators.has(name)) {
      throw new FlinkError('INVALID_ARGUMENT', `addAccumulator: an accumulator named "${name}" is registered already`);
    }
    this.accumulators.set(name, accumulator as Accumulator<never, unknown>);
  }
  getAccumulator<V, R>(name: string): Accumulator<V, R> | undefined {
    return this.accumulators.get(name) as Accumulator<V, R> | undefined;
  }
  getIntCounter(name: string): Accumulator<number, number> {
    return this.counter(name, () => new IntCounter());
  }
  getLongCounter(name: string): Accumulator<number, number> {
    return this.counter(name, () => new LongCounter());
  }
  getDoubleCounter(name: string): Accumulator<number, number> {
    return this.counter(name, () => new DoubleCounter());
  }
  getHistogram(name: string): Accumulator<number, Record<string, number>> {
    return this.counter(name, () => new Histogram());
  }

  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T> {
    return this.keyed('getState').getState(descriptor);
  }
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T> {
    return this.keyed('getListState').getListState(descriptor);
  }
  getMapState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V> {
    return this.keyed('getMapState').getMapState(descriptor);
  }
  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T> {
    return this.keyed('getReducingState').getReducingState(descriptor);
  }
  getAggregatingState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT> {
    return this.keyed('getAggregatingState').getAggregatingState(descriptor);
  }
  getFoldingState<IN, ACC>(descriptor: FoldingStateDescriptor<IN, ACC>): FoldingState<IN, ACC> {
    return this.keyed('getFoldingState').getFoldingState(descriptor);
  }

  private keyed(call: string): KeyedStateStore {
    if (this.keyedState) return this.keyedState;
    throw new FlinkError('STATE_ACCESS', `${call}: "${this.facts.name}" has no keyed state: it is state of a keyed stream, and the operator's input is not keyed`, {
      hint: 'Call keyBy first: stream.keyBy(…).process(…).',
    });
  }

  private counter<V, R>(name: string, make: () => Accumulator<V, R>): Accumulator<V, R> {
    const made = make();
    const known = this.getAccumulator<V, R>(name);
    if (known && known.kind !== made.kind) {
      throw new FlinkError('INVALID_ARGUMENT', `the accumulator "${name}" is of the kind ${known.kind} already, it cannot be of the kind ${made.kind} too`, { hint: 'Give one of the two another name.' });
    }
    if (known) return known;
    this.addAccumulator(name, made);
    return made;
  }
}

/** By Flink's names of variables. */
function variablesOf({ jobId, jobName, vertexId, vertexName, operatorId, name, subtask, attempt }: SubtaskFacts): Record<string, string> {
  return {
    '<job_id>': jobId, '<job_name>': jobName, '<task_id>': vertexId, '<task_name>': vertexName ?? name, '<task_attempt_num>': String(attempt), '<subtask_index>': String(subtask),
    ...(operatorId === undefined ? {} : { '<operator_id>': operatorId }), '<operator_name>': name,
  };
}
