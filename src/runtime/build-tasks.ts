/**
 * Makes the tasks of a deployment: instantiates each chain from the slot's program, opens its channels and links what
 * calls what directly.
 *
 * Invariant: a task that another one calls directly is made with its driver and shares the driver's gate.
 */
import type { Clock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { keyGroupRange } from '../core/key-group.js';
import type { Random } from '../core/random.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { ChainedOperator, JobEdge, JobVertex } from '../graph/job-graph.js';
import type { FeedbackQueue, Mailbox, OperatorContext, OperatorHost, Specialise } from '../operators/operator.js';
import type { Emit, Output } from '../operators/output.js';
import type { Source, SourceReader, SourceReaderContext } from '../operators/source.js';
import { sharedSpecialiser, specialiser } from '../operators/specialise.js';
import type { JobProgram } from '../program/job-program.js';
import { HashMapBackend } from '../state/hash-map-backend.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import { OperatorStates } from '../state/operator-states.js';
import { alignmentOf } from './align-source.js';
import type { Deployment, SubtaskDeployment } from './deployment.js';
import { DirectCall } from './direct-call.js';
import { directEdges } from './direct-edges.js';
import { combineTargets } from './emit-targets.js';
import type { BatchPool } from './exchange/batch-pool.js';
import { ChainWatermarks } from './chain-watermarks.js';
import type { ChannelEnds } from './channel-ends.js';
import { type LabelledOperator, labelOperator, locateFailure } from './failure.js';
import { Feedback } from './feedback.js';
import { finishedInput, finishedOperator } from './finished-operator.js';
import { TaskGate } from './gate.js';
import type { CheckpointedChannel, CheckpointTaker } from './barriers/input-barriers.js';
import type { InputChannel } from './exchange/channel.js';
import type { TaskInput } from './task-input.js';
import { type ChainLink, type ChainTarget, OperatorChain } from './operator-chain.js';
import { registerInputGauges, registerOperatorGauges, registerSourceGauges } from './operator-gauges.js';
import { RecordWriter } from './record-writer.js';
import { SourceInput } from './source-input.js';
import { StreamInput } from './stream-input.js';
import { SubtaskContext } from './subtask-context.js';
import { Task, type TaskListener } from './task.js';
import { TaskMetrics } from './task-metrics.js';

/** What the thread that hosts the tasks offers them. */
export interface TaskServices {
  readonly clock: Clock;
  /** Ends the turns of a task. */
  readonly turnClock: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  readonly pool: BatchPool;
  readonly listener: TaskListener;
  readonly channels: ChannelEnds;
  /** The program of a slot. */
  readonly programOf: (slot: number) => JobProgram;
  /** The classes it has registered. */
  readonly classesOf: (slot: number) => ClassRegistry;
  readonly wake: () => void;
  readonly print: OperatorHost['print'];
  readonly collect: OperatorHost['collect'];
  /** A reader came to life; what comes for it from its enumerator is given to it from now on. */
  readonly readerContext: (vertexId: string, subtask: number, parallelism: number) => SourceReaderContext;
  readonly registerReader: (vertexId: string, subtask: number, reader: SourceReader<unknown>, task: Task) => void;
  readonly registerContext: (context: SubtaskContext) => void;
}

/** All tasks of the deployment, each after those it drives. */
export function buildTasks(deployment: Deployment, services: TaskServices): Task[] {
  return new DeploymentBuild(deployment, services).tasks();
}

/** The pieces of one task while it is put together. */
interface Draft {
  readonly vertex: JobVertex;
  readonly subtask: SubtaskDeployment;
  readonly program: JobProgram;
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  /** How far event time has come in operators that assign it, by node. */
  readonly eventTimes: Map<number, () => number>;
  readonly watermarks: ChainWatermarks;
  /** By position in the chain; filled as operators are made. */
  readonly contexts: SubtaskContext[];
  /** What a source at the head keeps. */
  sourceState: OperatorStateStore | undefined;
  /** Set once the task exists; operators hold the function that reads it. */
  task: Task | undefined;
}

class DeploymentBuild {
  private readonly direct: ReadonlySet<string>;
  private readonly feedbacks = new Map<string, Feedback>();
  private readonly built: Task[] = [];
  /** Feedback queues whose consumer is an operator of a task that does not exist yet. */
  private readonly consumedBy = new Map<Draft, Feedback[]>();

  constructor(private readonly deployment: Deployment, private readonly services: TaskServices) {
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
      input: driving ? this.inputOf(draft, chain, labels[0]!.specialise) : undefined,
      isSource: this.sourceOf(draft) !== undefined,
      restore: subtask.restore,
      classes: this.services.classesOf(subtask.slot),
      awaitsFinalCheckpoint: this.deployment.settings.checkpointing,
      writers,
      calls,
      gate,
      metrics: draft.metrics,
      clock: this.services.clock,
      random: this.services.random,
      listener: this.services.listener,
      wake: this.services.wake,
    });
    draft.task = task;
    if (driving) this.attachReader(draft, task);
    for (const feedback of this.consumedBy.get(draft) ?? []) task.attachFeedback(feedback);
    this.built.push(task);
    return task;
  }

  private draft(vertex: JobVertex, subtask: SubtaskDeployment, gate: TaskGate): Draft {
    const metrics = new TaskMetrics(this.deployment.metrics, subtask.metricsIndex);
    metrics.beginAttempt();
    const ends = vertex.operators.flatMap(({ nodeId }, at) => (vertex.chainedEdges.some(({ sourceNode }) => sourceNode === nodeId) ? [] : [at]));
    const watermarks = new ChainWatermarks(vertex.operators.length, ends, metrics, this.services.clock);
    return {
      vertex, subtask, program: this.services.programOf(subtask.slot), gate, metrics, eventTimes: new Map(), watermarks, contexts: [],
      sourceState: undefined, task: undefined,
    };
  }

  private labelled(draft: Draft, operator: ChainedOperator): Labelled {
    const place = { operator: operator.name, subtask: draft.subtask.subtask, parallelism: draft.vertex.parallelism };
    const label = labelOperator(place);
    return { place, label, specialise: this.deployment.settings.specialiseKernels ? specialiser(label) : sharedSpecialiser(label) };
  }

  private outputsOf(draft: Draft, labels: readonly Labelled[]): { writers: RecordWriter[]; calls: DirectCall[]; leaves: Map<number, ChainTarget[]> } {
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

  private call(draft: Draft, edge: JobEdge, owner: Labelled, calls: DirectCall[]): ChainTarget {
    const subtask = this.deployment.subtasks.find((candidate) => candidate.vertexId === edge.targetVertex);
    if (!subtask) throw new FlinkError('INTERNAL', `the vertex behind the direct edge ${edge.id} is not on this TaskManager`);
    const call = new DirectCall(this.build(subtask, draft.gate, false), draft.metrics, owner.specialise);
    calls.push(call);
    return { sideOutput: edge.sideOutput, emit: call.emit, watermark: (timestamp) => call.watermark(timestamp), idle: (idle) => call.idle(idle) };
  }

  private write(draft: Draft, edge: JobEdge, owner: Labelled, writers: RecordWriter[]): ChainTarget {
    const target = this.deployment.jobGraph.vertices.find((vertex) => vertex.id === edge.targetVertex);
    const writer = new RecordWriter({
      channels: this.services.channels.outputs(edge.id, draft.subtask.subtask),
      partitioning: edge.partitioning,
      edgeFunction: draft.program.edgeFunctions.get(edge.streamEdge),
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
    };
  }

  private link(draft: Draft, operator: ChainedOperator, at: number, leaves: ReadonlyMap<number, ChainTarget[]>, labels: readonly Labelled[]): ChainLink {
    const { vertex, program } = draft;
    const definition = program.definitions.get(operator.nodeId);
    if (!definition) throw new FlinkError('INTERNAL', `the program has no behaviour for the operator "${operator.name}"`);
    const { specialise, place } = labels[at]!;
    const mailbox = this.mailboxOf(draft, place);
    const runtime = definition.kind === 'source' ? undefined : this.runtimeOf(draft, operator);
    const memory = this.memoryOf(draft, operator, mailbox, runtime);
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
      instantiate: definition.kind === 'source' ? undefined : (output) => {
        if (hadFinished(draft, operator)) return finishedOperator(this.inputsInto(draft));
        return definition.operator.instantiate(this.contextOf(draft, operator, labels[at]!, { output, mailbox, memory, runtime: runtime! }));
      },
      next: vertex.chainedEdges
        .filter((edge) => edge.sourceNode === operator.nodeId)
        .map((edge) => ({ at: vertex.operators.findIndex((candidate) => candidate.nodeId === edge.targetNode), sideOutput: edge.sideOutput })),
      leaves: leaves.get(operator.nodeId) ?? [],
      combine: (targets: readonly Emit[]) => combineTargets(targets, specialise, !this.deployment.settings.objectReuse),
    };
  }

  private contextOf(draft: Draft, operator: ChainedOperator, { specialise }: Labelled, made: OperatorParts): OperatorContext {
    const { clock, random, print, collect } = this.services;
    const { output, runtime, mailbox, memory } = made;
    return {
      output,
      runtime,
      specialise,
      gate: draft.gate,
      mailbox,
      clock,
      random,
      get keyed() {
        return memory.keyed;
      },
      operatorState: memory.operator,
      restoredCheckpointId: draft.subtask.restore?.checkpointId ?? null,
      host: {
        print,
        collect,
        checkpointing: this.deployment.settings.checkpointing,
        feedback: (id) => this.feedback(draft, id),
        heldMs: () => draft.metrics.heldMs(clock.now()),
        reportEventTime: (time) => void draft.eventTimes.set(operator.nodeId, time),
      },
    };
  }

  /** Brings calls back to the operator; what they throw is named after it. */
  private mailboxOf(draft: Draft, place: LabelledOperator): Mailbox {
    const located = (call: () => void): void => {
      try {
        call();
      } catch (error) {
        throw locateFailure(error, place);
      }
    };
    return { execute: (call) => (draft.task ? draft.task.post(() => located(call)) : located(call)) };
  }

  private memoryOf(draft: Draft, operator: ChainedOperator, mailbox: Mailbox, runtime: SubtaskContext | undefined): OperatorStates {
    const { vertex, subtask, program } = draft;
    const { maxParallelism } = operator;
    const node = program.graph.nodes.find(({ id }) => id === operator.nodeId);
    return new OperatorStates({
      operator: operator.name,
      runtimeAttach: (store) => runtime?.attachKeyedState(store),
      clock: this.services.clock,
      mailbox,
      backend: node && node.keyedInputs.length > 0 ? () => new HashMapBackend() : undefined,
      keyGroups: { range: keyGroupRange(subtask.subtask, maxParallelism, vertex.parallelism), maxParallelism },
      classes: this.services.classesOf(subtask.slot),
    });
  }

  /** What user functions of this operator see of the runtime. */
  private runtimeOf(draft: Draft, operator: ChainedOperator): SubtaskContext {
    const { jobGraph } = this.deployment;
    const runtime = new SubtaskContext({
      vertexId: draft.vertex.id,
      nodeId: operator.nodeId,
      jobId: jobGraph.jobId,
      jobName: jobGraph.jobName,
      name: operator.name,
      subtask: draft.subtask.subtask,
      parallelism: draft.vertex.parallelism,
      maxParallelism: operator.maxParallelism,
      attempt: draft.subtask.attempt,
      globalJobParameters: jobGraph.globalJobParameters,
    });
    this.services.registerContext(runtime);
    return runtime;
  }

  private feedback(draft: Draft, iterationId: string): FeedbackQueue {
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

  private inputOf(draft: Draft, chain: OperatorChain, specialise: Specialise): TaskInput {
    const { gate, metrics, vertex, subtask } = draft;
    const { clock, turnClock, pool, wake, channels } = this.services;
    const taker: CheckpointTaker = {
      take: (barrier, start) => draft.task?.checkpoints.take(barrier, start),
      abandon: (checkpointId, reason) => draft.task?.checkpoints.abandon(checkpointId, reason),
    };
    const source = this.sourceOf(draft);
    if (source) {
      if (hadFinished(draft, vertex.operators[0]!)) return finishedInput((barrier) => taker.take(barrier, { firstBarrierAt: clock.now(), unaligned: false }));
      const context = this.services.readerContext(vertex.id, subtask.subtask, vertex.parallelism);
      const runtime = this.runtimeOf(draft, vertex.operators[0]!);
      registerSourceGauges(runtime.metrics, metrics, draft.watermarks, clock);
      const reader = source.createReader({ ...context, clock, runtime });
      return new SourceInput({
        reader, output: chain.headOutput, gate, metrics, clock: turnClock, wallClock: clock, wake, taker, state: draft.sourceState!,
        fail: (error) => draft.task?.fail(error), alignment: alignmentOf(this.deployment, draft, this.services),
      });
    }
    const { inputs, places } = this.channelsInto(draft, channels);
    const classes = this.services.classesOf(subtask.slot);
    const input = new StreamInput({ channels: inputs, places, taker, chain, gate, metrics, clock: turnClock, wallClock: clock, wake, classes, specialise, pool });
    registerInputGauges(draft.contexts[0]!.metrics, input);
    return input;
  }

  private inputsInto(draft: Draft): number {
    return Math.max(0, ...this.deployment.jobGraph.edges.filter((edge) => edge.targetVertex === draft.vertex.id).map((edge) => edge.input)) + 1;
  }

  /** The channels of each input, and how checkpoints see them. */
  private channelsInto(draft: Draft, channels: ChannelEnds): { inputs: InputChannel[][]; places: CheckpointedChannel[][] } {
    const edges = Array.from({ length: this.inputsInto(draft) }, (_, input) =>
      this.deployment.jobGraph.edges.filter((edge) => edge.targetVertex === draft.vertex.id && edge.input === input),
    );
    return {
      inputs: edges.map((of) => of.flatMap((edge) => channels.inputs(edge.id, draft.subtask.subtask))),
      places: edges.map((of) => of.flatMap((edge) => this.placesOf(draft, edge))),
    };
  }

  private placesOf({ vertex, subtask }: Draft, edge: JobEdge): CheckpointedChannel[] {
    const consumer = subtask.subtask;
    const keyed = edge.partitioning === 'HASH' ? { keyed: { maxParallelism: maxParallelismInto(vertex, edge), parallelism: vertex.parallelism } } : {};
    return this.deployment.channels
      .filter((channel) => channel.edgeId === edge.id && channel.consumer === consumer)
      .map(({ producer }) => ({ edgeId: edge.id, producer, consumer, overtaking: mayBeOvertaken(edge), ...keyed }));
  }

  private sourceOf(draft: Draft): Source<unknown> | undefined {
    const definition = draft.program.definitions.get(draft.vertex.operators[0]!.nodeId);
    return definition?.kind === 'source' ? definition.source : undefined;
  }

  private attachReader(draft: Draft, task: Task): void {
    const { input } = task.parts;
    if (input instanceof SourceInput) this.services.registerReader(draft.vertex.id, draft.subtask.subtask, input.reader, task);
  }
}

interface Labelled {
  readonly place: LabelledOperator;
  readonly label: number;
  readonly specialise: Specialise;
}

/** What an operator's context is made of. */
interface OperatorParts {
  readonly output: Output;
  readonly runtime: SubtaskContext;
  readonly mailbox: Mailbox;
  readonly memory: OperatorStates;
}

/** All subtasks of the operator had finished in the checkpoint that the job goes on from. */
function hadFinished(draft: Draft, operator: ChainedOperator): boolean {
  return draft.subtask.restore?.finishedOperators.includes(operator.operatorId) ?? false;
}

function maxParallelismInto(target: JobVertex, edge: JobEdge): number {
  return target.operators.find((operator) => operator.nodeId === edge.targetNode)?.maxParallelism ?? target.maxParallelism;
}

/** Flink keeps the others aligned: their records in flight could not be dealt out anew when the job is rescaled. */
function mayBeOvertaken({ partitioning }: JobEdge): boolean {
  return partitioning === 'HASH' || partitioning === 'REBALANCE' || partitioning === 'SHUFFLE' || partitioning === 'GLOBAL';
}
