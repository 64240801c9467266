/**
 * Turns a job graph and a slot assignment into what each TaskManager is told to run: the whole job, or the attempts
 * that a restart makes.
 *
 * Where results are kept, channels are files, which need no room in memory; their two ends are deployed one after the other.
 *
 * Invariants: both ends of a channel are told of the same ring, which nobody has used before; a channel inside one
 * TaskManager has none.
 */
import { join } from 'node:path';
import type { Configuration } from '../core/configuration.js';
import {
  AllowUnalignedSplits, CheckpointInterval, CheckpointsAfterTasksFinish, ForceUnalignedCheckpoints, IncrementalCheckpoints, KernelSpecialisation, LatencyGranularity, LatencyHistorySize, LatencyInterval, LevelLocalDirectory, LocalRecovery, NetworkMemory, ObjectReuse, SinkCommitterRetries,
  StateBackendType, WatermarkAlignmentDrift,
} from '../core/options.js';
import type { JobGraph } from '../graph/job-graph.js';
import { channelsOf } from '../graph/wiring.js';
import type { ChannelDeployment, Deployment, StateBackendSettings, SubtaskDeployment, TaskRestore } from '../runtime/deployment.js';
import { allocateRing } from '../runtime/exchange/ring.js';
import type { LatencySettings } from '../runtime/latency-markers.js';
import { executionFacts } from '../runtime/subtask-context.js';
import { firstMetricsIndex } from '../runtime/task-metrics.js';
import type { AttemptId } from './execution/execution-graph.js';
import type { SlotAssignment, SubtaskId } from './execution/slots.js';

const RING_BYTES_MIN = 64 * 1024;
const RING_BYTES_MAX = 1024 * 1024;

export interface DeploymentPlanOptions {
  readonly jobGraph: JobGraph;
  readonly slots: SlotAssignment;
  readonly doorbells: readonly SharedArrayBuffer[];
  readonly metrics: SharedArrayBuffer;
  /** What to run; no channel but a kept result leads from one of these to another subtask. */
  readonly attempts: readonly AttemptId[];
  /** What a subtask goes on from, when it does not start afresh. */
  readonly restoreOf?: (subtask: SubtaskId) => TaskRestore | undefined;
  readonly configuration: Configuration;
  /** Tasks wait for one another before they write or read anything; default: false. */
  readonly staged?: boolean;
  /** False when the program switched operator chaining off: then nothing is merged behind its back. */
  readonly directCalls: boolean;
  /** Where results are kept, when they are. */
  readonly results?: KeptResults;
}

export interface KeptResults {
  readonly folder: string;
  /** The attempt of a subtask that makes its result, or has made it. */
  readonly attemptOf: (subtask: SubtaskId) => number;
}

/** One deployment for each TaskManager, some of which may have nothing to run. */
export function planDeployments(options: DeploymentPlanOptions): Deployment[] {
  const { jobGraph, slots, doorbells, metrics, configuration } = options;
  const subtasks = subtasksOf(options);
  const deployed = new Set(subtasks.map(({ vertexId, subtask }) => `${vertexId}/${subtask}`));
  const channels = options.results ? resultChannels(jobGraph, slots, options.results, deployed) : channelsBetween(jobGraph, slots, configuration.get(NetworkMemory), deployed);
  const settings = {
    objectReuse: configuration.get(ObjectReuse),
    specialiseKernels: configuration.get(KernelSpecialisation),
    directCalls: options.directCalls && !options.results,
    defaultMaxDriftMs: configuration.get(WatermarkAlignmentDrift),
    allowUnalignedSplits: configuration.get(AllowUnalignedSplits),
    checkpointsAfterTasksFinish: configuration.get(CheckpointsAfterTasksFinish),
    checkpointing: jobGraph.runtimeMode === 'STREAMING' && configuration.get(CheckpointInterval) !== undefined && configuration.get(CheckpointsAfterTasksFinish),
    committerRetries: configuration.get(SinkCommitterRetries),
    forcedUnaligned: configuration.get(ForceUnalignedCheckpoints),
    stateBackend: stateBackendOf(configuration, jobGraph),
    fileSystems: configuration.startingWith('s3.').entries(),
    execution: executionFacts(configuration),
    latency: latencyOf(configuration, jobGraph),
  };
  return doorbells.map((_, taskManager) => ({
    jobGraph,
    taskManager,
    subtasks: subtasks.filter((subtask) => slots.slots[subtask.slot]!.taskManager === taskManager),
    channels: channels.filter((channel) => channel.producerTaskManager === taskManager || channel.consumerTaskManager === taskManager),
    metrics,
    doorbells,
    settings,
    staged: options.staged === true,
  }));
}

