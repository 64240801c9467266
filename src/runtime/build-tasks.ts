/**
 * Makes the tasks of a deployment: instantiates each chain from the slot's program, opens its channels and links what
 * calls what directly.
 *
 * Invariant: a task that another one calls directly is made with its driver and shares the driver's gate.
 */
import { FlinkError } from '../core/errors.js';
import type { ChainedOperator, JobEdge, JobVertex } from '../graph/job-graph.js';
import type { FeedbackQueue } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { sharedSpecialiser, specialiser } from '../operators/specialise.js';
import { buildInput } from './build-input.js';
import { mailboxOf, operatorContext, operatorStatesOf, runtimeOf } from './build-operator.js';
import { ChainWatermarks } from './chain-watermarks.js';
import type { Deployment, SubtaskDeployment } from './deployment.js';
import { DirectCall } from './direct-call.js';
import { directEdges } from './direct-edges.js';
import { combineTargets } from './emit-targets.js';
import { labelOperator } from './failure.js';
import { Feedback } from './feedback.js';
import { finishedOperator } from './finished-operator.js';
import { TaskGate } from './gate.js';
import { latencyStatistics } from './latency-markers.js';
import { type ChainLink, type ChainTarget, OperatorChain } from './operator-chain.js';
import { registerOperatorGauges } from './operator-gauges.js';
import { RecordWriter } from './record-writer.js';
import { SourceInput } from './source-input.js';
import { hadFinished, inputsInto, type Labelled, maxParallelismInto, sourceOf, type TaskDraft, type TaskServices } from './task-draft.js';
import { Task } from './task.js';
import { TaskMetrics } from './task-metrics.js';

/** All tasks of the deployment, each after those it drives. */
export function buildTasks(deployment: Deployment, services: TaskServices): Task[] {
  return new DeploymentBuild(deployment, services).tasks();
}

class DeploymentBuild {
  private readonly direct: ReadonlySet<string>;
  private readonly feedbacks = new Map<string, Feedback>();
  private readonly built: Task[] = [];
  /** Feedback queues whose consumer is an operator of a task that does not exist yet. */
  private readonly consumedBy = new Map<TaskDraft, Feedback[]>();

  constructor(readonly deployment: Deployment, readonly services: TaskServices) {
    this.direct = directEdges(deployment);
  }

  tasks(): Task[] {
    const { jobGraph, subtasks } = this.deployment;
    const driven = new Set(jobGraph.edges.filter((edge) => this.direct.has(edge.id)).map((edge) => edge.targetVertex));
    for (const subtask of subtasks) {
      if (!driven.has(subtask.vertexId)) this.build(subtask, new TaskGate(() => this.services.wake()), true);
    }
    return this.built;
  }

  private build(subtask: SubtaskDeployment, gate: TaskGate, driving: boolean): Task {
    const { jobGraph } = this.deployment;
    const vertex = jobGraph.vertices.find((candidate) => candidate.id === subtask.vertexId);
    if (!vertex) throw new FlinkError('INTERNAL', `no vertex ${subtask.vertexId} in the job graph`);
    const draft = this.draft(vertex, subtask, gate);
    const labels = vertex.operators.map((operator) => this.labelled(draft, operator));
    const { writers, calls, leaves } = this.outputsOf(draft, labels);
    const chain = new OperatorChain(vertex.operators.map((operator, at) => this.link(draft, operator, at, leaves, labels)), draft.watermarks);
    const task = new Task({
      name: vertex.name,
      vertexId: vertex.id,
      subtask: subtask.subtask,
      attempt: subtask.attempt,
      head: labels[0]!.place,
      labels: labels.map(({ label }) => label),
      chain,
      input: driving ? buildInput(draft, chain, labels[0]!.specialise, this.deployment, this.services) : undefined,
      isSource: sourceOf(draft) !== undefined,
      restore: subtask.restore,
      classes: this.services.classesOf(subtask.slot),
      staged: this.deployment.staged,
      awaitsFinalCheckpoint: this.deployment.settings.checkpointing,
      writers,
      calls,
      gate,
      metrics: draft.metrics,
      clock: this.services.clock,
      random: this.services.random,
      files: this.services.files,
      listener: this.services.listener,
      wake: this.services.wake,
    });
    draft.task = task;
    if (driving) this.attachReader(draft, task);
    for (const feedback of this.consumedBy.get(draft) ?? []) task.attachFeedback(feedback);
    this.built.push(task);
    return task;
  }

  private draft(vertex: JobVertex, subtask: SubtaskDeployment, gate: TaskGate): TaskDraft {
    const metrics = new TaskMetrics(this.deployment.metrics, subtask.metricsIndex);
    metrics.beginAttempt();
    const ends = vertex.operators.flatMap(({ nodeId }, at) => (vertex.chainedEdges.some(({ sourceNode }) => sourceNode === nodeId) ? [] : [at]));
    const watermarks = new ChainWatermarks(vertex.operators.length, ends, metrics, this.services.clock);
    return {
      vertex, subtask, program: this.services.programOf(subtask.slot), gate, metrics, eventTimes: new Map(), watermarks, contexts: [],
      sourceState: undefined, task: undefined,
    };
  }

  private labelled(draft: TaskDraft, operator: ChainedOperator): Labelled {
    const place = { operator: operator.name, subtask: draft.subtask.subtask, parallelism: draft.vertex.parallelism };
    const label = labelOperator(place);
    return { place, label, specialise: this.deployment.settings.specialiseKernels ? specialiser(label) : sharedSpecialiser(label) };
  }

