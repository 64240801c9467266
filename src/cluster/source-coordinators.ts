/**
 * The coordinators of all sources of a job, found by the vertex that their readers run in.
 */
import type { Configuration } from '../core/configuration.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { JobProgram } from '../program/job-program.js';
import { type OperatorMetrics, readGroup } from '../runtime/operator-metrics.js';
import type { SnapshotFile } from '../state/snapshot-files.js';
import { decodeEnumeratorState, encodeEnumeratorState } from './enumerator-state.js';
import type { SubtaskId } from './execution/slots.js';
import type { ToTaskManager } from './messages.js';
import { type KeptState, SourceCoordinator } from './source-coordinator.js';

export interface SourceOutlet {
  send(vertexId: string, subtask: number, message: ToTaskManager): void;
  fail(error: Error): void;
  /** A source works through a backlog, or does not any more. */
  backlog?(vertexId: string, isBacklog: boolean): void;
}

/** What the enumerators of a job keep in a checkpoint, by the id of the source's operator. */
export type EnumeratorStates = ReadonlyMap<string, SnapshotFile>;

export class SourceCoordinators {
  private readonly byVertex = new Map<string, SourceCoordinator>();

  /** @param states what the enumerators go on from. @param fileSystems how they reach file systems other than the machine's own. */
  constructor(private readonly jobGraph: JobGraph, program: JobProgram, outlet: SourceOutlet, states: EnumeratorStates = new Map(), fileSystems?: Configuration) {
    const { jobId } = jobGraph;
    for (const vertex of jobGraph.vertices) {
      const head = vertex.operators[0]!;
      const definition = program.definitions.get(head.nodeId);
      if (definition?.kind !== 'source') continue;
      const to = (subtask: number, message: ToTaskManager): void => outlet.send(vertex.id, subtask, message);
      const gateway = {
        addSplits: (subtask: number, splits: unknown[]) => to(subtask, { type: 'add-splits', jobId, vertexId: vertex.id, subtask, splits }),
        noMoreSplits: (subtask: number) => to(subtask, { type: 'no-more-splits', jobId, vertexId: vertex.id, subtask }),
        sourceEvent: (subtask: number, event: unknown) => to(subtask, { type: 'source-event', jobId, vertexId: vertex.id, subtask, event }),
        backlog: (isBacklog: boolean) => outlet.backlog?.(vertex.id, isBacklog),
      };
      this.byVertex.set(vertex.id, new SourceCoordinator(definition.source, head.name, vertex.parallelism, gateway, (error) => outlet.fail(error), keptState(states, head.operatorId), fileSystems));
    }
  }

  /** The metrics of the enumerator in this vertex, if there is one. */
  metricsOf(vertexId: string): OperatorMetrics | undefined {
    const coordinator = this.byVertex.get(vertexId);
    return coordinator && { nodeId: this.headOf(vertexId).nodeId, name: this.headOf(vertexId).name, ...readGroup(coordinator.metrics) };
  }

  start(): void {
    for (const coordinator of this.byVertex.values()) coordinator.start();
  }

  /** The job has this parallelism from now on; `restart` of all subtasks follows. */
  rescaled({ vertices }: JobGraph): void {
    for (const { id, parallelism } of vertices) this.byVertex.get(id)?.rescaled(parallelism);
  }

  /**
   * These subtasks, some of which may be readers, start again; what they were given since the last checkpoint is not
   * theirs any more.
   *
   * @param states what enumerators go on from all of whose readers start again.
   */
  restart(subtasks: readonly SubtaskId[], states: EnumeratorStates = new Map()): void {
    for (const [vertexId, coordinator] of this.byVertex) {
      const readers = subtasks.filter((each) => each.vertexId === vertexId).map(({ subtask }) => subtask);
      if (readers.length === coordinator.currentParallelism()) coordinator.reset(keptState(states, this.headOf(vertexId).operatorId));
      else for (const reader of readers) coordinator.resetReader(reader);
    }
  }

  readerRegistered(vertexId: string, subtask: number): void {
    this.byVertex.get(vertexId)?.readerRegistered(subtask);
  }

  splitRequested(vertexId: string, subtask: number): void {
    this.byVertex.get(vertexId)?.splitRequested(subtask);
  }

  sourceEvent(vertexId: string, subtask: number, event: unknown): void {
    this.byVertex.get(vertexId)?.sourceEvent(subtask, event);
  }

  /** @throws FlinkError STATE_NOT_SERIALIZABLE, or what an enumerator throws. */
  snapshot(checkpointId: number): EnumeratorStates {
    const states = new Map<string, SnapshotFile>();
    for (const [vertexId, coordinator] of this.byVertex) {
      const head = this.headOf(vertexId);
      const kept = coordinator.snapshot(checkpointId);
      if (kept) states.set(head.operatorId, { kind: 'inline', bytes: encodeEnumeratorState(kept.state, head.name) });
    }
    return states;
  }

  checkpointCompleted(checkpointId: number): void {
    for (const coordinator of this.byVertex.values()) coordinator.checkpointCompleted(checkpointId);
  }

  checkpointAborted(checkpointId: number): void {
    for (const coordinator of this.byVertex.values()) coordinator.checkpointAborted(checkpointId);
  }

  /** Closes every enumerator; an error of one does not keep the others open, and comes too late to matter. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.byVertex.values()].map((coordinator) => coordinator.close()));
  }

  private headOf(vertexId: string): JobGraph['vertices'][number]['operators'][number] {
    return this.jobGraph.vertices.find(({ id }) => id === vertexId)!.operators[0]!;
  }
}

function keptState(states: EnumeratorStates, operatorId: string): KeptState | undefined {
  const file = states.get(operatorId);
  return file?.kind === 'inline' ? { state: decodeEnumeratorState(file.bytes) } : undefined;
}