/** A batch job has one key at a time in state: it stays on the heap. */
export function stateBackendType(configuration: Configuration, runtimeMode: JobGraph['runtimeMode']): StateBackendSettings['type'] {
  return configuration.get(StateBackendType) === 'hashmap' || runtimeMode === 'BATCH' ? 'hashmap' : 'level';
}

function stateBackendOf(configuration: Configuration, { runtimeMode }: JobGraph): StateBackendSettings {
  const localDirectory = configuration.get(LevelLocalDirectory);
  return {
    type: stateBackendType(configuration, runtimeMode),
    incremental: configuration.get(IncrementalCheckpoints),
    localRecovery: configuration.get(LocalRecovery),
    ...(localDirectory !== undefined && { localDirectory }),
  };
}

function subtasksOf({ jobGraph, slots, attempts, restoreOf }: DeploymentPlanOptions): SubtaskDeployment[] {
  return attempts.map(({ vertexId, subtask, attempt }) => {
    const restore = restoreOf?.({ vertexId, subtask });
    return {
      vertexId,
      subtask,
      attempt,
      slot: slots.slotOf(vertexId, subtask).index,
      metricsIndex: firstMetricsIndex(jobGraph, vertexId) + subtask,
      ...(restore ? { restore } : {}),
    };
  });
}

function channelsBetween(jobGraph: JobGraph, slots: SlotAssignment, networkBytes: number, deployed: ReadonlySet<string>): ChannelDeployment[] {
  const sourceOf = new Map(jobGraph.edges.map((edge) => [edge.id, edge.sourceVertex]));
  const channels = allChannels(jobGraph, slots);
  const remote = channels.filter((channel) => channel.producerTaskManager !== channel.consumerTaskManager).length;
  const ringBytes = ringSize(networkBytes, remote);
  const wanted = channels.filter(({ edgeId, producer }) => deployed.has(`${sourceOf.get(edgeId)!}/${producer}`));
  return wanted.map((channel) => (channel.producerTaskManager === channel.consumerTaskManager ? channel : { ...channel, ring: allocateRing(ringBytes) }));
}

function resultChannels(jobGraph: JobGraph, slots: SlotAssignment, { folder, attemptOf }: KeptResults, deployed: ReadonlySet<string>): ChannelDeployment[] {
  const edges = new Map(jobGraph.edges.map((edge) => [edge.id, edge]));
  return allChannels(jobGraph, slots).flatMap((channel) => {
    const { edgeId, producer, consumer } = channel;
    const { sourceVertex, targetVertex } = edges.get(edgeId)!;
    if (!deployed.has(`${sourceVertex}/${producer}`) && !deployed.has(`${targetVertex}/${consumer}`)) return [];
    const producerAttempt = attemptOf({ vertexId: sourceVertex, subtask: producer });
    return [{ ...channel, result: { path: join(folder, `${edgeId}-from-${producer}-attempt-${producerAttempt}-to-${consumer}`), producerAttempt } }];
  });
}

function allChannels(jobGraph: JobGraph, slots: SlotAssignment): ChannelDeployment[] {
  return jobGraph.edges.flatMap((edge) => {
    const source = jobGraph.vertices.find((vertex) => vertex.id === edge.sourceVertex)!;
    const target = jobGraph.vertices.find((vertex) => vertex.id === edge.targetVertex)!;
    return channelsOf(edge, source.parallelism, target.parallelism).map(({ producer, consumer }) => ({
      edgeId: edge.id,
      producer,
      consumer,
      producerTaskManager: slots.slotOf(source.id, producer).taskManager,
      consumerTaskManager: slots.slotOf(target.id, consumer).taskManager,
    }));
  });
}

/** The largest power of two that gives every ring its share. */
function ringSize(networkBytes: number, rings: number): number {
  const share = networkBytes / Math.max(1, rings);
  return Math.min(RING_BYTES_MAX, Math.max(RING_BYTES_MIN, 2 ** Math.floor(Math.log2(share))));
}

/** Undefined where it is not tracked. */
function latencyOf(configuration: Configuration, { runtimeMode }: JobGraph): LatencySettings | undefined {
  const intervalMs = configuration.get(LatencyInterval);
  if (intervalMs === 0 || runtimeMode === 'BATCH') return undefined;
  return { intervalMs, granularity: configuration.get(LatencyGranularity), historySize: configuration.get(LatencyHistorySize) };
}
