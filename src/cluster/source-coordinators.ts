/**
 * The coordinators of all sources of a job, found by the vertex that their readers run in.
 */
import type { JobGraph } from '../graph/job-graph.js';
import type { JobProgram } from '../program/job-program.js';
import type { SubtaskId } from './execution/slots.js';
import type { ToTaskManager } from './messages.js';
import { SourceCoordinator } from './source-coordinator.js';

export interface SourceOutlet {
  send(vertexId: string, subtask: number, message: ToTaskManager): void;
  fail(error: Error): void;
}

export class SourceCoordinators {
  private readonly byVertex = new Map<string, SourceCoordinator>();

  constructor(jobGraph: JobGraph, program: JobProgram, outlet: SourceOutlet) {
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
      };
      this.byVertex.set(vertex.id, new SourceCoordinator(definition.source, head.name, vertex.parallelism, gateway, (error) => outlet.fail(error)));
    }
  }

  start(): void {
    for (const coordinator of this.byVertex.values()) coordinator.start();
  }

  /** These subtasks, some of which may be readers, start again; what they were given before is not theirs any more. */
  restart(subtasks: readonly SubtaskId[]): void {
    for (const [vertexId, coordinator] of this.byVertex) {
      const readers = subtasks.filter((each) => each.vertexId === vertexId).map(({ subtask }) => subtask);
      if (readers.length === coordinator.currentParallelism()) coordinator.reset();
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

  /** Closes every enumerator; an error of one does not keep the others open, and comes too late to matter. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.byVertex.values()].map((coordinator) => coordinator.close()));
  }
}
