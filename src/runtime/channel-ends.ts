/**
 * Opens the channels of a deployment: inside this thread by reference, to other threads through rings, and through files where results are kept.
 *
 * Invariant: each end is opened once and handed out to one task.
 */
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { Deployment } from './deployment.js';
import type { InputChannel, OutputChannel } from './exchange/channel.js';
import type { BatchPool } from './exchange/batch-pool.js';
import { openLocalChannel } from './exchange/local-channel.js';
import { ResultInput, ResultOutput } from './exchange/result-file.js';

/** How ends of rings are opened; the thread that hosts the tasks knows the other threads' doorbells. */
export interface RingEnds {
  /** `classes` are those of the program of the subtask at this end. */
  output(ring: SharedArrayBuffer, consumerTaskManager: number, classes: ClassRegistry): OutputChannel;
  input(ring: SharedArrayBuffer, producerTaskManager: number, classes: ClassRegistry): InputChannel;
}

interface End<C> {
  readonly subtask: number;
  readonly channel: C;
}

export class ChannelEnds {
  private readonly senders = new Map<string, End<OutputChannel>[]>();
  private readonly receivers = new Map<string, End<InputChannel>[]>();

  constructor(deployment: Deployment, rings: RingEnds, classesOf: (slot: number) => ClassRegistry, pool?: BatchPool) {
    const here = deployment.taskManager;
    const edges = new Map(deployment.jobGraph.edges.map((edge) => [edge.id, edge]));
    const slots = new Map(deployment.subtasks.map(({ vertexId, subtask, slot }) => [`${vertexId}/${subtask}`, slot]));
    const classesAt = (vertexId: string, subtask: number): ClassRegistry => classesOf(slots.get(`${vertexId}/${subtask}`)!);
    for (const { edgeId, producer, consumer, ring, result, producerTaskManager, consumerTaskManager } of deployment.channels) {
      const edge = edges.get(edgeId)!;
      if (result) {
        const { sourceVertex, targetVertex } = edge;
        if (slots.has(`${sourceVertex}/${producer}`)) this.addTo(this.senders, edgeId, producer, new ResultOutput(result.path, classesAt(sourceVertex, producer), pool));
        if (slots.has(`${targetVertex}/${consumer}`)) this.addTo(this.receivers, edgeId, consumer, new ResultInput(result.path, { vertexId: sourceVertex, subtask: producer, attempt: result.producerAttempt }, classesAt(targetVertex, consumer)));
        continue;
      }
      const local = ring === undefined ? openLocalChannel() : undefined;
      if (producerTaskManager === here) this.addTo(this.senders, edgeId, producer, local?.output ?? rings.output(ring!, consumerTaskManager, classesAt(edge.sourceVertex, producer)));
      if (consumerTaskManager === here) this.addTo(this.receivers, edgeId, consumer, local?.input ?? rings.input(ring!, producerTaskManager, classesAt(edge.targetVertex, consumer)));
    }
  }

  /** The sending ends of one producer subtask, in the order of its consumers. */
  outputs(edgeId: string, producer: number): OutputChannel[] {
    return (this.senders.get(edgeId) ?? []).filter((end) => end.subtask === producer).map((end) => end.channel);
  }

  /** The receiving ends of one consumer subtask, in the order of its producers. */
  inputs(edgeId: string, consumer: number): InputChannel[] {
    return (this.receivers.get(edgeId) ?? []).filter((end) => end.subtask === consumer).map((end) => end.channel);
  }

  private addTo<C>(ends: Map<string, End<C>[]>, edgeId: string, subtask: number, channel: C): void {
    ends.set(edgeId, [...(ends.get(edgeId) ?? []), { subtask, channel }]);
  }
}