  private outputsOf(draft: TaskDraft, labels: readonly Labelled[]): { writers: RecordWriter[]; calls: DirectCall[]; leaves: Map<number, ChainTarget[]> } {
    const writers: RecordWriter[] = [];
    const calls: DirectCall[] = [];
    const leaves = new Map<number, ChainTarget[]>();
    for (const edge of this.deployment.jobGraph.edges) {
      if (edge.sourceVertex !== draft.vertex.id) continue;
      const owner = labels[draft.vertex.operators.findIndex((operator) => operator.nodeId === edge.sourceNode)]!;
      const leaf = this.direct.has(edge.id) ? this.call(draft, edge, owner, calls) : this.write(draft, edge, owner, writers);
      leaves.set(edge.sourceNode, [...(leaves.get(edge.sourceNode) ?? []), leaf]);
    }
    return { writers, calls, leaves };
  }

  private call(draft: TaskDraft, edge: JobEdge, owner: Labelled, calls: DirectCall[]): ChainTarget {
    const subtask = this.deployment.subtasks.find((candidate) => candidate.vertexId === edge.targetVertex);
    if (!subtask) throw new FlinkError('INTERNAL', `the vertex behind the direct edge ${edge.id} is not on this TaskManager`);
    const call = new DirectCall(this.build(subtask, draft.gate, false), draft.metrics, owner.specialise);
    calls.push(call);
    return { sideOutput: edge.sideOutput, emit: call.emit, watermark: (timestamp) => call.watermark(timestamp), idle: (idle) => call.idle(idle), latencyMarker: (marker) => call.latencyMarker(marker) };
  }

  private write(draft: TaskDraft, edge: JobEdge, owner: Labelled, writers: RecordWriter[]): ChainTarget {
    const target = this.deployment.jobGraph.vertices.find((vertex) => vertex.id === edge.targetVertex);
    const definition = draft.program.definitions.get(edge.targetNode);
    const writer = new RecordWriter({
      channels: this.services.channels.outputs(edge.id, draft.subtask.subtask),
      partitioning: edge.partitioning,
      edgeFunction: draft.program.edgeFunctions.get(edge.streamEdge),
      localAggregate: definition?.kind === 'operator' ? definition.operator.localAggregate : undefined,
      maxParallelism: target ? maxParallelismInto(target, edge) : 128,
      bufferTimeoutMs: draft.vertex.bufferTimeoutMs,
      gate: draft.gate,
      metrics: draft.metrics,
      random: this.services.random,
      specialise: owner.specialise,
      owner: owner.place,
      pool: this.services.pool,
    });
    writers.push(writer);
    return {
      sideOutput: edge.sideOutput,
      emit: writer.emit,
      watermark: (timestamp) => writer.event({ type: 'watermark', timestamp }),
      idle: (idle) => writer.event({ type: 'idle', idle }),
      latencyMarker: (marker) => writer.latencyMarker(marker),
    };
  }

  private link(draft: TaskDraft, operator: ChainedOperator, at: number, leaves: ReadonlyMap<number, ChainTarget[]>, labels: readonly Labelled[]): ChainLink {
    const { vertex, program } = draft;
    const definition = program.definitions.get(operator.nodeId);
    if (!definition) throw new FlinkError('INTERNAL', `the program has no behaviour for the operator "${operator.name}"`);
    const { specialise, place } = labels[at]!;
    const tracked = this.deployment.settings.latency;
    const build = { deployment: this.deployment, services: this.services, feedback: (id: string) => this.feedback(draft, id) };
    const mailbox = mailboxOf(draft, place);
    const runtime = definition.kind === 'source' ? undefined : runtimeOf(draft, operator, build);
    const memory = operatorStatesOf(draft, operator, mailbox, runtime, this);
    if (runtime) {
      draft.contexts[at] = runtime;
      registerOperatorGauges(runtime.metrics, at, draft.watermarks, memory);
    } else {
      draft.sourceState = memory.operator;
    }
    return {
      place,
      operatorId: operator.operatorId,
      memory,
      latency: tracked && runtime && latencyStatistics(tracked, runtime.metrics, { operatorId: operator.operatorId, subtask: draft.subtask.subtask }, this.services.clock),
      instantiate: definition.kind === 'source' ? undefined : (output) => {
        if (hadFinished(draft, operator)) return finishedOperator(inputsInto(draft, this.deployment.jobGraph));
        return definition.operator.instantiate(operatorContext(draft, operator, { output, specialise, mailbox, memory, runtime: runtime! }, build));
      },
      next: vertex.chainedEdges
        .filter((edge) => edge.sourceNode === operator.nodeId)
        .map((edge) => ({ at: vertex.operators.findIndex((candidate) => candidate.nodeId === edge.targetNode), sideOutput: edge.sideOutput })),
      leaves: leaves.get(operator.nodeId) ?? [],
      combine: (targets: readonly Emit[]) => combineTargets(targets, specialise, !this.deployment.settings.objectReuse),
    };
  }

  private feedback(draft: TaskDraft, iterationId: string): FeedbackQueue {
    const key = `${iterationId}/${draft.subtask.subtask}`;
    const queue = this.feedbacks.get(key) ?? new Feedback(this.services.clock, this.services.wake);
    this.feedbacks.set(key, queue);
    return {
      push: (value, timestamp) => queue.push(value, timestamp),
      idleMs: () => queue.idleMs(),
      consume: (deliver) => {
        queue.consume(deliver);
        if (draft.task) draft.task.attachFeedback(queue);
        else this.consumedBy.set(draft, [...(this.consumedBy.get(draft) ?? []), queue]);
      },
    };
  }

  private attachReader(draft: TaskDraft, task: Task): void {
    const { input } = task.parts;
    if (input instanceof SourceInput) this.services.registerReader(draft.vertex.id, draft.subtask.subtask, input.reader, task);
  }
}
