/**
 * Turns a job graph and a slot assignment into what each TaskManager is told to run.
 *
 * Invariant: both ends of a channel are told of the same ring; a channel inside one TaskManager has none.
 */
import type { Configuration } from '../core/configuration.js';
import { KernelSpecialisation, NetworkMemory, ObjectReuse, WatermarkAlignmentDrift } from '../core/options.js';
import type { JobGraph } from '../graph/job-graph.js';
import { channelsOf } from '../graph/wiring.js';
import type { ChannelDeployment, Deployment, SubtaskDeployment } from '../runtime/deployment.js';
import { allocateRing } from '../runtime/exchange/ring.js';
import type { SlotAssignment } from './execution/slots.js';

const RING_BYTES_MIN = 64 * 1024;
const RING_BYTES_MAX = 1024 * 1024;

export interface DeploymentPlanOptions {
  readonly jobGraph: JobGraph;
  readonly slots: SlotAssignment;
  readonly doorbells: readonly SharedArrayBuffer[];
  readonly metrics: SharedArrayBuffer;
  readonly attempt: number;
  readonly configuration: Configuration;
  /** False when the program switched operator chaining off: then nothing is merged behind its back. */
  readonly directCalls: boolean;
}

/** One deployment for each TaskManager, some of which may have nothing to run. */
export function planDeployments(options: DeploymentPlanOptions): Deployment[] {
  const { jobGraph, slots, doorbells, metrics, attempt, configuration } = options;
  const subtasks = subtasksOf(jobGraph, slots, attempt);
  const channels = channelsBetween(jobGraph, slots, configuration.get(NetworkMemory));
  const settings = {
    objectReuse: configuration.get(ObjectReuse),
    specialiseKernels: configuration.get(KernelSpecialisation),
    directCalls: options.directCalls,
    defaultMaxDriftMs: configuration.get(WatermarkAlignmentDrift),
  };
  return doorbells.map((_, taskManager) => ({
    jobGraph,
    taskManager,
    subtasks: subtasks.filter((subtask) => slots.slots[subtask.slot]!.taskManager === taskManager),
    channels: channels.filter((channel) => channel.producerTaskManager === taskManager || channel.consumerTaskManager === taskManager),
    metrics,
    doorbells,
    settings,
  }));
}

function subtasksOf(jobGraph: JobGraph, slots: SlotAssignment, attempt: number): SubtaskDeployment[] {
  let metricsIndex = 0;
  return jobGraph.vertices.flatMap((vertex) =>
    Array.from({ length: vertex.parallelism }, (_, subtask) => ({
      vertexId: vertex.id,
      subtask,
      attempt,
      slot: slots.slotOf(vertex.id, subtask).index,
      metricsIndex: metricsIndex++,
    })),
  );
}

function channelsBetween(jobGraph: JobGraph, slots: SlotAssignment, networkBytes: number): ChannelDeployment[] {
  const channels = jobGraph.edges.flatMap((edge) => {
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
  const remote = channels.filter((channel) => channel.producerTaskManager !== channel.consumerTaskManager).length;
  const ringBytes = ringSize(networkBytes, remote);
  return channels.map((channel) => (channel.producerTaskManager === channel.consumerTaskManager ? channel : { ...channel, ring: allocateRing(ringBytes) }));
}

/** The largest power of two that gives every ring its share. */
function ringSize(networkBytes: number, rings: number): number {
  const share = networkBytes / Math.max(1, rings);
  return Math.min(RING_BYTES_MAX, Math.max(RING_BYTES_MIN, 2 ** Math.floor(Math.log2(share))));
}
