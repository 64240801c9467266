/**
 * What one operator of a task is given: its context, its mailbox and the state it keeps.
 */
import { keyGroupRange } from '../core/key-group.js';
import type { ChainedOperator } from '../graph/job-graph.js';
import type { Mailbox, OperatorContext, OperatorHost, Specialise, SplitFollower } from '../operators/operator.js';
import type { Output } from '../operators/output.js';
import { OperatorStates } from '../state/operator-states.js';
import type { Deployment } from './deployment.js';
import { type LabelledOperator, locateFailure } from './failure.js';
import { keyedBackend } from './keyed-backend.js';
import { allocationIdOf, SubtaskContext } from './subtask-context.js';
import { sourceOf, type TaskDraft, type TaskServices } from './task-draft.js';

/** What all operators of a task share. */
export interface OperatorBuild {
  readonly deployment: Deployment;
  readonly services: TaskServices;
  readonly feedback: OperatorHost['feedback'];
}

/** What an operator's context is made of. */
export interface OperatorParts {
  readonly specialise: Specialise;
  readonly output: Output;
  readonly runtime: SubtaskContext;
  readonly mailbox: Mailbox;
  readonly memory: OperatorStates;
}

/** What the operator sees of the world. */
export function operatorContext(draft: TaskDraft, operator: ChainedOperator, made: OperatorParts, build: OperatorBuild): OperatorContext {
  const { clock, random, print, collect, fileSystems } = build.services;
  const { output, specialise, runtime, mailbox, memory } = made;
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
      ...(fileSystems ? { fileSystems } : {}),
      checkpointing: build.deployment.settings.checkpointing,
      committerRetries: build.deployment.settings.committerRetries ?? Number.POSITIVE_INFINITY,
      feedback: build.feedback,
      heldMs: () => draft.metrics.heldMs(clock.now()),
      ...(sourceOf(draft)?.emitsPerSplit ? { followSplits: (follower: SplitFollower) => void (draft.splitFollower = follower) } : {}),
      reportEventTime: (time) => void draft.eventTimes.set(operator.nodeId, time),
    },
  };
}

/** Brings calls back to the operator; what they throw is named after it. */
export function mailboxOf(draft: TaskDraft, place: LabelledOperator): Mailbox {
  const located = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      throw locateFailure(error, place);
    }
  };
  return { execute: (call) => (draft.task ? draft.task.post(() => located(call)) : located(call)) };
}

/** What the operator keeps. @param runtime where user functions find keyed state; undefined for a source. */
export function operatorStatesOf(
  draft: TaskDraft, operator: ChainedOperator, mailbox: Mailbox, runtime: SubtaskContext | undefined, { deployment, services }: Pick<OperatorBuild, 'deployment' | 'services'>,
): OperatorStates {
  const { vertex, subtask, program } = draft;
  const { maxParallelism } = operator;
  const node = program.graph.nodes.find(({ id }) => id === operator.nodeId);
  const keyGroups = { range: keyGroupRange(subtask.subtask, maxParallelism, vertex.parallelism), maxParallelism };
  const classes = services.classesOf(subtask.slot);
  return new OperatorStates({
    operator: operator.name,
    uid: operator.uid,
    runtimeAttach: (store) => runtime?.attachKeyedState(store),
    clock: services.clock,
    mailbox,
    backend: node && node.keyedInputs.length > 0 ? keyedBackend(deployment.settings.stateBackend, {
      operator: operator.name, owner: { jobId: deployment.jobGraph.jobId, operatorId: operator.operatorId, subtask: subtask.subtask }, keyGroups, classes, gate: draft.gate, fail: (error) => draft.task?.fail(error),
    }) : undefined,
    keyGroups,
    classes,
    ...(deployment.staged && { keysFit: () => draft.task && services.listener.keysKnown(draft.task, [operator.operatorId], true) }),
  });
}

/** What user functions of this operator see of the runtime. */
export function runtimeOf(draft: TaskDraft, operator: ChainedOperator, { deployment, services }: Pick<OperatorBuild, 'deployment' | 'services'>): SubtaskContext {
  const { jobGraph } = deployment;
  const runtime = new SubtaskContext({
    vertexId: draft.vertex.id,
    vertexName: draft.vertex.name,
    operatorId: operator.operatorId,
    nodeId: operator.nodeId,
    jobId: jobGraph.jobId,
    jobName: jobGraph.jobName,
    name: operator.name,
    subtask: draft.subtask.subtask,
    parallelism: draft.vertex.parallelism,
    maxParallelism: operator.maxParallelism,
    attempt: draft.subtask.attempt,
    allocationId: allocationIdOf(jobGraph.jobId, draft.subtask.slot),
    execution: deployment.settings.execution,
    globalJobParameters: jobGraph.globalJobParameters,
  }, services.clock);
  services.registerContext(runtime);
  return runtime;
}
