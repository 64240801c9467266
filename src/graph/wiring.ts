/**
 * Which producer subtask of a job edge feeds which consumer subtasks (Flink's distribution patterns).
 *
 * Invariants:
 * - FORWARD and RESCALE are wired pointwise, every other partitioning all to all.
 * - Channels come ordered by producer, then consumer; a sender's n-th channel is therefore its n-th consumer, and
 *   a receiver's n-th channel its n-th producer. Partitioners and barriers count on that order.
 * - Every subtask on either side has at least one channel.
 */
import type { JobEdge } from './job-graph.js';
import type { Partitioning } from './stream-graph.js';

export interface Channel {
  readonly producer: number;
  readonly consumer: number;
}

/** Whether each sender reaches only its own share of the receivers. */
export function isPointwise(partitioning: Partitioning): boolean {
  return partitioning === 'FORWARD' || partitioning === 'RESCALE';
}

export function channelsOf(edge: Pick<JobEdge, 'partitioning'>, sourceParallelism: number, targetParallelism: number): Channel[] {
  if (!isPointwise(edge.partitioning)) return allToAll(sourceParallelism, targetParallelism);
  if (sourceParallelism >= targetParallelism) return pointwiseIn(sourceParallelism, targetParallelism);
  return pointwiseOut(sourceParallelism, targetParallelism);
}

function allToAll(sources: number, targets: number): Channel[] {
  const channels: Channel[] = [];
  for (let producer = 0; producer < sources; producer++) {
    for (let consumer = 0; consumer < targets; consumer++) channels.push({ producer, consumer });
  }
  return channels;
}

/** At least as many senders as receivers: each receiver reads a run of senders. */
function pointwiseIn(sources: number, targets: number): Channel[] {
  const channels: Channel[] = [];
  for (let consumer = 0; consumer < targets; consumer++) {
    const end = Math.floor(((consumer + 1) * sources) / targets);
    for (let producer = Math.floor((consumer * sources) / targets); producer < end; producer++) channels.push({ producer, consumer });
  }
  return channels;
}

/** Fewer senders than receivers: each sender feeds a run of receivers. */
function pointwiseOut(sources: number, targets: number): Channel[] {
  const channels: Channel[] = [];
  for (let producer = 0; producer < sources; producer++) {
    const end = Math.ceil(((producer + 1) * targets) / sources);
    for (let consumer = Math.ceil((producer * targets) / sources); consumer < end; consumer++) channels.push({ producer, consumer });
  }
  return channels;
}
