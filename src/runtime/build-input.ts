/**
 * What feeds a task: the reader of its source, or its channels with what checkpoints need to know of them.
 */
import type { JobEdge } from '../graph/job-graph.js';
import type { Specialise } from '../operators/operator.js';
import { lifeCycleOf } from '../operators/user-function.js';
import { alignmentOf } from './align-source.js';
import type { CheckpointedChannel, CheckpointTaker } from './barriers/input-barriers.js';
import { runtimeOf } from './build-operator.js';
import type { ChannelEnds } from './channel-ends.js';
import type { ChannelDeployment, Deployment } from './deployment.js';
import type { InputChannel } from './exchange/channel.js';
import { finishedInput } from './finished-operator.js';
import { LatencyTimer } from './latency-markers.js';
import type { OperatorChain } from './operator-chain.js';
import { registerInputGauges, registerSourceGauges } from './operator-gauges.js';
import { SourceInput, type SourceInputOptions } from './source-input.js';
import { StreamInput } from './stream-input.js';
import { hadFinished, inputsInto, maxParallelismInto, sourceOf, type TaskDraft, type TaskServices } from './task-draft.js';
import type { TaskInput } from './task-input.js';

/** What feeds the task. */
export function buildInput(draft: TaskDraft, chain: OperatorChain, specialise: Specialise, deployment: Deployment, services: TaskServices): TaskInput {
  const { gate, metrics, vertex, subtask } = draft;
  const { clock, turnClock, pool, wake, channels } = services;
  const taker: CheckpointTaker = {
    take: (barrier, start) => draft.task?.checkpoints.take(barrier, start),
    abandon: (checkpointId, reason) => draft.task?.checkpoints.abandon(checkpointId, reason),
  };
  const source = sourceOf(draft);
  if (source) {
    if (hadFinished(draft, vertex.operators[0]!)) return finishedInput((barrier) => taker.take(barrier, { firstBarrierAt: clock.now(), unaligned: false }));
    const context = services.readerContext(vertex.id, subtask.subtask, vertex.parallelism);
    const runtime = runtimeOf(draft, vertex.operators[0]!, { deployment, services });
    registerSourceGauges(runtime.metrics, metrics, draft.watermarks, clock);
    const reader = source.createReader({
      ...context, clock, runtime, ...(services.fileSystems ? { fileSystems: services.fileSystems } : {}),
      lifeCycleOf: (fn) => lifeCycleOf(fn, { runtime, operatorState: draft.sourceState!, restoredCheckpointId: subtask.restore?.checkpointId ?? null, keyed: undefined }),
    });
    const fail = (error: unknown): void => draft.task?.fail(error);
    return new SourceInput({
      reader, output: chain.headOutput, gate, metrics, clock: turnClock, wallClock: clock, wake, taker, state: draft.sourceState!,
      fail, latency: latencyOf(draft, chain, deployment, services), alignment: alignmentOf(deployment, draft, { clock, reader, wake, fail }),
      // Records without timestamps need no watermarks: then nobody has to know which split they are of.
      splits: source.emitsPerSplit && (draft.splitFollower || source.givesTimestamps !== false) ? { metrics: runtime.metrics, clock, follower: draft.splitFollower } : undefined,
    });
  }
  const { inputs, places } = channelsInto(draft, deployment, channels);
  const classes = services.classesOf(subtask.slot);
  const input = new StreamInput({
    channels: inputs, places, taker, endedChannelsCount: deployment.settings.checkpointsAfterTasksFinish,
    chain, gate, metrics, clock: turnClock, wallClock: clock, wake, classes, specialise, pool,
  });
  registerInputGauges(draft.contexts[0]!.metrics, input);
  return input;
}

/** Sources emit markers where latency is tracked. */
function latencyOf({ vertex, subtask }: TaskDraft, chain: OperatorChain, { settings: { latency } }: Deployment, { clock, wake }: TaskServices): SourceInputOptions['latency'] {
  if (!latency) return undefined;
  const source = vertex.operators[0]!.operatorId;
  return { timer: new LatencyTimer(latency.intervalMs, clock, wake), emit: (markedAt) => chain.emitLatencyMarker({ markedAt, source, subtask: subtask.subtask }) };
}

/** The channels of each input, and how checkpoints see them. */
function channelsInto(draft: TaskDraft, { jobGraph, channels: links, settings }: Deployment, channels: ChannelEnds): { inputs: InputChannel[][]; places: CheckpointedChannel[][] } {
  const edges = Array.from({ length: inputsInto(draft, jobGraph) }, (_, input) =>
    jobGraph.edges.filter((edge) => edge.targetVertex === draft.vertex.id && edge.input === input),
  );
  return {
    inputs: edges.map((of) => of.flatMap((edge) => channels.inputs(edge.id, draft.subtask.subtask))),
    places: edges.map((of) => of.flatMap((edge) => placesOf(draft, edge, links, settings.forcedUnaligned === true))),
  };
}

function placesOf({ vertex, subtask }: TaskDraft, edge: JobEdge, links: readonly ChannelDeployment[], forced: boolean): CheckpointedChannel[] {
  const consumer = subtask.subtask;
  const keyed = edge.partitioning === 'HASH' ? { keyed: { maxParallelism: maxParallelismInto(vertex, edge), parallelism: vertex.parallelism } } : {};
  return links
    .filter((channel) => channel.edgeId === edge.id && channel.consumer === consumer)
    .map(({ producer }) => ({ edgeId: edge.id, producer, consumer, overtaking: mayBeOvertaken(edge, forced), ...keyed }));
}

/**
 * Flink keeps the others aligned: their records in flight could not be dealt out anew when the job is rescaled.
 * @param forced the author accepts that for custom partitioners.
 */
function mayBeOvertaken({ partitioning, aligned }: JobEdge, forced: boolean): boolean {
  if (aligned === true) return false;
  if (partitioning === 'CUSTOM') return forced;
  return partitioning === 'HASH' || partitioning === 'REBALANCE' || partitioning === 'SHUFFLE' || partitioning === 'GLOBAL';
}
